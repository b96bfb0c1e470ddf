"""Where the program ``ffmpeg`` is, and whether it is one that can be used."""

from __future__ import annotations

import functools
import importlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from core.errors import InvalidInputError
from core.hosting.checks.installation import is_too_old, version_of
from core.media.file_type import rejected

MISSING: Final = "no-ffmpeg"
TOO_OLD: Final = "old-ffmpeg"


def found() -> str:
    """Return where ffmpeg is: on the search path, else in the package imageio-ffmpeg; empty for nowhere."""
    return shutil.which("ffmpeg") or packaged()


def usable() -> str:
    """Return where an ffmpeg is that understands what it is told here; empty where there is none."""
    path = found()
    return "" if _too_old(path) else path


def problem() -> str:
    """Return the code of why no ffmpeg can be used: ``MISSING`` or ``TOO_OLD``; empty when one can."""
    path = found()
    if not path:
        return MISSING
    return TOO_OLD if _too_old(path) else ""


def needed(*, moving: bool = False) -> InvalidInputError:
    """Return the error for a file (``moving``: a picture that moves) that cannot be converted here."""
    if problem() == TOO_OLD:
        return rejected(TOO_OLD)
    return rejected("moving-needs-ffmpeg" if moving else "needs-ffmpeg")


@functools.cache
def packaged() -> str:
    """Return the program that the package imageio-ffmpeg brings; empty where it is not installed."""
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError):
        return ""


def _too_old(path: str) -> bool:
    try:
        return bool(path) and is_too_old(_version(path, Path(path).stat().st_mtime_ns))
    except (OSError, subprocess.SubprocessError):
        return False  # it is gone, or does not run at all: said when it is used


@functools.lru_cache(maxsize=4)
def _version(path: str, _changed_at: int) -> str:
    return version_of(path)
