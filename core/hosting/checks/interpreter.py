"""Self-check of the interpreter: which published weaknesses of its own standard library it has.

The product does not depend on their repair: what strangers send is checked and bounded before these parsers
see it. A newer patch is one more wall.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict


@dataclass(frozen=True, slots=True)
class Weakness:
    """A published weakness in a module that data from outside can reach here."""

    name: str
    """CVE, or CPython's own number where there is none."""
    module: str
    fixed_in: Mapping[tuple[int, int], int]
    """First patch without it, by series; series that are not named never had it, or were not looked at."""


# Sources: the CVE records of the Python Software Foundation, and the changelogs of CPython 3.11.10 to
# 3.11.16 and 3.12.6 to 3.12.14.
WEAKNESSES: Final = (
    Weakness("CVE-2024-7592", "http.cookies", {(3, 11): 10, (3, 12): 6}),
    Weakness("CVE-2025-0938", "urllib.parse", {(3, 11): 12, (3, 12): 9, (3, 13): 2}),
    Weakness("CVE-2025-6069", "html.parser", {(3, 11): 14, (3, 12): 12, (3, 13): 6}),
    Weakness("CVE-2025-13836", "http.client", {(3, 11): 15, (3, 12): 13}),
    Weakness("gh-149079", "unicodedata", {(3, 11): 16, (3, 12): 14}),
    Weakness("gh-150743", "http.client", {(3, 11): 16, (3, 12): 14}),
    Weakness("gh-153030", "html.parser", {(3, 11): 16, (3, 12): 14}),
)


def weaknesses(version: tuple[int, int, int] = sys.version_info[:3]) -> tuple[Weakness, ...]:
    """Return those that this version of Python has."""
    series, patch = version[:2], version[2]
    return tuple(weakness for weakness in WEAKNESSES if patch < weakness.fixed_in.get(series, 0))


def interpreter_check(version: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    """Return which weaknesses this Python has, as a self-check: the first patch without them is named."""
    present = weaknesses(version)
    if not present:
        return Check(SelfCheck.PYTHON_WEAKNESSES, Verdict.GOOD, value=".".join(map(str, version)))
    newest = max(weakness.fixed_in[version[:2]] for weakness in present)
    named = ", ".join(f"{weakness.name} ({weakness.module})" for weakness in present)
    value = f"{'.'.join(map(str, version))} < {version[0]}.{version[1]}.{newest}: {named}"
    return Check(SelfCheck.PYTHON_WEAKNESSES, Verdict.WARNING, SelfCheckReason.PYTHON_WEAK, value)
