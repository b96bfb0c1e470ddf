"""The disposable process that makes backups: ``python -m core.moving.backup.process``.

It opens ``session.db`` with SQLite, which neither the web process nor a worker may (docs/decisions/0003).
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from core.errors import StorageUnavailableError
from core.models.moving.backup import BackupFound
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError, Secret
from core.models.storage import StorageProblem
from core.moving.backup.exporting import write_export
from core.moving.backup.opening import open_backup
from core.moving.backup.packing import Source, copy_sessions, pack
from core.sandbox.child import serve
from core.sandbox.limits import Limits

MODULE: Final = "core.moving.backup.process"
LIMITS: Final = Limits(memory=768 << 20, cpu_s=900, file_size=8 << 30, nice=5)
"""Behind whatever answers people, and with room for scrypt."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
STORAGE: Final = "storage"
"""The code of an answer about a disk that fails in another way than by being full."""
TRIAL: Final = "trial"
"""The folder inside of the staging in which a backup is opened once, to see that it can be."""


class Task(StrEnum):
    """What is to be done."""

    SESSIONS = "sessions"
    """Copy the sessions of the instances into the staging folder."""
    PACK = "pack"
    """Write the backup, and open it once."""
    EXPORT = "export"
    """Write the one session as a file that other systems open; sealed when there is a passphrase."""


class Request(Secret, frozen=True, kw_only=True):
    """One task. Holds the passphrase: never in a log."""

    task: Task
    sources: tuple[Source, ...]
    staging: str
    target: str = ""
    passphrase: str = ""
    messages: bool = False
    app_version: str = ""
    made_at: float = 0.0

    def __repr__(self) -> str:
        return f"Request({self.task}, sources={len(self.sources)})"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in the backup that was made, or why there is none."""

    found: BackupFound | None = None
    code: str = ""
    """A ``MoveCode``, or ``STORAGE``; empty when all went well."""
    detail: str = ""


def answer(frame: bytes) -> bytes:
    """Return the encoded answer to the request in ``frame``."""
    request = msgspec.json.decode(frame, type=Request)
    try:
        done = Answer(found=_run(request))
    except MoveRefusedError as error:
        done = Answer(code=error.code, detail=error.detail)
    except StorageUnavailableError as error:
        full = error.code == StorageProblem.DISK_FULL
        done = Answer(code=MoveCode.DISK_FULL if full else STORAGE, detail=error.detail)
    except sqlite3.Error as error:
        done = _of_database(error)
    except OSError as error:
        full = error.errno in _FULL
        done = Answer(code=MoveCode.DISK_FULL if full else STORAGE, detail=error.strerror or "")
    return msgspec.json.encode(done)


def _run(request: Request) -> BackupFound | None:
    staging = Path(request.staging)
    if request.task is Task.SESSIONS:
        copy_sessions(request.sources, staging)
        return None
    target, trial = Path(request.target), staging / TRIAL
    if request.task is Task.EXPORT:
        write_export(request.sources[0], staging, target, passphrase=request.passphrase)
        return None
    pack(
        request.sources,
        staging,
        target,
        passphrase=request.passphrase,
        messages=request.messages,
        head=(request.app_version, request.made_at),
    )
    trial.mkdir(mode=0o700)
    try:
        return open_backup(target, request.passphrase, trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _of_database(error: sqlite3.Error) -> Answer:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return Answer(code=MoveCode.DISK_FULL)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Answer(code=MoveCode.DAMAGED, detail="session.db")
    return Answer(code=STORAGE, detail=str(error))


if __name__ == "__main__":
    serve(answer, LIMITS)
