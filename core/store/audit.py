"""``audit.db``: who did what, bounded. Sign-ins and refusals cannot crowd out what owners did."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from core.models.access import SignInMethod
from core.models.audit import Action, AuditEntry
from core.store import sqlite

log = logging.getLogger(__name__)

AUDIT_FILE: Final = "audit.db"
LIMIT: Final = 10_000
"""Entries kept of what was done, and as many of sign-ins and refusals; the oldest go first."""
_ENTRIES: Final = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    how TEXT NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    instance TEXT NOT NULL,
    door INTEGER NOT NULL
)
"""
_MIGRATIONS: Final[sqlite.Migrations] = (
    (_ENTRIES, "CREATE INDEX IF NOT EXISTS by_door ON entries (door, id)"),
)
_INSERT: Final = (
    "INSERT INTO entries (at, how, who, address, action, instance, door) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_TRIM: Final = (
    "DELETE FROM entries WHERE door = ?1 AND id <= "
    "(SELECT id FROM entries WHERE door = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"
)
_NEWEST: Final = "SELECT at, how, who, address, action, instance FROM entries ORDER BY id DESC LIMIT ?"


def append(auth_dir: Path, entries: Sequence[AuditEntry]) -> bool:
    """Write the entries, durably. Return False when that is not possible now: nothing was stored."""
    try:
        with _opened(auth_dir) as connection:
            connection.executemany(_INSERT, [_row(entry) for entry in entries])
            for door in (0, 1):
                connection.execute(_TRIM, (door, LIMIT))
    except FileNotFoundError:
        return False  # the folder is not there yet
    except (sqlite3.Error, OSError) as error:
        log.warning("audit log not written: %s", error)
        return False
    return True


def entries(auth_dir: Path, *, limit: int) -> tuple[AuditEntry, ...]:
    """Return the newest ``limit`` entries, newest first; none when they cannot be read."""
    try:
        with _opened(auth_dir) as connection:
            rows = connection.execute(_NEWEST, (limit,)).fetchall()
    except (sqlite3.Error, OSError) as error:
        log.warning("audit log not read: %s", error)
        return ()
    return tuple(
        AuditEntry(at, SignInMethod(how), who, address, Action(action), instance)
        for at, how, who, address, action, instance in rows
    )


def _row(entry: AuditEntry) -> tuple[object, ...]:
    action, door = entry.action.value, int(entry.action.is_sign_in)
    return (entry.at, entry.how.value, entry.who, entry.address, action, entry.instance_id, door)


def _opened(auth_dir: Path) -> AbstractContextManager[sqlite3.Connection]:
    return sqlite.writing(auth_dir / AUDIT_FILE, _MIGRATIONS, through_power_loss=True)
