"""Self-checks of what is installed: Python, packages, the age of the core, and programs beside it."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from core.models.diagnostics import ENGINE_OLD_DAYS, Check, SelfCheck, SelfCheckReason, Verdict
from core.sandbox.limits import plain_environment

ENGINE_VERY_OLD_DAYS: Final = 365
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
OLDEST_FFMPEG: Final = 4
"""Debian 10 has 4.1; conversions are tried with 4.2 and newer."""
_VERSION: Final = re.compile(r"version (\S+)")
_MAJOR: Final = re.compile(r"n?(\d{1,2})\.")
"""As releases and builds of a tag name themselves: ``4.2.7-0+deb10u1``, ``n7.1``."""
_PROGRAM_S: Final = 3.0
_NAMED: Final = 5
"""Packages that a value names at most."""


def python_version(tested: Path, running: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    """Check that this Python is of the series that ``tested`` (a ``.python-version`` file) names."""
    version = ".".join(map(str, running))
    try:
        pinned = tested.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return Check(SelfCheck.PYTHON_VERSION, Verdict.UNKNOWN, SelfCheckReason.PYTHON_NOT_TESTED, version)
    if pinned.split(".")[:2] == version.split(".")[:2]:
        return Check(SelfCheck.PYTHON_VERSION, Verdict.GOOD, value=version)
    return Check(
        SelfCheck.PYTHON_VERSION, Verdict.WARNING, SelfCheckReason.PYTHON_NOT_TESTED, f"{version} ({pinned})"
    )


def packages(requirements: Path) -> Check:
    """Check that every package of a lock file is installed in the version that it pins."""
    try:
        pins = _PIN.findall(requirements.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        pins = []
    if not pins:
        return Check(SelfCheck.PACKAGES, Verdict.UNKNOWN, SelfCheckReason.PACKAGES_NO_LIST)
    missing, different = [], []
    for name, pinned in pins:
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
        else:
            if installed != pinned:
                different.append(f"{name} {installed} ({pinned})")
    if missing:
        return Check(SelfCheck.PACKAGES, Verdict.BAD, SelfCheckReason.PACKAGES_MISSING, _some(missing))
    if different:
        return Check(SelfCheck.PACKAGES, Verdict.WARNING, SelfCheckReason.PACKAGES_DIFFER, _some(different))
    return Check(SelfCheck.PACKAGES, Verdict.GOOD, value=str(len(pins)))


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def engine_age(version: str, released: date | None, today: date) -> Check:
    """Check that WhatsApp is likely to accept a core of that day; it refuses old ones."""
    if released is None:
        return Check(SelfCheck.ENGINE_AGE, Verdict.UNKNOWN, SelfCheckReason.ENGINE_DATE_UNKNOWN, version)
    value = f"{version}, {released.isoformat()}"
    days = (today - released).days
    if days > ENGINE_VERY_OLD_DAYS:
        return Check(SelfCheck.ENGINE_AGE, Verdict.BAD, SelfCheckReason.ENGINE_VERY_OLD, value)
    if days > ENGINE_OLD_DAYS:
        return Check(SelfCheck.ENGINE_AGE, Verdict.WARNING, SelfCheckReason.ENGINE_OLD, value)
    return Check(SelfCheck.ENGINE_AGE, Verdict.GOOD, value=value)


def libmagic(libraries: Iterable[str | Path] | None = None) -> Check:
    """Check that one of ``libraries`` is a libmagic that loads, without which the core does not start.

    When omitted: the one of the package ``pylibmagic``, then the system's.
    """
    for library in _libmagics() if libraries is None else libraries:
        try:
            number = ctypes.CDLL(str(library)).magic_version()
        except (OSError, AttributeError):
            continue
        return Check(SelfCheck.LIBMAGIC, Verdict.GOOD, value=f"{number // 100}.{number % 100:02}")
    return Check(SelfCheck.LIBMAGIC, Verdict.BAD, SelfCheckReason.LIBMAGIC_MISSING)


def _libmagics() -> Iterator[str | Path]:
    spec = importlib.util.find_spec("pylibmagic")
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("libmagic*"))
    if library := ctypes.util.find_library("magic"):
        yield library


def program(name: SelfCheck, search_path: str | None = None, *, place: str = "") -> Check:
    """Check that the program ``name`` runs and is new enough.

    It is looked for at ``place``, or on the search path (the process's own when omitted).
    """
    path = place or shutil.which(name, path=search_path)
    if not path:
        return Check(name, Verdict.WARNING, SelfCheckReason.PROGRAM_MISSING)
    try:
        version = version_of(path)
    except (OSError, subprocess.SubprocessError):
        return Check(name, Verdict.WARNING, SelfCheckReason.PROGRAM_BROKEN)
    if is_too_old(version):
        return Check(name, Verdict.WARNING, SelfCheckReason.PROGRAM_OLD, version)
    return Check(name, Verdict.GOOD, value=version)


def version_of(path: str) -> str:
    """Return the version that ffmpeg or ffprobe names; empty when it names none.

    Raises OSError or subprocess.SubprocessError when it does not run.
    """
    output = subprocess.run(
        [path, "-version"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
        timeout=_PROGRAM_S,
        check=True,
        text=True,
        errors="replace",
    ).stdout
    version = _VERSION.search(output)
    return version[1] if version else ""


def is_too_old(version: str) -> bool:
    """Return whether ``version`` lacks what conversions ask for; one without a number (a build) does not."""
    major = _MAJOR.match(version)
    return major is not None and int(major[1]) < OLDEST_FFMPEG
