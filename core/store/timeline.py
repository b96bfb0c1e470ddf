"""``history.db``: what happened to one instance, bounded, and kept through every end of the process."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Final

from core.models.timeline import HistoryEntry, HistoryKind
from core.store import sqlite
from core.store.history_db import HISTORY_FILE, MIGRATIONS

log = logging.getLogger(__name__)

LIMIT: Final = 10_000
"""Entries kept, never more; the oldest go first."""
_INSERT: Final = "INSERT INTO entries (at, kind, reason, detail) VALUES (?, ?, ?, ?)"
_NEWEST: Final = "SELECT id, at, kind, reason, detail FROM entries ORDER BY id DESC"


def append(folder: Path, kind: HistoryKind, *, at: float, reason: str = "", detail: str = "") -> None:
    """Add an entry to the timeline of the instance in ``folder``, durably.

    A full or broken disk costs the entry, never the instance: what cannot be written is logged and dropped.
    """
    try:
        with sqlite.writing(folder / HISTORY_FILE, MIGRATIONS) as connection:
            number = connection.execute(_INSERT, (at, kind.value, reason, detail)).lastrowid or 0
            connection.execute("DELETE FROM entries WHERE id <= ?", (number - LIMIT,))
    except (sqlite3.Error, OSError) as error:
        log.warning("no history entry for %s: %s", folder.name, error)


def entries(folder: Path, *, limit: int, kinds: Collection[HistoryKind] = ()) -> tuple[HistoryEntry, ...]:
    """Return the newest ``limit`` entries, newest first; only of ``kinds`` when any are given.

    Empty when there are none or they cannot be read. Changes nothing on the disk.
    """
    path = folder / HISTORY_FILE
    if not path.exists():
        return ()
    values = {kind.value for kind in kinds or HistoryKind}
    result: list[HistoryEntry] = []
    try:
        with sqlite.reading(path) as file:
            for number, at, kind, reason, detail in file.execute(_NEWEST):
                if len(result) == limit:
                    break
                if kind in values:
                    result.append(HistoryEntry(number, at, HistoryKind(kind), reason, detail))
    except (sqlite3.Error, OSError) as error:
        log.warning("no history of %s: %s", folder.name, error)
    return tuple(result)
