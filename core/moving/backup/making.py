"""Makes a backup of instances while they run, in one file that was opened once before anybody gets it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from core.errors import StorageUnavailableError
from core.models.moving.backup import BackupFound
from core.models.moving.device import MoveRefusedError, Secret
from core.models.storage import StorageProblem
from core.moving.backup.packing import Source
from core.moving.backup.process import MODULE, STORAGE, Answer, Request, Task
from core.sandbox.child import CallTimeoutError, ChildProcess, SandboxError

log = logging.getLogger(__name__)

_SESSIONS_S: Final = 120.0
_PACK_S: Final = 1_800.0
"""Thousands of messages of hundreds of instances, on a slow disk. One instance takes a second."""
_ANSWERS: Final = msgspec.json.Decoder(Answer)  # made here: msgspec learns a type in one thread only
_process: Final = ChildProcess(MODULE, answer_limit=4 << 20)


class Order(Secret, frozen=True, kw_only=True):
    """What to save, and how. Holds the passphrase: never in a log."""

    sources: tuple[Source, ...]
    passphrase: str
    messages: bool
    app_version: str
    made_at: float

    def __repr__(self) -> str:
        return f"Order(sources={len(self.sources)}, messages={self.messages})"


def make_backup(order: Order, staging: Path, target: Path, *, flush: Callable[[], None]) -> BackupFound:
    """Write the backup to ``target``, on the disk on return, and return what a trial opening found in it.

    ``staging`` is an empty folder for copies; it is the caller's to erase. ``flush`` writes what is in memory
    of the instances' messages: it is called once their sessions are copied. Takes about a second for one
    instance. Threading: safe from any thread; one backup at a time.

    Raises MoveRefusedError (``move-damaged``, ``move-no-device``, ``move-disk-full``) or
    StorageUnavailableError.
    """
    request = Request(task=Task.SESSIONS, sources=order.sources, staging=str(staging))
    _ask(request, timeout_s=_SESSIONS_S)
    flush()
    packing = msgspec.structs.replace(
        request,
        task=Task.PACK,
        target=str(target),
        passphrase=order.passphrase,
        messages=order.messages,
        app_version=order.app_version,
        made_at=order.made_at,
    )
    found = _ask(packing, timeout_s=_PACK_S)
    if found is None or len(found.devices) != len(order.sources):
        raise StorageUnavailableError(StorageProblem.ERROR, detail="backup")
    return found


def make_export(source: Source, passphrase: str, staging: Path, target: Path) -> None:
    """Write the session of one instance to ``target`` for other systems.

    Sealed unless ``passphrase`` is empty. Raises as ``make_backup``.
    """
    request = Request(
        task=Task.EXPORT,
        sources=(source,),
        staging=str(staging),
        target=str(target),
        passphrase=passphrase,
    )
    _ask(request, timeout_s=_SESSIONS_S)


def sources_of(auth_dir: Path, names: Sequence[tuple[str, str]]) -> tuple[Source, ...]:
    """Return what to save of instances, given as pairs of id and name."""
    return tuple(Source(name=name, folder=str(auth_dir / instance_id)) for instance_id, name in names)


def close() -> None:
    """End the process that makes backups, in the middle of one too. Idempotent, done within seconds."""
    _process.close()


def _ask(request: Request, *, timeout_s: float) -> BackupFound | None:
    try:
        frame = _process.call(msgspec.json.encode(request), timeout_s=timeout_s)
    except CallTimeoutError as error:
        raise StorageUnavailableError(StorageProblem.ERROR, detail="no answer in time") from error
    except SandboxError as error:
        log.error("making a backup ended its process: %s", error)
        raise StorageUnavailableError(StorageProblem.ERROR, detail="backup") from error
    answer = _ANSWERS.decode(frame)
    if answer.code == STORAGE:
        raise StorageUnavailableError(StorageProblem.ERROR, detail=answer.detail)
    if answer.code:
        raise MoveRefusedError(answer.code, answer.detail)
    return answer.found
