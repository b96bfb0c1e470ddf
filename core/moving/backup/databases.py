"""The databases of a backup: consistent copies of those in use, and a hard look at those that come back.

For disposable processes only: SQLite never opens ``session.db`` in another (docs/decisions/0003).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.models.moving.codes import MoveCode
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.store import history_db
from core.store.history_db import HISTORY_FILE, MIGRATIONS
from core.store.layout import SESSION_FILE

SCHEMA: Final = 15
"""The version of whatsmeow's tables that the core of this app writes. It opens a newer one that is compatible
down to this. Source: whatsmeow, store/sqlstore/upgrades."""
_BUSY_S: Final = 5.0
_PLAIN: Final = {"table", "index"}
_COUNTS: Final = """
SELECT jid, coalesce(push_name, ''), (SELECT count(*) FROM whatsmeow_pre_keys),
(SELECT count(*) FROM whatsmeow_sessions) FROM whatsmeow_device LIMIT 2
"""
_ENTRIES: Final = "SELECT id, at, kind, reason, detail FROM entries ORDER BY id"


def copy_consistently(source: Path, target: Path) -> None:
    """Copy a database that others write to, as of one moment; they are not held up.

    Raises sqlite3.Error.
    """
    # One step: in steps, every write in between would begin it anew.
    with closing(_opened(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without companions


def copy_timeline(folder: Path, target: Path) -> None:
    """Make a ``history.db`` in ``target`` with nothing but the timeline of the one in ``folder``.

    Raises sqlite3.Error or StorageUnavailableError.
    """
    with closing(_opened(folder / HISTORY_FILE)) as original:
        tables = original.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone()
        entries = original.execute(_ENTRIES).fetchall() if tables else []
    with history_db.writing(target) as file:
        file.executemany("INSERT INTO entries (id, at, kind, reason, detail) VALUES (?, ?, ?, ?, ?)", entries)


def device_in(folder: Path, index: int) -> FoundDevice:
    """Return the one device of the ``session.db`` in ``folder``, after a look at all of the file.

    Raises MoveRefusedError: ``move-damaged``, ``move-no-device``, ``move-schema-too-new``.
    """
    try:
        with closing(_opened(folder / SESSION_FILE)) as store:
            _require_plain(store, SESSION_FILE)
            _require_schema(store)
            rows = store.execute(_COUNTS).fetchall()
    except sqlite3.Error as error:
        raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE) from error
    if not rows:
        raise MoveRefusedError(MoveCode.NO_DEVICE)
    if len(rows) > 1:
        raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE)
    jid, name, keys, conversations = rows[0]
    number, device = _address(str(jid))
    return FoundDevice(
        index=index,
        number=number,
        device=device,
        name=str(name)[:100],
        keys=int(keys),
        conversations=int(conversations),
    )


def check_history(folder: Path) -> None:
    """Look at all of the ``history.db`` in ``folder``.

    Raises MoveRefusedError: ``move-damaged``, ``move-schema-too-new`` for one that a newer app wrote.
    """
    try:
        with closing(_opened(folder / HISTORY_FILE)) as file:
            _require_plain(file, HISTORY_FILE)
            (version,) = file.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise MoveRefusedError(MoveCode.DAMAGED, HISTORY_FILE) from error
    if version > len(MIGRATIONS):
        raise MoveRefusedError(MoveCode.SCHEMA_TOO_NEW, f"{HISTORY_FILE} {version}")


def _opened(path: Path) -> sqlite3.Connection:
    """Open a database that is there; its own text runs no function of ours."""
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=_BUSY_S)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA mmap_size=0")
    return connection


def _require_plain(file: sqlite3.Connection, name: str) -> None:
    """Refuse what is damaged, and what would do something by itself: views, triggers, virtual tables."""
    objects = file.execute("SELECT type, coalesce(sql, '') FROM sqlite_master").fetchall()
    if any(kind not in _PLAIN or "VIRTUAL" in sql[:20].upper() for kind, sql in objects):
        raise MoveRefusedError(MoveCode.DAMAGED, name)
    if file.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise MoveRefusedError(MoveCode.DAMAGED, name)


def _require_schema(store: sqlite3.Connection) -> None:
    if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'whatsmeow_device'").fetchone():
        raise MoveRefusedError(MoveCode.NO_DEVICE)
    version, compatible = store.execute("SELECT version, compat FROM whatsmeow_version").fetchone() or (0, 0)
    if int(compatible) > SCHEMA:
        raise MoveRefusedError(MoveCode.SCHEMA_TOO_NEW, f"{SESSION_FILE} {version}")


def _address(jid: str) -> tuple[str, int]:
    """Return the digits of the number and that of the device in ``5511999990000:7@s.whatsapp.net``."""
    user, _, server = jid.partition("@")
    number, _, device = user.partition(":")
    number = number.partition(".")[0]
    if not (number.isascii() and number.isdecimal() and len(number) <= 20 and server):
        raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE)
    return number, int(device) if device.isascii() and device.isdecimal() and len(device) < 6 else 0
