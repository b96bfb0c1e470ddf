"""Makes a backup of instances while they run, in one file that was opened once before anybody gets it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from core.errors import StorageUnavailableError
from core.models.moving.backup import BackupFound
from core.models.moving.device import MoveRefusedError, Secret
from core.models.storage import StorageProblem
from core.moving.backup.failures import STORAGE
from core.moving.backup.packing import Lacking, Source
from core.moving.backup.process import MODULE, Answer, Request, Task
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


@dataclass(frozen=True, slots=True)
class Packed:
    """What a backup holds of what was ordered."""

    found: BackupFound
    """As a trial opening found it."""
    saved: tuple[int, ...]
    """Indices of the instances in it, in the order of the sources."""
    lacking: tuple[Lacking, ...]
    """Those that could not be saved."""
    without_history: tuple[int, ...]
    """Indices of those in it whose timeline and messages could not be saved."""


def make_backup(order: Order, staging: Path, target: Path, *, flush: Callable[[], None]) -> Packed:
    """Write the backup to ``target``, on the disk on return; of every instance that can be saved.

    ``staging`` is an empty folder for copies; it is the caller's to erase. ``flush`` writes what is in memory
    of the instances' messages: it is called once their sessions are copied. Takes about a second for one
    instance. Threading: safe from any thread; one backup at a time.

    Raises MoveRefusedError (``move-disk-full``; ``move-damaged``, ``move-no-device`` and others when nothing
    can be saved) or StorageUnavailableError.
    """
    request = Request(task=Task.SESSIONS, sources=order.sources, staging=str(staging))
    lacking = _ask(request, timeout_s=_SESSIONS_S).lacking
    saved = tuple(sorted(set(range(len(order.sources))) - {each.index for each in lacking}))
    if not saved:
        raise _refusal(lacking)
    flush()
    packing = msgspec.structs.replace(
        request,
        task=Task.PACK,
        sources=tuple(order.sources[index] for index in saved),
        target=str(target),
        passphrase=order.passphrase,
        messages=order.messages,
        app_version=order.app_version,
        made_at=order.made_at,
    )
    done = _ask(packing, timeout_s=_PACK_S)
    if done.found is None or len(done.found.devices) != len(saved):
        raise StorageUnavailableError(StorageProblem.ERROR, detail="backup")
    return Packed(done.found, saved, lacking, tuple(saved[index] for index in done.without_history))


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


def _ask(request: Request, *, timeout_s: float) -> Answer:
    try:
        frame = _process.call(msgspec.json.encode(request), timeout_s=timeout_s)
    except CallTimeoutError as error:
        raise StorageUnavailableError(StorageProblem.ERROR, detail="no answer in time") from error
    except SandboxError as error:
        log.error("making a backup ended its process: %s", error)
        raise StorageUnavailableError(StorageProblem.ERROR, detail="backup") from error
    answer = _ANSWERS.decode(frame)
    if answer.code:
        raise _error(answer.code, answer.detail)
    return answer


def _refusal(lacking: Sequence[Lacking]) -> MoveRefusedError | StorageUnavailableError:
    """Return why nothing could be saved: what is known of a session rather than a word of the disk."""
    errors = [_error(each.code, each.detail) for each in lacking]
    known = [error for error in errors if isinstance(error, MoveRefusedError)]
    return (known or errors or [StorageUnavailableError(StorageProblem.ERROR, detail="backup")])[0]


def _error(code: str, detail: str) -> MoveRefusedError | StorageUnavailableError:
    if code == STORAGE:
        return StorageUnavailableError(StorageProblem.ERROR, detail=detail)
    return MoveRefusedError(code, detail)
