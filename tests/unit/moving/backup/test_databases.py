"""Copies of databases in use are of one moment; what comes back is looked at before it is used."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import databases
from core.moving.backup.packing import Source
from tests.unit.moving.backup.conftest import count

MakeInstance = Callable[..., Source]


def test_a_copy_beside_a_writer_is_of_one_moment(tmp_path: Path) -> None:
    """Two tables that always grow together are equally long in each of ten copies; no companions are left."""
    path, stop = tmp_path / "session.db", threading.Event()
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("CREATE TABLE a (x BLOB)")
        store.execute("CREATE TABLE b (x BLOB)")

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as store:
            while not stop.is_set():
                store.execute("BEGIN IMMEDIATE")
                store.execute("INSERT INTO a VALUES (zeroblob(3000))")
                store.execute("INSERT INTO b VALUES (zeroblob(3000))")
                store.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = []
        for number in range(10):
            folder = tmp_path / str(number)
            folder.mkdir()
            databases.copy_consistently(path, folder / "session.db")
            assert [each.name for each in folder.iterdir()] == ["session.db"]
            assert count(folder / "session.db", "a") == count(folder / "session.db", "b")
            sizes.append(count(folder / "session.db", "a"))
    finally:
        stop.set()
        writer.join()
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]


def test_a_timeline_alone_is_copied_without_a_word_of_messages(
    tmp_path: Path, make_instance: MakeInstance
) -> None:
    """Its entries keep their numbers."""
    databases.copy_timeline(Path(make_instance().folder), tmp_path)
    assert count(tmp_path / "history.db", "entries") == 1
    assert count(tmp_path / "history.db", "sent") == 0


def test_a_device_is_told_with_its_keys(make_instance: MakeInstance) -> None:
    """From a store that the genuine core wrote; its name, number, device and counts, and no secret."""
    folder = Path(make_instance().folder)
    found = databases.device_in(folder, 3)
    assert found.index == 3
    assert found.number.isdecimal()
    assert found.device > 0
    assert found.keys == count(folder / "session.db", "whatsmeow_pre_keys") > 0
    assert found.conversations == count(folder / "session.db", "whatsmeow_sessions")


@pytest.mark.parametrize("content", [b"", b"x" * 5_000], ids=["empty", "no database"])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file is a database without a device to SQLite, and to us."""
    (tmp_path / "session.db").write_bytes(content)
    with pytest.raises(MoveRefusedError) as caught:
        databases.device_in(tmp_path, 0)
    assert caught.value.code == (MoveCode.DAMAGED if content else MoveCode.NO_DEVICE)


def test_a_history_that_is_none_is_refused(tmp_path: Path) -> None:
    """It would be set aside at the first message otherwise, without a word."""
    (tmp_path / "history.db").write_bytes(b"x" * 5_000)
    with pytest.raises(MoveRefusedError) as caught:
        databases.check_history(tmp_path)
    assert (caught.value.code, caught.value.detail) == (MoveCode.DAMAGED, "history.db")
