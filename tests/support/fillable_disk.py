"""Real small file systems, for what happens when one is full, read-only or gone. Root on Linux only."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

BALLAST: Final = "ballast"
needs_mounts = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a file system needs root on Linux"
)


class SmallDisk:
    """A mounted file system that the test may fill, freeze and take away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._freed = threading.Event()
        self._filler: threading.Thread | None = None

    def fill(self, *, leave: int = 0) -> None:
        """Take all room but ``leave`` bytes (rounded to pages).

        With nothing left it stays so until `free`: what a log gives back when it is folded, or the disk
        itself when it writes out what it had put aside, is taken as well.
        """
        with (self.path / BALLAST).open("ab", buffering=0) as file:
            _write_until_full(file)
            if leave:
                file.truncate(file.tell() - leave)
                return
        self._freed = threading.Event()
        self._filler = threading.Thread(target=self._stay_full, daemon=True)
        self._filler.start()

    def _stay_full(self) -> None:
        with (self.path / BALLAST).open("ab", buffering=0) as file:
            while not self._freed.wait(0.005):
                _write_until_full(file)

    def settle(self) -> None:
        """Let the disk give back now what deleted and shortened files held, and take that as well.

        A journal does so with its next commit, up to five seconds later, and several MB at a time.
        """
        run("sync", "-f", str(self.path))
        with (self.path / BALLAST).open("ab", buffering=0) as file:
            _write_until_full(file)

    def _let_go(self) -> None:
        self._freed.set()
        if self._filler is not None:
            self._filler.join()
            self._filler = None

    def free(self) -> None:
        """Give the room back."""
        self._let_go()
        (self.path / BALLAST).unlink()

    def detach(self) -> None:
        """Take it away underneath whoever uses it."""
        self._let_go()
        run("umount", "-l", str(self.path))


@contextmanager
def _closing(disk: SmallDisk) -> Iterator[SmallDisk]:
    try:
        yield disk
    finally:
        disk._let_go()
        _unmount(disk.path)


@contextmanager
def tmpfs(path: Path, *, size: str = "16m") -> Iterator[SmallDisk]:
    """A memory disk of that size, mounted at ``path``."""
    path.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(path))
    with _closing(SmallDisk(path)) as disk:
        yield disk


@contextmanager
def bound(path: Path, to: Path) -> Iterator[SmallDisk]:
    """The folder ``path`` shown at ``to`` too, as a container's volume is."""
    path.mkdir(parents=True, exist_ok=True)
    to.mkdir(parents=True, exist_ok=True)
    run("mount", "--bind", str(path), str(to))
    with _closing(SmallDisk(to)) as disk:
        yield disk


@contextmanager
def frozen(path: Path) -> Iterator[None]:
    """The folder read-only at its path, while whatever is open stays open for writing.

    The kernel refuses to make a mount read-only through which a file is open for writing: so it is one of the
    folder elsewhere, which nobody uses, and comes over the folder as it is.
    """
    aside = path.with_name(f"{path.name}-read-only")
    aside.mkdir()
    run("mount", "--bind", str(path), str(aside))
    run("mount", "-o", "remount,ro,bind", str(aside))
    run("mount", "--bind", str(aside), str(path))
    run("umount", str(aside))
    aside.rmdir()
    try:
        yield
    finally:
        run("umount", "-l", str(path))


@contextmanager
def ext4(path: Path, image: Path, *, block: int = 0) -> Iterator[SmallDisk]:
    """A disk of 32 MB in a file, through a loop device, as block storage is. Skips where there is none.

    `block` is the size of a block in bytes; 0 is what the system takes for a disk so small.
    """
    options = ("-b", str(block)) if block else ()
    with _loop(path, image, 32 << 20, "mkfs.ext4", "-q", "-F", *options) as disk:
        yield disk


@contextmanager
def btrfs(path: Path, image: Path) -> Iterator[SmallDisk]:
    """As `ext4`, of 128 MB, on a file system that copies what is written. Skips where there is none."""
    if "btrfs" not in Path("/proc/filesystems").read_text() or shutil.which("mkfs.btrfs") is None:
        pytest.skip("no btrfs here")
    with _loop(path, image, 128 << 20, "mkfs.btrfs", "-q", "-f") as disk:
        yield disk


DISKS: Final = ("ext4-1024", "ext4-4096", "tmpfs", "btrfs")
"""Kinds of disk that differ in what a full one does to memory that is mapped from it."""


@contextmanager
def disk_of(kind: str, path: Path, image: Path) -> Iterator[SmallDisk]:
    """One of `DISKS`, mounted at `path`."""
    name, _, block = kind.partition("-")
    made = {
        "ext4": lambda: ext4(path, image, block=int(block)),
        "tmpfs": lambda: tmpfs(path),
        "btrfs": lambda: btrfs(path, image),
    }[name]()
    with made as disk:
        yield disk


@contextmanager
def _loop(path: Path, image: Path, size: int, *command: str) -> Iterator[SmallDisk]:
    """A disk in a file; `command` makes its file system."""
    with image.open("wb") as file:
        file.truncate(size)
    run(*command, str(image))
    path.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-o", "loop", image, path], check=False, capture_output=True).returncode:
        pytest.skip("no loop device can be had")
    path.chmod(0o700)
    with _closing(SmallDisk(path)) as disk:
        yield disk


def _write_until_full(file: IO[bytes]) -> None:
    for size in (1 << 20, 1 << 16, 1 << 12, 1):
        try:
            while True:
                file.write(bytes(size))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _unmount(path: Path) -> None:
    # The test may have taken it away. `is_mount` does not see a folder mounted within one file system.
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    if str(path) in mounted:
        run("umount", "-l", str(path))


def run(*command: str) -> None:
    """Raises AssertionError with what the command said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
