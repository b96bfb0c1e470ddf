"""The disposable process that opens ``session.db`` with SQLite: ``python -m core.store.session_process``.

SQLite maps the ``-shm`` file of a store with a write-ahead log. On some file systems touching that memory
while the disk is full is a bus error, which ends the process: so this one does it and never the web process.
Nor does a worker, because SQLite's locks belong to a process (docs/decisions/0003).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, Self

from core.sandbox.child import serve
from core.sandbox.limits import Limits

MODULE: Final = "core.store.session_process"
LIMITS: Final = Limits(memory=256 << 20, cpu_s=60, file_size=4 << 30, nice=0)
"""A checkpoint writes into the store, and a caller waits for each answer."""
_DEVICE_TABLE: Final = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'whatsmeow_device'"
_MESSAGE_ID: Final = "SELECT message_id FROM whatsmeow_message_secrets WHERE key = ?"

_SECRETS: Final = """
SELECT sender_jid, key FROM whatsmeow_message_secrets
WHERE message_id = ? AND length(key) <= 64 AND length(sender_jid) <= 250 LIMIT 4
"""


class Task(StrEnum):
    """What is to be done with a store."""

    CHECK = "check"
    """Check the whole file, then tell its ``Link``."""
    LOOK = "look"
    """Tell its ``Link`` at once."""
    CHECKPOINT = "checkpoint"
    """Move the write-ahead log into the file and empty it; True when another process was in the way."""
    MESSAGE_ID = "message-id"
    """Find the id of the message with a secret; empty when there is none."""
    DEVICES = "devices"
    """List the addresses of the devices in it, as JSON; two at most."""
    SECRETS = "secrets"
    """Find who wrote the message with an id, and its secret, as JSON; mostly one, or none."""


class Link(StrEnum):
    """What the store says of a linked device."""

    LINKED = "linked"
    NONE = "none"
    """The table of devices is there and empty."""
    UNKNOWN = "unknown"
    """There is no such table: a store that was never set up, or one of another version."""


@dataclass(frozen=True, slots=True)
class Request:
    """One task on one store."""

    task: Task
    address: str
    """SQLite's URI of the file; ASCII, whatever the path holds."""
    busy_s: float
    """How long to wait for another process's transaction."""
    secret: str = ""
    """Hex digits, for ``MESSAGE_ID``."""
    message_id: str = ""
    """For ``SECRETS``."""

    def encoded(self) -> bytes:
        """Return the request as a frame's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decoded(cls, frame: bytes) -> Self:
        """Return the request in ``frame``. Raises ValueError, KeyError or TypeError for any other."""
        fields = json.loads(frame)
        return cls(**{**fields, "task": Task(fields["task"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, or SQLite's error."""

    value: str = ""
    error: str = ""
    code: int = 0
    """SQLite's extended error code; 0 without an error."""

    def encoded(self) -> bytes:
        """Return the answer as a frame's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decoded(cls, frame: bytes) -> Self:
        """Return the answer in ``frame``. Raises ValueError or TypeError for any other."""
        return cls(**json.loads(frame))


def answer(frame: bytes) -> bytes:
    """Return the encoded answer to the request in ``frame``."""
    request = Request.decoded(frame)
    try:
        with contextlib.closing(_open(request)) as store:
            done = _run(store, request)
    except sqlite3.Error as error:
        done = Answer(error=str(error) or "error", code=getattr(error, "sqlite_errorcode", 0))
    return done.encoded()


def _open(request: Request) -> sqlite3.Connection:
    store = sqlite3.connect(request.address, uri=True, timeout=request.busy_s)
    store.execute("PRAGMA secure_delete=ON")
    return store


def _run(store: sqlite3.Connection, request: Request) -> Answer:
    match request.task:
        case Task.CHECK:
            (verdict,) = store.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                return Answer(error="quick_check", code=sqlite3.SQLITE_CORRUPT)
            return Answer(_link(store))
        case Task.LOOK:
            return Answer(_link(store))
        case Task.CHECKPOINT:
            busy, _, _ = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return Answer(str(bool(busy)))
        case Task.MESSAGE_ID:
            row = store.execute(_MESSAGE_ID, (bytes.fromhex(request.secret),)).fetchone()
            return Answer(str(row[0]) if row else "")
        case Task.DEVICES:
            return Answer(json.dumps(_devices(store)))
        case Task.SECRETS:
            rows = store.execute(_SECRETS, (request.message_id,)).fetchall()
            return Answer(json.dumps([[str(sender), bytes(key).hex()] for sender, key in rows]))


def _devices(store: sqlite3.Connection) -> list[str]:
    if not store.execute(_DEVICE_TABLE).fetchone():
        return []
    return [str(jid)[:250] for (jid,) in store.execute("SELECT jid FROM whatsmeow_device LIMIT 2")]


def _link(store: sqlite3.Connection) -> Link:
    if not store.execute(_DEVICE_TABLE).fetchone():
        return Link.UNKNOWN
    return Link.LINKED if store.execute("SELECT 1 FROM whatsmeow_device LIMIT 1").fetchone() else Link.NONE


if __name__ == "__main__":
    serve(answer, LIMITS)
