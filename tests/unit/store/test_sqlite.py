"""Our own databases: nothing of them is mapped into this process, and what is deleted is overwritten."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from core.models.timeline import HistoryKind
from core.store import sqlite, timeline

NOTES: Final = "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)"
MIGRATIONS: Final = [[NOTES]]
SECRET: Final = "uma frase que foi apagada"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database of ours lies; not made yet."""
    return tmp_path / "notes.db"


def mapped(path: Path) -> list[str]:
    """What of the path's folder is mapped into this process."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return [line for line in lines if str(path.parent) in line]


def write(path: Path, text: str) -> None:
    with sqlite.writing(path, MIGRATIONS) as file:
        file.execute("INSERT INTO notes (text) VALUES (?)", (text,))


def in_wal_mode(path: Path, text: str) -> None:
    """A file as another program may leave it: a write-ahead log beside it holds the newest row."""
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute(NOTES)
        file.execute("INSERT INTO notes (text) VALUES (?)", (text,))
        file.commit()
        for suffix in ("", "-wal"):
            path.with_name(path.name + suffix).write_bytes(other.with_name(other.name + suffix).read_bytes())


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as file:
        return str(file.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_new_file_has_a_rollback_journal(path: Path) -> None:
    """The one kind that needs no shared memory."""
    write(path, "a")
    assert mode(path) == "delete"
    assert [each.name for each in path.parent.iterdir()] == ["notes.db"]


def read_one(path: Path) -> None:
    with sqlite.reading(path) as file:
        assert file.execute("SELECT text FROM notes WHERE id = 1").fetchone() == ("from another program",)
        assert mapped(path) == []


def write_one(path: Path) -> None:
    with sqlite.writing(path, MIGRATIONS) as file:
        assert file.execute("SELECT text FROM notes WHERE id = 1").fetchone() == ("from another program",)
        file.execute("INSERT INTO notes (text) VALUES ('ours')")
        assert mapped(path) == []


@pytest.mark.parametrize("use", [read_one, write_one])
def test_a_file_with_a_write_ahead_log_is_used_without_shared_memory(
    path: Path, use: Callable[[Path], None]
) -> None:
    """Its newest row is there, nothing is mapped, and no `-shm` is ever made."""
    in_wal_mode(path, "from another program")
    use(path)
    assert not path.with_name("notes.db-shm").exists()


def test_the_first_write_gives_the_rollback_journal_back(path: Path) -> None:
    """For good, and nothing in the log is lost."""
    in_wal_mode(path, "from another program")
    write(path, "ours")
    assert mode(path) == "delete"
    assert sqlite.rows(path, "notes", "SELECT text FROM notes ORDER BY id") == [
        ("from another program",),
        ("ours",),
    ]


def test_readers_and_writers_get_along(tmp_path: Path) -> None:
    """Four readers beside a writer: each write is in, each read works."""
    problems: list[BaseException] = []

    def read() -> None:
        try:
            while not done.wait(0.001):
                timeline.entries(tmp_path, limit=10)
        except BaseException as error:
            problems.append(error)

    done = threading.Event()
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(100):
        timeline.append(tmp_path, HistoryKind.STOPPED, at=float(number))
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert len(timeline.entries(tmp_path, limit=1_000)) == 100


@pytest.mark.parametrize("length", [1, 500], ids=["within a page", "over many pages"])
def test_what_is_deleted_is_overwritten(path: Path, length: int) -> None:
    """Also in pages that are only given free: whoever gets the file later finds nothing of it."""
    write(path, SECRET * length)
    assert SECRET.encode() in path.read_bytes()
    with sqlite.writing(path, MIGRATIONS) as file:
        file.execute("DELETE FROM notes")
    assert b"frase que foi" not in path.read_bytes()
