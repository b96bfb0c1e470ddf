"""One owner of ``AUTH_DIR`` at a time.

Two processes on the same sessions would throw each other off WhatsApp again and again. The lock lives in the
open file, which workers inherit: it is free only when the old process *and its last worker* are gone.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.models.storage import StorageProblem
from core.store.files import write_atomic

LOCK_FILE: Final = "owner.lock"
_PROBE_FILE: Final = ".write-probe"
_CODES: Final = {
    errno.EROFS: StorageProblem.READ_ONLY,
    errno.EACCES: StorageProblem.DENIED,
    errno.EPERM: StorageProblem.DENIED,
    errno.ENOTDIR: StorageProblem.NOT_A_FOLDER,
    errno.EEXIST: StorageProblem.NOT_A_FOLDER,
    errno.ENOSPC: StorageProblem.DISK_FULL,
    errno.EDQUOT: StorageProblem.DISK_FULL,
}


class OwnerLock:
    """The lock on ``AUTH_DIR``, held from construction until ``release``."""

    def __init__(self, auth_dir: Path) -> None:
        """Create ``auth_dir`` if need be, prove that it can be written, and take its lock.

        Raises StorageUnavailableError with the code of what is in the way; nothing is held then.
        """
        try:
            auth_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(auth_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise storage_error(error) from error
        content = _lock_content()
        try:
            _lock(descriptor, auth_dir)
            _prove_writable(auth_dir)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, content, 0)
        except OSError as error:
            os.close(descriptor)
            raise storage_error(error) from error
        except StorageUnavailableError:
            os.close(descriptor)
            raise
        self.descriptor = descriptor
        self.content = content
        """What was written to the lock's file: it identifies the folder when that comes back."""

    def release(self) -> None:
        """Release the lock. Idempotent."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def is_owned(auth_dir: Path) -> bool:
    """Return whether a process owns ``auth_dir`` now. Leaves the lock and its file as they are."""
    try:
        descriptor = os.open(auth_dir / LOCK_FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(descriptor, auth_dir)
    except (OSError, StorageUnavailableError):
        return True
    finally:
        os.close(descriptor)
    return False


def storage_error(error: OSError) -> StorageUnavailableError:
    """Return the StorageUnavailableError for an OSError on ``AUTH_DIR``."""
    code = _CODES.get(error.errno or 0, StorageProblem.ERROR)
    return StorageUnavailableError(code, detail=error.strerror or type(error).__name__)


def _prove_writable(auth_dir: Path) -> None:
    # An empty file needs no room: it would be found on a full disk too.
    write_atomic(auth_dir / _PROBE_FILE, bytes(4096))
    (auth_dir / _PROBE_FILE).unlink()


def _lock_content() -> bytes:
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}).encode()


def _lock_holder(auth_dir: Path) -> str:
    try:
        content = json.loads((auth_dir / LOCK_FILE).read_bytes())
        return f"pid {int(content['pid'])}, {content['host']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def _lock(descriptor: int, auth_dir: Path) -> None:
    taken = StorageUnavailableError(StorageProblem.LOCKED, detail=_lock_holder(auth_dir))
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # only there

        # Byte 1000: the content at the start stays readable for others.
        os.lseek(descriptor, 1000, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise taken from error
        return
    import fcntl  # noqa: PLC0415  # not on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise taken from error
