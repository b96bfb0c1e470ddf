"""``history.db``: what happened to one instance, bounded, and kept through every end of the process."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.models.history import HistoryEntry, HistoryKind
from core.store.files import set_aside

log = logging.getLogger(__name__)

HISTORY_FILE: Final = "history.db"
LIMIT: Final = 10_000
"""Entries kept, never more; the oldest go first."""
_UNREADABLE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
)
"""
_INSERT: Final = "INSERT INTO entries (at, kind, reason, detail) VALUES (?, ?, ?, ?)"
_NEWEST: Final = "SELECT id, at, kind, reason, detail FROM entries ORDER BY id DESC"


def append(folder: Path, kind: HistoryKind, *, at: float, reason: str = "", detail: str = "") -> None:
    """Add an entry to the timeline of the instance in ``folder``, durably.

    A full or broken disk costs the entry, never the instance: what cannot be written is logged and dropped.
    The file is opened for each entry: a held one would cost every instance descriptors for ever.
    """
    try:
        with opened(folder) as connection:
            number = connection.execute(_INSERT, (at, kind.value, reason, detail)).lastrowid or 0
            connection.execute("DELETE FROM entries WHERE id <= ?", (number - LIMIT,))
    except (sqlite3.Error, OSError) as error:
        log.warning("no history entry for %s: %s", folder.name, error)


def entries(folder: Path, *, limit: int, kinds: Collection[HistoryKind] = ()) -> tuple[HistoryEntry, ...]:
    """The newest ``limit`` entries, newest first; only of ``kinds`` when any are given.

    Empty when there are none or they cannot be read. Changes nothing on the disk.
    """
    path = folder / HISTORY_FILE
    if not path.exists():
        return ()
    wanted = {kind.value for kind in kinds or HistoryKind}
    found: list[HistoryEntry] = []
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=2)
        ) as file:
            for number, at, kind, reason, detail in file.execute(_NEWEST):
                if len(found) == limit:
                    break
                if kind in wanted:
                    found.append(HistoryEntry(number, at, HistoryKind(kind), reason, detail))
    except (sqlite3.Error, OSError) as error:
        log.warning("no history of %s: %s", folder.name, error)
    return tuple(found)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on the file, made when there is none. Raises sqlite3.Error or OSError."""
    path = folder / HISTORY_FILE
    try:
        connection = _prepared(path)
    except sqlite3.DatabaseError as error:
        if not _unreadable(error):
            raise
        log.error("history unreadable, kept as %s", set_aside(path))
        connection = _prepared(path)
    try:
        with connection:
            yield connection
    except sqlite3.DatabaseError as error:
        # Damage behind a sound head shows only now: this entry is lost, the next one finds a new file.
        if _unreadable(error):
            log.error("history damaged, kept as %s", set_aside(path))
        raise
    finally:
        connection.close()


def _unreadable(error: sqlite3.DatabaseError) -> bool:
    # Extended codes carry the primary one in their low byte.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNREADABLE


def _prepared(path: Path) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=2)
    try:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
