"""A whatsmeow SQLite file from elsewhere: its tables, and whether their version can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.foreign_sqlite import ForeignSqlite
from core.moving.whatsmeow_schema import OWNER_COLUMNS, VERSION_TABLE, check_version

MAGIC: Final = b"SQLite format 3\0"
_KNOWN: Final = frozenset({*OWNER_COLUMNS, VERSION_TABLE})


class WhatsmeowFile(ForeignSqlite):
    """The tables of one file; use it as a context. Threading: one thread."""

    def __init__(self, path: Path, *, deadline: float) -> None:
        """Open ``path`` until ``deadline`` (of ``time.monotonic``). A log beside it (``…-wal``) counts.

        Raises MoveRefusedError: move-damaged for what is no database, move-no-device for one of another
        program, move-schema-too-new.
        """
        super().__init__(path, _KNOWN, deadline=deadline)
        try:
            self.log_missing = not self.has_log and _has_a_log(path)
            """Whether the newest changes may lie in a second file that did not come along."""
            self._check_version()
        except BaseException:
            self._store.close()
            raise

    def _check_version(self) -> None:
        columns = self.columns(VERSION_TABLE)
        if "version" not in columns:
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        compatible = "compat" if "compat" in columns else "NULL"
        rows = self._all(VERSION_TABLE, f"SELECT version, {compatible} FROM {VERSION_TABLE} LIMIT 1")  # noqa: S608
        version, oldest = rows[0] if rows else (None, None)
        if not isinstance(version, int) or not isinstance(oldest, int | None):
            raise MoveRefusedError(MoveCode.DAMAGED, VERSION_TABLE)
        check_version(version, oldest)


def _has_a_log(path: Path) -> bool:
    """Return whether the database is of the kind that writes a log first (WAL), by its head.

    One that was closed in order has none any more; whether this one was cannot be seen. Source: SQLite,
    "Database File Format", 1.3.3.
    """
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\2\2"
