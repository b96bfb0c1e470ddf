"""What arrived at one instance, in its ``history.db``; bounded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.models.received import ReceivedMessage
from core.store import database
from core.store.history import HISTORY_FILE

LIMIT: Final = 10_000
"""Arrivals kept; the oldest go first."""
# The same message is never taken twice.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    contact TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    at REAL NOT NULL,
    from_me INTEGER NOT NULL,
    in_group INTEGER NOT NULL
)
"""
_INSERT: Final = """
INSERT OR IGNORE INTO received (message_id, contact, name, kind, text, at, from_me, in_group)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_NEWEST: Final = """
SELECT message_id, contact, name, kind, text, at, from_me, in_group FROM received ORDER BY id DESC LIMIT ?
"""
_TRIM: Final = "DELETE FROM received WHERE id <= (SELECT id FROM received ORDER BY id DESC LIMIT 1 OFFSET ?)"


def write(folder: Path, arrived: Iterable[ReceivedMessage]) -> None:
    """Write arrivals; one that is there already is not written again.

    Raises StorageUnavailableError; nothing is written then.
    """
    with database.translated(), database.writing(folder / HISTORY_FILE, [_SCHEMA]) as file:
        file.executemany(
            _INSERT,
            [
                (one.message_id, one.contact, one.name, one.kind, one.text, one.at, one.from_me, one.group)
                for one in arrived
            ],
        )
        file.execute(_TRIM, (LIMIT,))


def read(folder: Path, *, limit: int) -> tuple[ReceivedMessage, ...]:
    """The newest ``limit`` arrivals, newest first. Raises StorageUnavailableError."""
    with database.translated():
        found = database.rows(folder / HISTORY_FILE, "received", _NEWEST, (limit,))
    return tuple(
        ReceivedMessage(
            folder.name, message_id, contact, name, kind, text, at, from_me=bool(from_me), group=bool(group)
        )
        for message_id, contact, name, kind, text, at, from_me, group in found
    )
