"""The messages of one instance in its ``history.db``: sends before they leave, and what arrived; bounded."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from core.errors import StorageUnavailableError
from core.models.message import ReceivedMessage, SendState, SentMessage
from core.store.history import HISTORY_FILE, opened
from core.store.owner import storage_error

LIMIT: Final = 10_000
"""Sends kept, and as many arrivals; the oldest go first."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sent_here INTEGER NOT NULL,
    key TEXT NOT NULL,
    message_id TEXT NOT NULL,
    contact TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    settled_at REAL,
    delivered_at REAL,
    read_at REAL,
    played_at REAL,
    secret TEXT NOT NULL DEFAULT '',
    boot_id TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT 'text',
    name TEXT NOT NULL DEFAULT '',
    from_me INTEGER NOT NULL DEFAULT 1,
    in_group INTEGER NOT NULL DEFAULT 0
)
"""
# The key of a send is its request id, that of an arrival its message id: the same one is never taken twice.
_INDEX: Final = "CREATE UNIQUE INDEX IF NOT EXISTS messages_by_key ON messages (sent_here, key)"
_ORDER: Final = "CREATE INDEX IF NOT EXISTS messages_by_age ON messages (sent_here, id)"
_INSERT_SENT: Final = """
INSERT INTO messages (sent_here, key, message_id, contact, text, created_at, state, reason, secret, boot_id)
VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE_SENT: Final = """
UPDATE messages SET message_id = ?, state = ?, reason = ?,
settled_at = ?, delivered_at = ?, read_at = ?, played_at = ? WHERE sent_here = 1 AND key = ?
"""
_SENT: Final = """
SELECT key, contact, text, state, created_at, settled_at, reason, message_id, delivered_at, read_at,
played_at, secret, boot_id FROM messages WHERE sent_here = 1
"""
_INSERT_RECEIVED: Final = """
INSERT OR IGNORE INTO messages
(sent_here, key, message_id, contact, name, kind, text, created_at, from_me, in_group)
VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_RECEIVED: Final = """
SELECT message_id, contact, name, kind, text, created_at, from_me, in_group FROM messages
WHERE sent_here = 0 ORDER BY id DESC LIMIT ?
"""
_TRIM: Final = """
DELETE FROM messages WHERE sent_here = ?1 AND id <=
(SELECT id FROM messages WHERE sent_here = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
"""
_CODES: Final = {sqlite3.SQLITE_FULL: "disk-full", sqlite3.SQLITE_READONLY: "auth-dir-read-only"}


def write_new(folder: Path, message: SentMessage) -> None:
    """Write a send down, durably. Raises StorageUnavailableError; nothing is written then."""
    row = (
        message.request_id,
        message.message_id,
        message.to,
        message.text,
        message.created_at,
        message.state.value,
        message.reason,
        message.secret,
        message.boot_id,
    )
    with _writing(folder) as file:
        file.execute(_INSERT_SENT, row)
        file.execute(_TRIM, (1, LIMIT))


def write_changes(
    folder: Path, *, sent: Iterable[SentMessage] = (), received: Iterable[ReceivedMessage] = ()
) -> None:
    """Write what became of sends, and arrivals; one that is there already is not written again.

    Raises StorageUnavailableError; nothing is written then.
    """
    updates = [
        (
            one.message_id,
            one.state.value,
            one.reason,
            one.settled_at,
            one.delivered_at,
            one.read_at,
            one.played_at,
            one.request_id,
        )
        for one in sent
    ]
    inserts = [
        (
            one.message_id,
            one.message_id,
            one.contact,
            one.name,
            one.kind,
            one.text,
            one.at,
            one.from_me,
            one.group,
        )
        for one in received
    ]
    with _writing(folder) as file:
        file.executemany(_UPDATE_SENT, updates)
        file.executemany(_INSERT_RECEIVED, inserts)
        if inserts:
            file.execute(_TRIM, (0, LIMIT))


def read_sent(folder: Path, *, limit: int) -> tuple[SentMessage, ...]:
    """The newest ``limit`` sends, newest first. Raises StorageUnavailableError."""
    rows = _read(folder, f"{_SENT} ORDER BY id DESC LIMIT ?", limit)
    return tuple(_sent(folder.name, row) for row in rows)


def find_sent(folder: Path, request_id: str) -> SentMessage | None:
    """The send with that request id, however old. Raises StorageUnavailableError."""
    rows = _read(folder, f"{_SENT} AND key = ?", request_id)
    return _sent(folder.name, rows[0]) if rows else None


def read_received(folder: Path, *, limit: int) -> tuple[ReceivedMessage, ...]:
    """The newest ``limit`` arrivals, newest first. Raises StorageUnavailableError."""
    return tuple(
        ReceivedMessage(
            folder.name, message_id, contact, name, kind, text, at, from_me=bool(from_me), group=bool(group)
        )
        for message_id, contact, name, kind, text, at, from_me, group in _read(folder, _RECEIVED, limit)
    )


def _sent(instance_id: str, row: tuple[Any, ...]) -> SentMessage:
    key, to, text, state, created, settled, reason, message_id, delivered, read, played, secret, boot = row
    return SentMessage(
        request_id=key,
        instance_id=instance_id,
        to=to,
        text=text,
        state=SendState(state),
        created_at=created,
        settled_at=settled,
        reason=reason,
        message_id=message_id,
        delivered_at=delivered,
        read_at=read,
        played_at=played,
        secret=secret,
        boot_id=boot,
    )


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[sqlite3.Connection]:
    with _translated(), opened(folder) as file:
        for statement in (_SCHEMA, _INDEX, _ORDER):
            file.execute(statement)
        yield file


def _read(folder: Path, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    path = folder / HISTORY_FILE
    if not path.exists():
        return []
    address = f"file:{quote(str(path))}?mode=rw"
    with _translated(), contextlib.closing(sqlite3.connect(address, uri=True, timeout=2)) as file:
        known = file.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone()
        return file.execute(query, arguments).fetchall() if known else []


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_error(error) from error
    except sqlite3.Error as error:
        # Extended codes carry the primary one in their low byte.
        code = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "history-unwritable")
        # The error's text names tables, never their content.
        raise StorageUnavailableError(code, detail=str(error)) from error
