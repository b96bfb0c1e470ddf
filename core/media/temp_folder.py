"""The private folder in the system's temporary place where files lie until they are sent."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

from core.errors import AppError
from core.models.codes import InputCode

PREFIX: Final = "whatsapp-instances-"
STALE_S: Final = 3600.0
"""A file that was not sent by then is removed with the next one that comes."""
_LOCK: Final = ".lock"


class MediaFolder:
    """A private temporary folder, made when first needed: 0700, its files 0600.

    It is gone with ``close`` or, after a kill, at the next start.

    A folder of the same kind whose lock is free belongs to a process that is gone.
    Threading: safe from any thread.
    """

    def __init__(self, parent: Path | None = None) -> None:
        """Folders lie in ``parent``; the system's temporary place when omitted."""
        self._parent = parent
        self._guard = threading.Lock()
        self._path: Path | None = None
        self._lock: int | None = None

    def new_file(self, suffix: str) -> Path:
        """Return a path that no file has yet. Raises AppError (file-unwritable) when there is no room."""
        with self._guard:
            try:
                if self._path is None or not self._path.is_dir():
                    self._open()
                assert self._path is not None  # noqa: S101  # for the type checker
                self._remove_stale(self._path)
            except OSError as error:
                raise unwritable(error) from None
            return self._path / f"{uuid4().hex}{suffix}"

    def keep(self, data: bytes, suffix: str) -> Path:
        """Write ``data`` to a new file. Raises AppError (file-unwritable)."""
        path = self.new_file(suffix)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except OSError as error:
            self.remove(path)
            raise unwritable(error) from None
        return path

    def holds(self, path: Path) -> bool:
        """Return whether ``path`` is a file of ours that is still there."""
        with self._guard:
            return self._path is not None and path.parent == self._path and path.is_file()

    def remove(self, path: Path) -> None:
        """Delete the file if it is one of ours; nothing happens otherwise."""
        if self.holds(path):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything. Another file opens a new folder; closing twice does no harm."""
        with self._guard:
            if self._path is not None:
                shutil.rmtree(self._path, ignore_errors=True)
            if self._lock is not None:
                os.close(self._lock)
            self._path = self._lock = None

    def _open(self) -> None:
        parent = self._parent or Path(tempfile.gettempdir())
        _remove_abandoned(parent)
        if self._lock is not None:  # the temporary place was cleaned
            os.close(self._lock)
            self._lock = None
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        self._lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        _take(self._lock)
        self._path = path

    @staticmethod
    def _remove_stale(folder: Path) -> None:
        before = time.time() - STALE_S
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                if path.name != _LOCK and path.stat().st_mtime < before:
                    path.unlink()


def unwritable(error: OSError) -> AppError:
    """Return the error for a file that could not be put into the folder."""
    return AppError(InputCode.FILE_UNWRITABLE, detail=errno.errorcode.get(error.errno or 0, ""))


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            # A link or another user's folder is not ours to clean.
            if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
                continue
            descriptor = os.open(folder / _LOCK, os.O_RDWR)
            try:
                _take(descriptor)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _take(descriptor: int) -> None:
    """Lock the open file for as long as it is open. Raises OSError when another process has it."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # only there

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        return
    import fcntl  # noqa: PLC0415  # not on Windows

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
