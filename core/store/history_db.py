"""``history.db`` of an instance: timeline, sends and inbox in one file, and the one place that opens it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from core.store import sqlite

HISTORY_FILE: Final = "history.db"

_TIMELINE: Final = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
)
"""
# The same request id is never taken twice.
_SENT: Final = """
CREATE TABLE IF NOT EXISTS sent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL UNIQUE,
    message_id TEXT NOT NULL,
    contact TEXT NOT NULL,
    to_name TEXT NOT NULL,
    content TEXT NOT NULL,
    stranger INTEGER NOT NULL,
    created_at REAL NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    settled_at REAL,
    delivered_at REAL,
    read_at REAL,
    played_at REAL,
    secret TEXT NOT NULL,
    boot_id TEXT NOT NULL
)
"""
# The same message is never taken twice. ``target`` is what a reaction, an edit, … is about, else empty.
_INBOX: Final = """
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    talk TEXT NOT NULL,
    contact TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    words TEXT NOT NULL,
    at REAL NOT NULL,
    from_me INTEGER NOT NULL,
    in_group INTEGER NOT NULL,
    chat TEXT NOT NULL,
    sender TEXT NOT NULL,
    target TEXT NOT NULL,
    was_read INTEGER NOT NULL DEFAULT 0
)
"""
MIGRATIONS: Final[sqlite.Migrations] = (
    (
        # IF NOT EXISTS: files from before versions were counted have some of these tables or all.
        _TIMELINE,
        _SENT,
        _INBOX,
        "CREATE INDEX IF NOT EXISTS inbox_target ON inbox (target) WHERE target <> ''",
        "CREATE INDEX IF NOT EXISTS inbox_talk ON inbox (talk, id)",
        "CREATE INDEX IF NOT EXISTS inbox_at ON inbox (at)",
        "CREATE TABLE IF NOT EXISTS inbox_groups (chat TEXT PRIMARY KEY, name TEXT NOT NULL)",
    ),
    (
        # One row: up to which ``inbox.id`` the owner looked. What is there already counts as looked at.
        "CREATE TABLE inbox_seen (id INTEGER PRIMARY KEY CHECK (id = 1), up_to INTEGER NOT NULL)",
        "INSERT INTO inbox_seen SELECT 1, coalesce(max(id), 0) FROM inbox",
        """
CREATE INDEX inbox_unread ON inbox (id, from_me, was_read, kind) WHERE from_me = 0 AND was_read = 0
AND kind NOT IN ('call', 'delete', 'edit', 'reaction', 'vote')
""",
    ),
)
"""From version 0 to 1, and so on. Append; never change one that was released."""


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Connection]:
    """Open one transaction on the file. Raises StorageUnavailableError; nothing is written then.

    A file that a newer version of the app made is refused (``history-unwritable``) and left as it is.
    """
    with sqlite.as_storage_errors(), sqlite.writing(folder / HISTORY_FILE, MIGRATIONS) as file:
        yield file


def rows(folder: Path, table: str, query: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query; none where there is no such file or ``table``.

    Changes nothing on the disk. Raises StorageUnavailableError.
    """
    with sqlite.as_storage_errors():
        return sqlite.rows(folder / HISTORY_FILE, table, query, arguments)
