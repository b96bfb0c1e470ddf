"""What a backup holds of an instance, written anew: its rows in files whose schema is ours.

The web process and the worker open these files later, without limits. A table, an index or a check of
another author would run in them, so nothing but values comes out of a backup: by known columns, each of
the type that its column has. Runs in the reader's process (``core.moving.reader``).
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.disk_room import require_room
from core.moving.foreign_sqlite import ForeignSqlite
from core.moving.key_checks import check_keys
from core.moving.whatsmeow_file import WhatsmeowFile
from core.moving.whatsmeow_rows import StoredDevice, copy_device, device_keys, size_of, stored_devices
from core.store import sqlite
from core.store.history_db import HISTORY_FILE, MIGRATIONS
from core.store.layout import SESSION_FILE

LONGEST_TEXT: Final = 4 << 20
"""Characters of one value; a message that is received has some ten thousand, with its preview."""
_FAR: Final = 1 << 53
"""Beyond any id, time or position: microseconds since the epoch until the year 2255."""
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (int, float)}
_AT_ONCE: Final = 500
"""Rows in memory."""
_COUNTED: Final = "sqlite_sequence"
_LED_ON: Final = 4
"""Times its size that an older file takes: its rows, their copies in new tables, and the journal of both."""
_UNWRITABLE: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}

Columns = Mapping[str, str]
"""Names, each with its declared type in capitals."""


def check_session(folder: Path, *, deadline: float) -> None:
    """Check the keys of the one device of the ``session.db`` in ``folder``, before anything is written.

    Until ``deadline`` (of ``time.monotonic``). Raises MoveRefusedError: move-keys-wrong, move-never-paired,
    move-no-device, move-damaged, move-schema-too-new, move-too-slow.
    """
    with WhatsmeowFile(folder / SESSION_FILE, deadline=deadline) as tables:
        _checked_device(tables)


def rebuild_session(folder: Path, target: Path, *, deadline: float) -> None:
    """Write the device of the ``session.db`` in ``folder`` into a fresh one in ``target``.

    Raises MoveRefusedError as ``check_session`` does; move-disk-full besides.
    """
    with WhatsmeowFile(folder / SESSION_FILE, deadline=deadline) as tables:
        copy_device([tables], _checked_device(tables), target / SESSION_FILE)


def rebuild_history(folder: Path, target: Path, *, deadline: float) -> None:
    """Write the rows of the ``history.db`` in ``folder`` into a fresh one in ``target``, of our version.

    One of an older version is filled as that version was, then led on as any other. Raises MoveRefusedError:
    move-damaged, move-schema-too-new, move-too-slow, move-disk-full.
    """
    path = target / HISTORY_FILE
    with ForeignSqlite(folder / HISTORY_FILE, (), deadline=deadline) as source:
        version = source.user_version()
    if version > len(MIGRATIONS):
        raise MoveRefusedError(MoveCode.SCHEMA_TOO_NEW, f"{HISTORY_FILE} {version}")
    # Files from before versions were counted have the tables of the first, or some of them.
    as_it_was = MIGRATIONS[: max(version, 1)]
    size = (folder / HISTORY_FILE).stat().st_size
    require_room(target, size if as_it_was == MIGRATIONS else _LED_ON * size)
    try:
        with sqlite.writing(path, as_it_was) as file:
            tables = _tables(file)
            with ForeignSqlite(folder / HISTORY_FILE, tables, deadline=deadline) as source:
                for table, columns in tables.items():
                    _copy_table(file, source, table, columns, target)
        with sqlite.writing(path, MIGRATIONS):
            pass
    except OSError as error:
        raise MoveRefusedError(MoveCode.DISK_FULL) from error
    except (sqlite3.Error, KeyError) as error:
        # Extended codes carry the primary one in their low byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNWRITABLE:
            raise MoveRefusedError(MoveCode.DISK_FULL) from error
        raise MoveRefusedError(MoveCode.DAMAGED, HISTORY_FILE) from error


def _checked_device(tables: WhatsmeowFile) -> StoredDevice:
    device, *others = stored_devices(tables)
    if others:
        raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE)
    check_keys(device_keys(tables, device))
    return device


def _tables(file: sqlite3.Connection) -> dict[str, Columns]:
    """Return the tables of a file of ours; last the one in which SQLite counts the ids that it gave."""
    names = [str(name) for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: dict[str, Columns] = {
        name: {str(row[1]): str(row[2]).upper() for row in file.execute(f"PRAGMA table_info({name})")}
        for name in names
        if name != _COUNTED
    }
    return {**found, _COUNTED: {"name": "TEXT", "seq": "INTEGER"}}


def _copy_table(
    file: sqlite3.Connection, source: ForeignSqlite, table: str, known: Columns, folder: Path
) -> None:
    there = set(source.columns(table))
    columns = tuple(name for name in known if name in there)
    if not columns:
        return
    marks = ", ".join("?" * len(columns))
    # The steps of the versions left a row in tables that have but one.
    insert = f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    if table == _COUNTED:  # it has no key of its own: SQLite has counted along by now
        insert = f"UPDATE {_COUNTED} SET seq = max(seq, ?2) WHERE name = ?1"  # noqa: S608
    rows = (_checked(table, known, columns, row) for row in source.rows(table, columns))
    while batch := list(islice(rows, _AT_ONCE)):
        require_room(folder, size_of(batch))
        file.executemany(insert, batch)


def _checked(table: str, known: Columns, columns: Sequence[str], row: Sequence[object]) -> tuple[object, ...]:
    """Return a row. Raises MoveRefusedError for a value that its column cannot hold."""
    for name, value in zip(columns, row, strict=True):
        if value is not None and not (isinstance(value, _TYPES[known[name]]) and _is_sound(value)):
            raise MoveRefusedError(MoveCode.DAMAGED, f"{table}.{name}")
    return tuple(row)


def _is_sound(value: object) -> bool:
    match value:
        case str():
            return len(value) <= LONGEST_TEXT
        case int() | float():
            return math.isfinite(value) and abs(value) < _FAR
    return False
