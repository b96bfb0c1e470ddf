"""What lies under ``AUTH_DIR``, in blocks really used, and how much room the file system has.

Only looks, never opens a file: SQLite's locks of this process would go with the descriptor.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.models.usage import DiskSpace
from core.store.history_db import HISTORY_FILE
from core.store.layout import SESSION_FILE, is_id
from core.store.trash import TRASH_DIR

_BLOCK: Final = 512
"""Unit of ``st_blocks``, whatever the file system's own block is. Source: POSIX, sys/stat.h."""
_CLUSTER: Final = 4096
_DEEPEST: Final = 32
"""Each level holds a descriptor; ours are two deep."""
_SYSTEM: Final = "lost+found"
"""The file system's own, at the root of a disk: not ours to enter, and no reason to doubt the figures."""
_GONE: Final = {errno.ENOENT, errno.ESTALE}
_REPLACED: Final = {errno.ELOOP, errno.ENOTDIR}
# Windows cannot open a folder; there the path is followed anew for every entry.
_BY_DESCRIPTOR: Final = os.scandir in os.supports_fd and os.open in os.supports_dir_fd
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class FolderUsage:
    """What one instance's folder occupies, in bytes, itself included."""

    session_bytes: int
    history_bytes: int
    total_bytes: int
    last_write: float | None
    """Newest change of a file, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of ``AUTH_DIR``."""

    folders: Mapping[str, FolderUsage]
    """By instance id: every folder whose name is one."""
    trash_bytes: int
    other_bytes: int
    unreadable: Mapping[str, int]
    """Entries that are missing from the figures, by why: ``EACCES``, ``EIO``, ``too-deep``."""
    elsewhere: int
    """Folders on which another disk is mounted: not entered, nothing of theirs is counted."""

    @property
    def total_bytes(self) -> int:
        """Return the bytes of everything: the folders, the trash and the rest."""
        return (
            sum(folder.total_bytes for folder in self.folders.values()) + self.trash_bytes + self.other_bytes
        )


def measure(auth_dir: Path) -> Measured:
    """Look at everything under ``auth_dir`` once.

    Follows no link out of it and enters no other mount; a file with several names counts once; what vanishes
    meanwhile counts as not there. Raises OSError when ``auth_dir`` itself cannot be listed.
    """
    root = os.open(auth_dir, _FOLDER) if _BY_DESCRIPTOR else str(auth_dir)
    try:
        status = _status(root)
        scan = _Scan(device=status.st_dev)
        folders: dict[str, FolderUsage] = {}
        trash, other = _Tally(), _Tally()
        other.add("", status, _used(status))
        with os.scandir(root) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name == TRASH_DIR:
                    scan.entry(root, entry, trash, depth=1)
                elif entry.name == _SYSTEM:
                    scan.alone(entry, other)
                elif is_id(entry.name) and scan.is_folder(entry):
                    tally = _Tally()
                    if scan.entry(root, entry, tally, depth=0):
                        folders[entry.name] = tally.result()
                else:
                    scan.entry(root, entry, other, depth=1)
        return Measured(folders, trash.total, other.total, dict(scan.unreadable), scan.elsewhere)
    finally:
        if isinstance(root, int):
            os.close(root)


def disk_space(path: Path) -> DiskSpace:
    """Return the room on the file system that holds ``path``, for every page and check. Raises OSError."""
    if not hasattr(os, "statvfs"):
        usage = shutil.disk_usage(path)
        return DiskSpace(usage.total, usage.free, inodes=0, free_inodes=0)
    status = os.statvfs(path)
    return DiskSpace(
        size_bytes=status.f_blocks * status.f_frsize,
        free_bytes=status.f_bavail * status.f_frsize,
        inodes=status.f_files,
        free_inodes=status.f_favail,
        reserved_bytes=max(0, status.f_bfree - status.f_bavail) * status.f_frsize,
        reserved_inodes=max(0, status.f_ffree - status.f_favail),
    )


@dataclass(slots=True)
class _Tally:
    session: int = 0
    history: int = 0
    total: int = 0
    last_write: float | None = None

    def add(self, name: str, status: os.stat_result, used: int) -> None:
        """Count one entry; ``name`` is empty for what is no file of the instance's own."""
        self.total += used
        if name.startswith(SESSION_FILE):
            self.session += used
        elif name.startswith(HISTORY_FILE):
            self.history += used
        # The shared-memory file changes with a mere read.
        if name and not name.endswith("-shm") and status.st_mtime > (self.last_write or 0):
            self.last_write = status.st_mtime

    def result(self) -> FolderUsage:
        return FolderUsage(self.session, self.history, self.total, self.last_write)


@dataclass(slots=True)
class _Scan:
    device: int
    unreadable: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=False)
        except OSError as error:
            self._missed(error)
            return False

    def entry(self, parent: int | str, entry: os.DirEntry[str], tally: _Tally, *, depth: int) -> bool:
        """Count one entry and all below it; return False for a folder that is gone or not ours to enter.

        ``depth``: 0 for an instance's folder, whose files have a meaning.
        """
        if self.is_folder(entry):
            return self._folder(parent, entry.name, tally, depth=depth)
        return self.alone(entry, tally, name=entry.name if depth == 1 else "")

    def alone(self, entry: os.DirEntry[str], tally: _Tally, *, name: str = "") -> bool:
        """Count one entry, not what lies below it; return False when it is gone."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._missed(error)
            return False
        if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
            file = (status.st_dev, status.st_ino)
            if file in self._seen:
                return True
            self._seen.add(file)
        tally.add(name, status, _used(status))
        return True

    def _folder(self, parent: int | str, name: str, tally: _Tally, *, depth: int) -> bool:
        if depth > _DEEPEST:
            self.unreadable["too-deep"] += 1
            return False
        try:
            where = _enter(parent, name)
        except OSError as error:
            self._missed(error)
            return False
        try:
            status = _status(where)
            if status.st_dev != self.device:
                self.elsewhere += 1
                return False
            tally.add("", status, _used(status))
            with os.scandir(where) as entries:
                for entry in entries:
                    self.entry(where, entry, tally, depth=depth + 1)
        except OSError as error:
            self._missed(error)
        finally:
            if isinstance(where, int):
                os.close(where)
        return True

    def _missed(self, error: OSError) -> None:
        if error.errno not in _GONE | _REPLACED:
            self.unreadable[errno.errorcode.get(error.errno or 0, "OSError")] += 1


def _enter(parent: int | str, name: str) -> int | str:
    if isinstance(parent, int):
        return os.open(name, _FOLDER | _NO_LINK, dir_fd=parent)
    return str(Path(parent, name))


def _status(where: int | str) -> os.stat_result:
    return os.fstat(where) if isinstance(where, int) else Path(where).stat()


def _used(status: os.stat_result) -> int:
    blocks: int | None = getattr(status, "st_blocks", None)
    if blocks is None:  # Windows
        return -(-status.st_size // _CLUSTER) * _CLUSTER
    return blocks * _BLOCK
