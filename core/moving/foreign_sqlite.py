"""An SQLite file from elsewhere, read as a stranger's bytes.

Nothing in the file is run: it is opened for reading, its schema is not trusted, and only plain tables that
we know are read, without their indexes. What takes too long ends at the deadline. Runs in the reader's
process (``core.moving.reader``), which may die of it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import quote

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError

T = TypeVar("T")

LONGEST_VALUE: Final = 16 << 20
"""Bytes of one value; the largest of a real store, a conversation's ratchets, has a few hundred kilobytes."""
_BOUNDS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
_CAUTION: Final = (
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA mmap_size=0",
    "PRAGMA query_only=ON",
)
_LOOK_EVERY: Final = 10_000
"""Steps of SQLite's machine between two looks at the clock."""
_DESCRIPTION: Final = "sqlite_master"
_TABLE: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?"


class ForeignSqlite:
    """The known tables of one file; use it as a context. Threading: one thread."""

    def __init__(self, path: Path, known: Collection[str], *, deadline: float) -> None:
        """Open ``path`` until ``deadline`` (of ``time.monotonic``). A log beside it (``…-wal``) counts.

        No table but those in ``known`` is ever read. Raises MoveRefusedError (move-damaged).
        """
        self._known = frozenset(known)
        self._deadline = deadline
        self.has_log = path.with_name(f"{path.name}-wal").exists()
        # Without a log the file is taken as it is: nothing is created beside it, no lock is asked for.
        options = "mode=ro" if self.has_log else "mode=ro&immutable=1"
        address = f"file:{quote(os.fsencode(path.absolute()))}?{options}"
        self._store = self._try("", lambda: sqlite3.connect(address, uri=True, isolation_level=None))
        try:
            self._set_up()
        except BaseException:
            self._store.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._store.close()

    def columns(self, table: str) -> Collection[str]:
        """Return the names of a table's stored columns; none for what is no table of ours."""
        if table not in self._known or not self._all(table, _TABLE, table):
            return ()
        # The last value of a row is 0 for what is stored, and not computed by an expression of the file.
        return tuple(str(row[1]) for row in self._all(table, f"PRAGMA table_xinfo({table})") if row[-1] == 0)

    def rows(
        self, table: str, columns: Collection[str], where: str = "", value: str = ""
    ) -> Iterator[tuple[object, ...]]:
        """Yield the values of ``columns``, of the rows whose column ``where`` is ``value``, if given.

        Raises MoveRefusedError: move-damaged (detail: the table), move-too-slow.
        """
        condition = f" WHERE {where} = ?" if where else ""
        # An index may be damaged, or lie, where the table is whole.
        query = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED{condition}"  # noqa: S608
        cursor = self._try(table, lambda: self._store.execute(query, (value,) if where else ()))
        while row := self._try(table, cursor.fetchone):
            yield tuple(row)

    def count(self, table: str, where: str, value: str) -> int:
        """Return how many rows have ``value`` in ``where``. Raises as ``rows`` does."""
        if where not in self.columns(table):
            return 0
        query = f"SELECT count(*) FROM {table} NOT INDEXED WHERE {where} = ?"  # noqa: S608
        ((number,),) = self._all(table, query, value)
        return int(str(number))

    def user_version(self) -> int:
        """Return the number that a program keeps in the file's head. Raises MoveRefusedError."""
        ((number,),) = self._all("", "PRAGMA user_version")
        return int(str(number))

    def _set_up(self) -> None:
        for limit, most in _BOUNDS.items():
            self._store.setlimit(limit, most)
        self._store.set_progress_handler(lambda: time.monotonic() > self._deadline, _LOOK_EVERY)
        for pragma in _CAUTION:
            self._all("", pragma)
        self._store.set_authorizer(self._authorize)

    def _all(self, table: str, query: str, *values: str) -> list[tuple[object, ...]]:
        return self._try(table, lambda: self._store.execute(query, values).fetchall())

    def _try(self, table: str, step: Callable[[], T]) -> T:
        try:
            return step()
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            late = time.monotonic() > self._deadline
            raise MoveRefusedError(MoveCode.TOO_SLOW if late else MoveCode.DAMAGED, table) from error

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """Allow to read tables of ours, and what describes them; deny all else.

        What the arguments mean for each action: SQLite, "Authorizer Action Codes".
        """
        match action:
            case sqlite3.SQLITE_SELECT:
                return sqlite3.SQLITE_OK
            case sqlite3.SQLITE_READ if first == _DESCRIPTION or first in self._known:
                return sqlite3.SQLITE_OK
            case sqlite3.SQLITE_PRAGMA if first == "table_xinfo" or (first == "user_version" and not second):
                return sqlite3.SQLITE_OK
            case sqlite3.SQLITE_FUNCTION if second == "count":
                return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY
