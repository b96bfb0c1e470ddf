"""Self-check: whether the package index knows a newer core than the installed one.

It asks only when it is called, by the way that pip is set up for on this machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from packaging.version import Version

from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict

BUDGET_S: Final = 20.0
_COMMAND: Final = ("-m", "pip", "--no-input", "--disable-pip-version-check", "index", "versions")
_OPTIONS: Final = ("--json", "--retries", "0", "--timeout", "8")
ENGINE: Final = "neonize"


def newest_engine(
    installed: str, *, environment: Mapping[str, str] = os.environ, budget_s: float = BUDGET_S
) -> Check:
    """Ask the package index for the newest release of the core; takes at most ``budget_s`` seconds.

    ``environment`` is pip's own (``PIP_INDEX_URL``, ``PIP_NO_INDEX``, proxies).
    """
    newest = newest_release(environment=environment, budget_s=budget_s)
    if newest is None:
        return Check(SelfCheck.ENGINE_NEWEST, Verdict.UNKNOWN, SelfCheckReason.ENGINE_INDEX_SILENT, installed)
    if newest > Version(installed):
        value = f"{installed}, {newest}"
        return Check(SelfCheck.ENGINE_NEWEST, Verdict.WARNING, SelfCheckReason.ENGINE_NEWER, value)
    return Check(SelfCheck.ENGINE_NEWEST, Verdict.GOOD, value=installed)


def newest_release(
    *, environment: Mapping[str, str] = os.environ, budget_s: float = BUDGET_S
) -> Version | None:
    """Return the newest finished release that the index knows for this machine; None without an answer."""
    command = [sys.executable, *_COMMAND, *_OPTIONS, ENGINE]
    try:
        done = subprocess.run(command, env={**environment}, capture_output=True, timeout=budget_s, check=True)
        return Version(json.loads(done.stdout)["latest"])
    except (OSError, subprocess.SubprocessError, ValueError, RecursionError, TypeError, KeyError):
        return None
