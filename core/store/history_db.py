"""``history.db`` of an instance: timeline, sends and inbox in one file, and the one place that opens it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from core.store import sqlite
from core.store.conversations import migration

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
# One conversation of a person, by whatever addresses they are known, or of a group. ``latest`` is where its
# newest message stands, ``public_id`` what pages call it by, ``timer`` how many seconds its messages last (0:
# for ever) and ``timer_at`` when that was said.
_CONVERSATIONS: Final = """
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    in_group INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    created_at REAL NOT NULL,
    timer INTEGER NOT NULL DEFAULT 0,
    timer_at REAL NOT NULL DEFAULT 0
)
"""
# ``shown``: a message showed that it is an address of that person, it was not only typed.
_ADDRESSES: Final = """
CREATE TABLE conversation_addresses (
    address TEXT PRIMARY KEY,
    conversation INTEGER NOT NULL,
    shown INTEGER NOT NULL
) WITHOUT ROWID
"""
# What conversations were called that turned out to be another one's.
_JOINED: Final = """
CREATE TABLE joined_conversations (public_id TEXT PRIMARY KEY, conversation INTEGER NOT NULL) WITHOUT ROWID
"""
# The same message, by its chat, sender and id, is never taken twice: ids alone are chosen by strangers.
# ``position`` orders it among everything that was sent and received; ``shown`` is 0 for what only changes
# another one, ``unread`` 1 until it is looked at or marked as read.
_INBOX_BY_CONVERSATION: Final = """
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    position INTEGER NOT NULL,
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
    was_read INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    UNIQUE (message_id, chat, sender)
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
    (
        _CONVERSATIONS,
        _ADDRESSES,
        _JOINED,
        # One row: the last position that was given; milliseconds since the epoch, or more when many come.
        "CREATE TABLE message_position (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL)",
        "ALTER TABLE sent ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE sent ADD COLUMN position INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE sent ADD COLUMN shown INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE sent ADD COLUMN target TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE sent ADD COLUMN words TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE inbox RENAME TO inbox_before",
        _INBOX_BY_CONVERSATION,
        migration.fill,
        "DROP TABLE inbox_before",
        "DROP TABLE inbox_seen",
        "CREATE INDEX conversations_latest ON conversations (latest)",
        "CREATE INDEX conversation_addresses_of ON conversation_addresses (conversation)",
        "CREATE INDEX inbox_target ON inbox (target) WHERE target <> ''",
        "CREATE INDEX inbox_at ON inbox (at)",
        "CREATE INDEX inbox_thread ON inbox (conversation, position, shown) WHERE shown = 1",
        "CREATE INDEX inbox_unread ON inbox (conversation, position, unread) WHERE unread = 1",
        "CREATE INDEX inbox_sender ON inbox (sender) WHERE in_group = 1 AND contact <> ''",
        "CREATE INDEX sent_thread ON sent (conversation, position, shown) WHERE shown = 1",
        "CREATE INDEX sent_target ON sent (target) WHERE target <> ''",
        "CREATE INDEX sent_message ON sent (message_id) WHERE message_id <> ''",
        """
UPDATE conversations SET latest = max(
coalesce((SELECT max(position) FROM inbox WHERE conversation = conversations.id AND shown = 1), 0),
coalesce((SELECT max(position) FROM sent WHERE conversation = conversations.id AND shown = 1), 0))
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


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[Connection | None]:
    """Open the file for queries over the tables of the newest version; None where there is no file.

    One of an older version is led to the newest first. Raises StorageUnavailableError.
    """
    path = folder / HISTORY_FILE
    if not path.exists():
        yield None
        return
    with sqlite.as_storage_errors():
        with sqlite.reading(path) as file:
            if sqlite.version_of(file) >= len(MIGRATIONS):
                yield file
                return
        with sqlite.writing(path, MIGRATIONS):
            pass
        with sqlite.reading(path) as file:
            yield file
