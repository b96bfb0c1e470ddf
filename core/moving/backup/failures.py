"""Why something could not be saved, as the code and the detail that are told outside of the process."""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from core.errors import StorageUnavailableError
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.storage import StorageProblem
from core.store.layout import SESSION_FILE

STORAGE: Final = "storage"
"""The code of a disk that fails in another way than by being full."""
FAILURES: Final = (MoveRefusedError, StorageUnavailableError, sqlite3.Error, OSError)
"""What copying and packing raise."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def reason(error: Exception) -> tuple[str, str]:
    """Return the code (a ``MoveCode`` or ``STORAGE``) and the detail of one of the ``FAILURES``."""
    match error:
        case MoveRefusedError():
            return error.code, error.detail
        case StorageUnavailableError():
            full = error.code == StorageProblem.DISK_FULL
            return MoveCode.DISK_FULL if full else STORAGE, error.detail
        case sqlite3.Error():
            return _of_database(error)
        case OSError():
            return MoveCode.DISK_FULL if error.errno in _FULL else STORAGE, error.strerror or ""
    return STORAGE, type(error).__name__


def _of_database(error: sqlite3.Error) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return MoveCode.DISK_FULL, ""
    if code in _DAMAGED:
        return MoveCode.DAMAGED, SESSION_FILE
    return STORAGE, str(error)
