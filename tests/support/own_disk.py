"""A folder that is a mount of its own, as a host's persistent disk is."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def may_mount() -> bool:
    """Whether this machine lets us try."""
    return sys.platform == "linux" and os.geteuid() == 0


@contextlib.contextmanager
def own_disk(contents: Path, point: Path) -> Iterator[Path]:
    """``contents`` mounted at ``point`` while the block lasts: the same ``contents`` is the same disk.

    Raises OSError where mounting is not allowed.
    """
    contents.mkdir(parents=True, exist_ok=True)
    point.mkdir(parents=True, exist_ok=True)
    _run("mount", "--bind", str(contents), str(point))
    try:
        yield point
    finally:
        _run("umount", "-l", str(point))


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip())
