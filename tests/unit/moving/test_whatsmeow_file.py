"""A whatsmeow file of somebody else: read without running anything that is in it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.whatsmeow_file import WhatsmeowFile
from core.moving.whatsmeow_rows import copy_device, stored_devices
from tests.support.whatsmeow_stores import edit, older_store, rows, shop_store


def _open(path: Path, *, seconds: float = 20.0) -> WhatsmeowFile:
    return WhatsmeowFile(path, deadline=time.monotonic() + seconds)


def _import(path: Path, *, seconds: float = 20.0) -> Path:
    target = path.with_name("copy.db")
    with _open(path, seconds=seconds) as tables:
        copy_device([tables], stored_devices(tables)[0], target)
    return target


def _refusal(path: Path, *, seconds: float = 20.0) -> str:
    with pytest.raises(MoveRefusedError) as refused:
        _import(path, seconds=seconds)
    return refused.value.code


def test_the_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is written to it or beside it."""
    path = shop_store(tmp_path / "s.db")
    before = path.read_bytes()
    _import(path).unlink()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["s.db"]


def test_triggers_and_views_do_nothing(tmp_path: Path) -> None:
    """They are not run, not read, and not copied."""
    path = edit(
        shop_store(tmp_path / "s.db"),
        "CREATE TABLE traps (n)",
        "CREATE TRIGGER trap AFTER INSERT ON whatsmeow_device BEGIN INSERT INTO traps VALUES (1); END",
        "CREATE VIEW whatsmeow_extra AS SELECT load_extension('/tmp/x.so')",
    )
    copy = _import(path)
    assert rows(path, "SELECT * FROM traps") == []
    others = "SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger') OR name = 'traps'"
    assert rows(copy, others) == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW whatsmeow_device AS SELECT load_extension('/tmp/x.so') AS jid",
        "CREATE VIEW whatsmeow_device AS WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT 2) SELECT 1 jid",
        "CREATE VIRTUAL TABLE whatsmeow_device USING fts5(jid)",
        "CREATE TABLE whatsmeow_device (n, jid TEXT AS (zeroblob(1000000000)))",
    ],
)
def test_what_only_looks_like_a_table_of_ours_is_not_read(tmp_path: Path, statement: str) -> None:
    """A view, a virtual table and a computed column would run what is in the file."""
    path = edit(shop_store(tmp_path / "s.db"), "DROP TABLE whatsmeow_device", statement)
    assert _refusal(path) == MoveCode.NO_DEVICE


def test_an_index_of_expressions_is_not_used(tmp_path: Path) -> None:
    """Rows are read from the table itself."""
    path = edit(
        shop_store(tmp_path / "s.db"),
        "CREATE INDEX trap ON whatsmeow_pre_keys (jid, length(key), abs(key_id))",
    )
    assert rows(_import(path), "SELECT count(*) FROM whatsmeow_pre_keys") == [(811,)]


def test_a_log_beside_the_file_counts(tmp_path: Path) -> None:
    """What a program that was killed had not yet moved from its log into the file."""
    path = shop_store(tmp_path / "s.db")
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("UPDATE whatsmeow_device SET push_name = 'do log'")
        store.commit()
        there = {name: (tmp_path / name).read_bytes() for name in ("s.db", "s.db-wal")}
    target = tmp_path / "copied"
    target.mkdir()
    for name, content in there.items():
        (target / name).write_bytes(content)
    with _open(target / "s.db") as tables:
        assert stored_devices(tables)[0].name == "do log"
    (target / "s.db-wal").unlink()
    (target / "s.db-shm").unlink(missing_ok=True)
    with _open(target / "s.db") as tables:
        assert stored_devices(tables)[0].name == ""


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _text(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"not really" * 100)


def _pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(8192, len(data), 4096):
        data[at : at + 64] = bytes(64)
    path.write_bytes(data)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_cut, _text, _pages, _empty])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Cut off, overwritten, or never a database."""
    path = shop_store(tmp_path / "s.db")
    damage(path)
    assert _refusal(path) in (MoveCode.DAMAGED, MoveCode.NO_DEVICE)


def test_a_value_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    """It never comes into memory."""
    path = edit(shop_store(tmp_path / "s.db"), "UPDATE whatsmeow_sessions SET session = zeroblob(40000000)")
    assert _refusal(path) == MoveCode.DAMAGED


def test_text_that_is_none_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 in a column of text."""
    path = edit(shop_store(tmp_path / "s.db"), "UPDATE whatsmeow_device SET push_name = CAST(x'ff' AS TEXT)")
    assert _refusal(path) == MoveCode.DAMAGED


def test_what_takes_too_long_ends_at_the_deadline(tmp_path: Path) -> None:
    """The clock is looked at while SQLite works."""
    path = edit(
        shop_store(tmp_path / "s.db"),
        "INSERT INTO whatsmeow_contacts (our_jid, their_jid) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
        "SELECT 'x', i FROM n",
    )
    with _open(path, seconds=20.0) as tables:
        tables._deadline = time.monotonic()
        with pytest.raises(MoveRefusedError) as refused:
            tables.count("whatsmeow_contacts", "our_jid", "y")
    assert refused.value.code == MoveCode.TOO_SLOW


def test_a_database_of_another_program_holds_no_device(tmp_path: Path) -> None:
    """Somebody's address book, or the history that a program keeps beside."""
    path = tmp_path / "s.db"
    edit(path, "CREATE TABLE messages (id, text)")
    assert _refusal(path) == MoveCode.NO_DEVICE


def test_versions_are_looked_at(tmp_path: Path) -> None:
    """An old one is read; one for newer cores is not, nor one whose version is no number."""
    assert _import(older_store(tmp_path / "o.db", 4)).exists()
    newer = edit(shop_store(tmp_path / "n.db"), "UPDATE whatsmeow_version SET version = 31, compat = 30")
    assert _refusal(newer) == MoveCode.SCHEMA_TOO_NEW
    odd = edit(shop_store(tmp_path / "x.db"), "UPDATE whatsmeow_version SET version = 'x'")
    assert _refusal(odd) == MoveCode.DAMAGED


def test_only_reading_is_allowed(tmp_path: Path) -> None:
    """Whatever a statement might be made to do, SQLite itself denies it."""
    with _open(shop_store(tmp_path / "s.db")) as tables:
        for statement in (
            "DELETE FROM whatsmeow_device",
            "ATTACH 'other.db' AS other",
            "SELECT load_extension('x')",
            "SELECT hex(jid) FROM whatsmeow_device",
            "PRAGMA writable_schema=ON",
        ):
            with pytest.raises(sqlite3.DatabaseError):
                tables._store.execute(statement)
