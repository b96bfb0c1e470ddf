"""The disposable process that makes backups: ``python -m core.moving.backup.process``.

It opens ``session.db`` with SQLite, which neither the web process nor a worker may (docs/decisions/0003).
"""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from core.models.moving.backup import BackupFound
from core.models.moving.device import Secret
from core.moving.backup.exporting import write_export
from core.moving.backup.failures import FAILURES, reason
from core.moving.backup.opening import open_backup
from core.moving.backup.packing import Lacking, Source, copy_sessions, pack
from core.sandbox.child import serve
from core.sandbox.limits import Limits

MODULE: Final = "core.moving.backup.process"
LIMITS: Final = Limits(memory=768 << 20, cpu_s=900, file_size=8 << 30, nice=5)
"""Behind whatever answers people, and with room for scrypt."""
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
    """What was done, or why it was not."""

    found: BackupFound | None = None
    """What the trial opening of the backup found."""
    lacking: tuple[Lacking, ...] = ()
    """Instances whose session could not be copied."""
    without_history: tuple[int, ...] = ()
    """Indices of those whose timeline and messages were left out."""
    code: str = ""
    """A ``MoveCode``, or ``STORAGE``; empty when all went well."""
    detail: str = ""


def answer(frame: bytes) -> bytes:
    """Return the encoded answer to the request in ``frame``."""
    request = msgspec.json.decode(frame, type=Request)
    try:
        done = _run(request)
    except FAILURES as error:
        code, detail = reason(error)
        done = Answer(code=code, detail=detail)
    return msgspec.json.encode(done)


def _run(request: Request) -> Answer:
    staging = Path(request.staging)
    if request.task is Task.SESSIONS:
        return Answer(lacking=copy_sessions(request.sources, staging))
    target, trial = Path(request.target), staging / TRIAL
    if request.task is Task.EXPORT:
        write_export(request.sources[0], staging, target, passphrase=request.passphrase)
        return Answer()
    _, without_history = pack(
        request.sources,
        staging,
        target,
        passphrase=request.passphrase,
        messages=request.messages,
        head=(request.app_version, request.made_at),
    )
    trial.mkdir(mode=0o700)
    try:
        found = open_backup(target, request.passphrase, trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    return Answer(found=found, without_history=without_history)


if __name__ == "__main__":
    serve(answer, LIMITS)
