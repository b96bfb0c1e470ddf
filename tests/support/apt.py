"""Debian's packages, where this process may install them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import Final

_INSTALL_S: Final = 180.0
"""How long apt may take for one step: registries may be slow."""


def may_install() -> bool:
    """Whether this is root on a system with apt."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str, *, tries: int) -> None:
    """Let apt install the package; registries may refuse once. What came of it, the caller looks for."""
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        for _ in range(tries):
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = subprocess.run(
                    ["apt-get", *command],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=_INSTALL_S,
                    check=False,
                )
                if done.returncode == 0:
                    break
