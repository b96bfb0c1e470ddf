"""Every failure has a code: a full disk its own, damage its own, and the rest says what the system said."""

from __future__ import annotations

import sqlite3

import pytest

from core.errors import StorageUnavailableError
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.storage import StorageProblem
from core.moving.backup.failures import STORAGE, reason


def of_sqlite(code: int) -> sqlite3.Error:
    """An error of SQLite with that extended code."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MoveRefusedError(MoveCode.NO_DEVICE, "x"), (MoveCode.NO_DEVICE, "x")),
        (StorageUnavailableError(StorageProblem.DISK_FULL), (MoveCode.DISK_FULL, "")),
        (StorageUnavailableError(StorageProblem.DENIED, detail="no"), (STORAGE, "no")),
        (of_sqlite(sqlite3.SQLITE_FULL), (MoveCode.DISK_FULL, "")),
        (of_sqlite(sqlite3.SQLITE_NOTADB), (MoveCode.DAMAGED, "session.db")),
        (of_sqlite(sqlite3.SQLITE_IOERR_READ), (STORAGE, "disk I/O error")),
        (OSError(28, "No space left on device"), (MoveCode.DISK_FULL, "No space left on device")),
        (OSError(5, "Input/output error"), (STORAGE, "Input/output error")),
    ],
)
def test_each_has_its_code(error: Exception, expected: tuple[str, str]) -> None:
    """With the system's word, where it has one."""
    assert reason(error) == expected
