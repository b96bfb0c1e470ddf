"""``session.db``: neonize's file. We read whether it holds a device, shrink its log, set it aside, remove it.

SQLite opens it in disposable processes only, never in this one: see ``core.store.session_process``.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.errors import CorruptFileError, StorageUnavailableError
from core.models.codes import DamageCode, StateReason
from core.models.instance import InstanceRecord, InstanceState
from core.sandbox.child import CallTimeoutError, SandboxError
from core.sandbox.pool import ChildPool
from core.store.files import set_aside, sync_folder
from core.store.layout import SESSION_FILE
from core.store.session_process import MODULE, Answer, Link, Request, Task

log = logging.getLogger(__name__)

_CORRUPT: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY_S: Final = 2.0
_LOOK_AGAIN_S: Final = 0.02
_DEADLINES_S: Final = {
    Task.CHECK: 60.0,
    Task.LOOK: 10.0,
    Task.CHECKPOINT: 20.0,
    Task.MESSAGE_ID: 10.0,
    Task.DEVICES: 10.0,
    Task.SECRETS: 10.0,
}
"""From the call to the answer, the wait for a free process included. A check reads the whole store."""
_processes: Final = ChildPool(MODULE, size=3, answer_limit=1 << 16)


@dataclass(frozen=True, slots=True)
class SessionProblem:
    """Why an instance cannot start as it is, and the state that it is in therefore."""

    state: InstanceState
    reason: str
    detail: str


def session_path(folder: Path) -> Path:
    """Return the path of the session of the instance in ``folder``."""
    return folder / SESSION_FILE


def has_device(folder: Path) -> bool:
    """Return whether the store holds a linked device. A file alone proves nothing: unpaired ones exist too.

    Call while no worker runs for this instance. Raises CorruptFileError when the file is damaged,
    StorageUnavailableError when it cannot be read now.
    """
    return session_path(folder).exists() and _ask(folder, Task.CHECK) == Link.LINKED


def has_device_quietly(folder: Path) -> bool:
    """Return ``has_device``; a store that cannot be read counts as linked: its start tells what is wrong."""
    try:
        return has_device(folder)
    except (CorruptFileError, StorageUnavailableError):
        return True


def inspect_session(folder: Path, record: InstanceRecord) -> tuple[bool, SessionProblem | None]:
    """Return whether the store holds a linked device, and what keeps it from starting.

    A damaged store is set aside. Call while no worker runs for this instance. Raises
    StorageUnavailableError when it cannot be read now.
    """
    try:
        linked = has_device(folder)
    except CorruptFileError:
        kept = set_session_aside(folder)
        log.error("session unreadable, kept as %s", kept, extra={"instance": record.id})
        return False, SessionProblem(InstanceState.FAILED, DamageCode.SESSION_CORRUPT, kept)
    if record.linked and not linked:
        # It was linked and the store says otherwise: a QR, as if nothing had happened, would hide that.
        return False, SessionProblem(InstanceState.LOGGED_OUT, DamageCode.SESSION_MISSING, "")
    if linked:
        log.info("Restoring session of instance %s from %s", record.id, folder)
    return linked, None


def wait_until_unlinked(folder: Path, *, timeout_s: float) -> bool:
    """Wait until the core has taken its device out of the store; return False if it is still there.

    Safe beside a running worker. Raises CorruptFileError or StorageUnavailableError.
    """
    deadline = time.monotonic() + timeout_s
    while session_path(folder).exists() and _ask(folder, Task.LOOK) == Link.LINKED:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_S)
    return True


def set_session_aside(folder: Path) -> str:
    """Rename a damaged store; the next start pairs anew. Return its new name. Raises OSError."""
    path = session_path(folder)
    kept = set_aside(path)
    for suffix in ("-wal", "-shm"):
        extra = path.with_name(path.name + suffix)
        if extra.exists():
            extra.rename(path.with_name(kept + suffix))
    return kept


def remove_session(folder: Path) -> None:
    """Erase the stored session; there is no way back. Call while no worker runs. Raises OSError.

    The names go, and the room is given free; that a disk overwrites what was there cannot be promised.
    """
    there = [path for path in _files(folder) if path.exists()]
    for path in there:
        path.unlink(missing_ok=True)
    if there:
        sync_folder(folder)


def remove_unlinked(folder: Path) -> bool:
    """Remove what is left of a session whose link has ended; False for a store that may be linked.

    Such a store stays as it is: one with a device, and one that we do not understand. Call while no worker
    runs. Raises CorruptFileError or StorageUnavailableError when nothing is known of it, or OSError.
    """
    if session_path(folder).exists() and _ask(folder, Task.CHECK) != Link.NONE:
        return False
    remove_session(folder)
    return True


def checkpoint(folder: Path) -> bool:
    """Move what is in the write-ahead log into the file itself, on the disk, and empty the log.

    A host crash then costs nothing written before. Safe beside a running worker: waits up to 2 s for it, and
    returns False when the worker was in the way for longer: it is to be tried again. Raises
    StorageUnavailableError or CorruptFileError.
    """
    if session_path(folder).exists() and _ask(folder, Task.CHECKPOINT) == str(True):
        log.info("store busy, checkpoint left for later: %s", folder.name)
        return False
    return True


def message_id_of(folder: Path, secret: str) -> str:
    """Return the id under which the core sent, or was about to send, the message with that ``secret`` (hex).

    Empty when it has not begun to: the core writes both down before the message leaves. Safe beside a running
    worker. Raises StorageUnavailableError or CorruptFileError.
    """
    return _ask(folder, Task.MESSAGE_ID, secret=secret) if session_path(folder).exists() else ""


def message_secrets(folder: Path, message_id: str) -> tuple[tuple[str, str], ...]:
    """Return author (address) and secret (hex) of the message with that id, as the core stored them.

    Mostly one, or none; a secret opens what is sealed about the message. Safe beside a running worker.
    Raises StorageUnavailableError or CorruptFileError.
    """
    if not session_path(folder).exists():
        return ()
    found = json.loads(_ask(folder, Task.SECRETS, message_id=message_id))
    return tuple((str(sender), str(secret)) for sender, secret in found)


def devices(folder: Path) -> tuple[str, ...]:
    """Return the addresses of the devices in the store (``5511999990000:7@s.whatsapp.net``), two at most.

    Safe beside a running worker. Raises StorageUnavailableError or CorruptFileError.
    """
    if not session_path(folder).exists():
        return ()
    return tuple(str(jid) for jid in json.loads(_ask(folder, Task.DEVICES)))


def close() -> None:
    """End the processes that read sessions; a later call starts another. Idempotent, done within seconds."""
    _processes.close()


def identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells the session's file from any other in its place; None when there is none."""
    try:
        status = session_path(folder).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def wal_bytes(folder: Path) -> int:
    """Return the size of the write-ahead log: 0 when there is none, or all that was in it is in the file."""
    try:
        return session_path(folder).with_name(f"{SESSION_FILE}-wal").stat().st_size
    except OSError:
        return 0


def _files(folder: Path) -> list[Path]:
    """Return the store and its companions; the store first: its log alone opens nothing."""
    return [session_path(folder).with_name(SESSION_FILE + suffix) for suffix in ("", "-wal", "-shm")]


def _ask(folder: Path, task: Task, *, secret: str = "", message_id: str = "") -> str:
    # Bytes: a path need not be text.
    address = f"file:{quote(os.fsencode(session_path(folder).absolute()))}?mode=rw"
    request = Request(task, address, busy_s=_BUSY_S, secret=secret, message_id=message_id)
    try:
        frame = _processes.call(request.encoded(), timeout_s=_DEADLINES_S[task])
    except CallTimeoutError as error:
        raise StorageUnavailableError(StateReason.SESSION_UNREADABLE, detail="no answer in time") from error
    except SandboxError as error:
        # A bus error on a full disk, most of all: the next try finds another process.
        log.error("reading a session ended its process: %s", error)
        raise StorageUnavailableError(StateReason.SESSION_UNREADABLE, detail="reading it failed") from error
    answer = Answer.decoded(frame)
    _require_success(answer)
    return answer.value


def _require_success(answer: Answer) -> None:
    if not answer.error:
        return
    # Extended codes carry the primary one in their low byte.
    if answer.code & 0xFF in _CORRUPT:
        raise CorruptFileError(DamageCode.SESSION_CORRUPT, detail=SESSION_FILE)
    raise StorageUnavailableError(StateReason.SESSION_UNREADABLE, detail=answer.error)
