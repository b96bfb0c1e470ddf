"""An SQLite file of somebody else: known tables are read, and nothing in it is run."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.foreign_sqlite import ForeignSqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with two tables; the schema of one would do a lot of work when it is written to."""
    made = tmp_path / "f.db"
    with closing(sqlite3.connect(made)) as file:
        file.execute("CREATE TABLE notes (id INTEGER, words TEXT CHECK (length(hex(zeroblob(9))) > 0))")
        file.execute("CREATE TABLE others (id INTEGER)")
        file.execute("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")
        file.execute("PRAGMA user_version = 3")
        file.commit()
    return made


def _open(path: Path, *known: str, seconds: float = 20.0) -> ForeignSqlite:
    return ForeignSqlite(path, known, deadline=time.monotonic() + seconds)


def test_only_known_tables_are_read(path: Path) -> None:
    """With their number of rows, and the version in the head."""
    with _open(path, "notes") as file:
        assert list(file.columns("notes")) == ["id", "words"]
        assert list(file.rows("notes", ["words"])) == [("a",), ("b",)]
        assert list(file.rows("notes", ["id"], "words", "b")) == [(2,)]
        assert file.count("notes", "words", "b") == 1
        assert file.user_version() == 3
        assert file.columns("others") == ()
        with pytest.raises(MoveRefusedError) as refused:
            next(file.rows("others", ["id"]))
    assert refused.value.code == MoveCode.DAMAGED


def test_nothing_is_ever_written(path: Path) -> None:
    """Not its version either."""
    before = path.read_bytes()
    with _open(path, "notes") as file:
        for statement in ("PRAGMA user_version = 4", "DELETE FROM notes", "SELECT hex(words) FROM notes"):
            with pytest.raises(sqlite3.DatabaseError):
                file._store.execute(statement)
    assert path.read_bytes() == before


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """When it is opened, or when it is first read."""
    (tmp_path / "f.db").write_bytes(b"x" * 5_000)
    with pytest.raises(MoveRefusedError) as refused, _open(tmp_path / "f.db", "notes") as file:
        file.user_version()
    assert refused.value.code == MoveCode.DAMAGED
