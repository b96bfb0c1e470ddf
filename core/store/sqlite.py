"""Small SQLite files of our own: made when missing, set aside when damaged, one transaction at a time."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from core.errors import StorageUnavailableError
from core.models.storage import StorageProblem
from core.store.files import set_aside
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

Step = str | Callable[[sqlite3.Connection], None]
"""A statement, or what runs several that need more than SQL."""
Migrations = Sequence[Sequence[Step]]
"""For each version, in order, the steps that lead to the next; the newest version is their number."""

_UNREADABLE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CODES: Final = {
    sqlite3.SQLITE_FULL: StorageProblem.DISK_FULL,
    sqlite3.SQLITE_READONLY: StorageProblem.READ_ONLY,
}
_WAIT_S: Final = 2.0
"""For the transaction of another process or thread."""


class NewerSchemaError(sqlite3.Error):
    """A newer version of the app wrote the file: it is read as far as its tables allow, never written."""


@contextlib.contextmanager
def writing(
    path: Path, migrations: Migrations, *, through_power_loss: bool = False
) -> Iterator[sqlite3.Connection]:
    """Open one transaction on the file, at the newest of its ``migrations``. Survives the process's death.

    A damaged file is set aside and a new one begun. Damage behind a sound head shows only while it is used:
    then this transaction fails and the next one finds a new file. The file is opened each time: a held one
    would cost every instance descriptors for ever.

    Raises OSError or sqlite3.Error; NewerSchemaError for a file of a newer version of the app.
    """
    try:
        connection = _prepared(path, migrations, through_power_loss=through_power_loss)
    except sqlite3.DatabaseError as error:
        if not _unreadable(error):
            raise
        log.error("%s unreadable, kept as %s", path.name, set_aside(path))
        connection = _prepared(path, migrations, through_power_loss=through_power_loss)
    try:
        with connection:
            yield connection
    except sqlite3.DatabaseError as error:
        if _unreadable(error):
            log.error("%s damaged, kept as %s", path.name, set_aside(path))
        raise
    finally:
        connection.close()


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for queries; make none and change nothing in one. Raises sqlite3.Error or OSError."""
    address = f"file:{quote(str(path))}?mode=rw"  # a read-only one could not roll back what a crash left
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=_WAIT_S)) as connection:
        _map_nothing(connection)
        yield connection


def rows(path: Path, table: str, query: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Return the query's rows; none where there is no such file or table. Raises as ``reading`` does."""
    if not path.exists():
        return []
    with reading(path) as file:
        has_table = file.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return file.execute(query, arguments).fetchall() if has_table else []


@contextlib.contextmanager
def as_storage_errors() -> Iterator[None]:
    """Raise StorageUnavailableError for whatever goes wrong inside with a file of ours."""
    try:
        yield
    except OSError as error:
        raise storage_error(error) from error
    except sqlite3.Error as error:
        # Extended codes carry the primary one in their low byte.
        code = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, StorageProblem.HISTORY_UNWRITABLE)
        # The error's text names tables, never their content.
        raise StorageUnavailableError(code, detail=str(error)) from error


def _unreadable(error: sqlite3.DatabaseError) -> bool:
    # Extended codes carry the primary one in their low byte.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNREADABLE


def _map_nothing(connection: sqlite3.Connection) -> None:
    """Keep SQLite from mapping the file or its ``-shm``: on a full disk that could be a bus error.

    Alone on the file, SQLite keeps the index of a write-ahead log in memory of its own. Nothing is locked
    before the first access. Source: sqlite.org/wal.html, "Use of WAL Without Shared-Memory".
    """
    connection.execute("PRAGMA mmap_size=0")
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")


def _leave_wal(connection: sqlite3.Connection) -> None:
    """Give a file that another program put into WAL mode its rollback journal back; share it again."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "wal":
        connection.execute("PRAGMA journal_mode=DELETE")
    # Two writers that both keep their read lock would wait for each other.
    connection.execute("PRAGMA locking_mode=NORMAL")


def _prepared(path: Path, migrations: Migrations, *, through_power_loss: bool) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=_WAIT_S)
    try:
        _map_nothing(connection)
        _leave_wal(connection)
        connection.execute("PRAGMA secure_delete=ON")  # these are other people's words
        connection.execute(f"PRAGMA synchronous={'FULL' if through_power_loss else 'NORMAL'}")
        _migrate(connection, migrations)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """Lead the file to the newest version, each step in a transaction of its own.

    A kill at any moment leaves the version before or the one after. Raises NewerSchemaError.
    """
    while (version := version_of(connection)) != len(migrations):
        if not 0 <= version < len(migrations):
            raise NewerSchemaError(f"version {version}, this app knows {len(migrations)}")
        connection.execute("BEGIN IMMEDIATE")
        # Another thread may have come first while this one waited.
        if version_of(connection) == version:
            for step in migrations[version]:
                if isinstance(step, str):
                    connection.execute(step)
                else:
                    step(connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.commit()


def version_of(connection: sqlite3.Connection) -> int:
    """Return which migrations the file has had; 0 also for files from before they were counted."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
