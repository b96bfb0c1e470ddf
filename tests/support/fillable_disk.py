"""Real small file systems, for what happens when one is full, read-only or gone. Root on Linux only."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

BALLAST: Final = "ballast"
needs_mounts = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a file system needs root on Linux"
)


class SmallDisk:
    """A mounted file system that the test may fill, freeze and take away."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, *, leave: int = 0) -> None:
        """Take all room but ``leave`` bytes (rounded to pages)."""
        with (self.path / BALLAST).open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
            if leave:
                file.truncate(file.tell() - leave)

    def free(self) -> None:
        """Give the room back."""
        (self.path / BALLAST).unlink()

    def detach(self) -> None:
        """Take it away underneath whoever uses it."""
        run("umount", "-l", str(self.path))


@contextmanager
def tmpfs(path: Path, *, size: str = "16m") -> Iterator[SmallDisk]:
    """A memory disk of that size, mounted at ``path``."""
    path.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(path))
    try:
        yield SmallDisk(path)
    finally:
        _unmount(path)


@contextmanager
def bound(path: Path, to: Path) -> Iterator[SmallDisk]:
    """The folder ``path`` shown at ``to`` too, as a container's volume is."""
    path.mkdir(parents=True, exist_ok=True)
    to.mkdir(parents=True, exist_ok=True)
    run("mount", "--bind", str(path), str(to))
    try:
        yield SmallDisk(to)
    finally:
        _unmount(to)


@contextmanager
def frozen(path: Path) -> Iterator[None]:
    """The folder read-only at its path, while whatever is open stays open for writing.

    The kernel refuses ``mount -o remount,ro`` while a file is open for writing; so it is mounted over itself.
    """
    run("mount", "--bind", str(path), str(path))
    run("mount", "-o", "remount,ro,bind", str(path))
    try:
        yield
    finally:
        run("umount", "-l", str(path))


@contextmanager
def ext4(path: Path, image: Path) -> Iterator[SmallDisk]:
    """A disk of 32 MB in a file, through a loop device, as block storage is. Skips where there is none."""
    with image.open("wb") as file:
        file.truncate(32 << 20)
    run("mkfs.ext4", "-q", "-F", str(image))
    path.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-o", "loop", image, path], check=False, capture_output=True).returncode:
        pytest.skip("no loop device can be had")
    path.chmod(0o700)
    try:
        yield SmallDisk(path)
    finally:
        _unmount(path)


def _unmount(path: Path) -> None:
    # The test may have taken it away. `is_mount` does not see a folder mounted within one file system.
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    if str(path) in mounted:
        run("umount", "-l", str(path))


def run(*command: str) -> None:
    """Raises AssertionError with what the command said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
