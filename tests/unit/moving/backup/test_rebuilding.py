"""What comes out of a backup has our schema, whatever schema was sealed in it, and every row."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.timeline import HistoryKind
from core.moving.backup import rebuilding
from core.moving.backup.packing import Source
from core.moving.whatsmeow_schema import create_tables
from core.store import outbox_table, timeline
from core.store import sqlite as our_sqlite
from core.store.history_db import HISTORY_FILE, MIGRATIONS
from tests.support.disk_room import room_for
from tests.support.stored import unpack
from tests.support.whatsmeow_stores import edit, many_devices, rows, shop_store

HISTORY_TRAPS = {
    "a check": (
        "UPDATE sqlite_master SET sql = replace(sql, 'boot_id TEXT NOT NULL',"
        " 'boot_id TEXT NOT NULL CHECK (boot_id <> '''' OR length(hex(zeroblob(9))) > 99)')"
        " WHERE name = 'sent'"
    ),
    "an index": "CREATE INDEX trap ON sent (boot_id) WHERE length(hex(boot_id)) > 99",
    "a table": "CREATE TABLE trap (x)",
    "a default": (
        "UPDATE sqlite_master SET sql = replace(sql, 'secret TEXT NOT NULL',"
        " 'secret TEXT NOT NULL DEFAULT (hex(zeroblob(9)))') WHERE name = 'sent'"
    ),
}


def _deadline() -> float:
    return time.monotonic() + 30


def _schema(path: Path) -> list[tuple[object, ...]]:
    return sorted(rows(path, "SELECT type, name, coalesce(sql, '') FROM sqlite_master"))


def _content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    names = rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'")
    return {str(name): sorted(rows(path, f"SELECT * FROM {name}"), key=repr) for (name,) in names}


def _trapped(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA writable_schema=ON")
        file.execute(statement)
        file.commit()


@pytest.fixture
def source(make_instance: Callable[..., Source]) -> Path:
    """The folder of an instance with two messages."""
    return Path(make_instance().folder)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where it is written anew."""
    made = tmp_path / "target"
    made.mkdir()
    return made


@pytest.mark.parametrize("trap", HISTORY_TRAPS)
def test_a_history_comes_out_with_our_schema_and_every_row(source: Path, target: Path, trap: str) -> None:
    """A check in it would run in the web process, with each write, for as long as the instance lives."""
    sound, fresh = _content(source / HISTORY_FILE), target / "fresh.db"
    _trapped(source / HISTORY_FILE, HISTORY_TRAPS[trap])
    rebuilding.rebuild_history(source, target, deadline=_deadline())
    with our_sqlite.writing(fresh, MIGRATIONS):
        pass
    assert _schema(target / HISTORY_FILE) == _schema(fresh)
    assert _content(target / HISTORY_FILE) == sound
    outbox_table.forget_boot(target)
    assert len(outbox_table.read(target, limit=9)) == 2
    assert (target / HISTORY_FILE).stat().st_mode & 0o777 == 0o600


def test_histories_of_every_version_are_led_to_the_newest(tmp_path: Path, target: Path) -> None:
    """Those of today, from before versions were counted, and what each step on the way makes of them."""
    stored = unpack(tmp_path / "stored")
    found = [path.parent for path in stored.auth_dir.glob("*/history.db")]
    assert len(found) > 1
    for folder in found:
        for version in range(len(MIGRATIONS) + 1):
            copy, made = target / f"{folder.name}-{version}", target / f"{folder.name}-{version}-made"
            copy.mkdir()
            made.mkdir()
            shutil.copy(folder / HISTORY_FILE, copy)
            if version:
                with our_sqlite.writing(copy / HISTORY_FILE, MIGRATIONS[:version]):
                    pass
            rebuilding.rebuild_history(copy, made, deadline=_deadline())
            with our_sqlite.writing(copy / HISTORY_FILE, MIGRATIONS):
                pass
            was, now = _content(copy / HISTORY_FILE), _content(made / HISTORY_FILE)
            if version < len(MIGRATIONS):  # conversations get a random name then
                for content in (was, now):
                    content["conversations"] = [row[:1] + row[2:] for row in content["conversations"]]
            assert now == was
            assert len(outbox_table.read(made, limit=9)) == len(outbox_table.read(copy, limit=9))


def test_a_timeline_alone_goes_on(target: Path, tmp_path: Path) -> None:
    """A backup without messages; ids are counted on from where they were."""
    folder = tmp_path / "lone"
    folder.mkdir()
    for _ in range(3):
        timeline.append(folder, HistoryKind.CREATED, at=1.0)
    edit(folder / HISTORY_FILE, "DELETE FROM entries WHERE id = 3")
    rebuilding.rebuild_history(folder, target, deadline=_deadline())
    timeline.append(target, HistoryKind.MOVED_IN, at=2.0)
    assert rows(target / HISTORY_FILE, "SELECT id FROM entries") == [(1,), (2,), (4,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sent SET content = x'00'",
        "UPDATE sent SET created_at = 'yesterday'",
        "UPDATE sent SET created_at = 9e999",
        "UPDATE sent SET id = 9223372036854775807 WHERE id = 2",
        "UPDATE sent SET content = printf('%.*c', 5000000, 'x')",
        "UPDATE sent SET content = CAST(x'ff' AS TEXT)",
    ],
)
def test_values_that_a_column_cannot_hold_are_refused(source: Path, target: Path, statement: str) -> None:
    """With the part in the detail; nothing of it is left."""
    edit(source / HISTORY_FILE, statement)
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.rebuild_history(source, target, deadline=_deadline())
    assert refused.value.code == MoveCode.DAMAGED
    assert refused.value.detail.startswith("sent")


def test_a_history_of_a_newer_app_is_refused(source: Path, target: Path) -> None:
    """Its rows would be lost on the way."""
    edit(source / HISTORY_FILE, "PRAGMA user_version = 99")
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.rebuild_history(source, target, deadline=_deadline())
    assert refused.value.code == MoveCode.SCHEMA_TOO_NEW


@pytest.mark.parametrize(("version", "times"), [(len(MIGRATIONS), 1), (0, 4)])
def test_nothing_is_written_without_room_for_it(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, version: int, times: int
) -> None:
    """An older file takes more than its size until it is led on."""
    edit(source / HISTORY_FILE, f"PRAGMA user_version = {version}")
    room_for(monkeypatch, times * (source / HISTORY_FILE).stat().st_size - 1)
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.rebuild_history(source, target, deadline=_deadline())
    assert refused.value.code == MoveCode.DISK_FULL
    assert not list(target.iterdir())


def test_a_full_disk_is_told(source: Path, tmp_path: Path) -> None:
    """As what it is: a folder that cannot be written to stands for it."""
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.rebuild_history(source, tmp_path / "gone", deadline=_deadline())
    assert refused.value.code == MoveCode.DISK_FULL


def test_a_session_comes_out_with_our_schema_and_every_row(tmp_path: Path, target: Path) -> None:
    """What the core writes to later has no check, index or trigger of others."""
    path = shop_store(tmp_path / "session.db")
    sound, fresh = _content(path), tmp_path / "fresh.db"
    _trapped(path, "CREATE INDEX trap ON whatsmeow_pre_keys (jid) WHERE length(hex(key)) > 99")
    rebuilding.rebuild_session(tmp_path, target, deadline=_deadline())
    with closing(sqlite3.connect(fresh)) as file:
        create_tables(file)
        file.commit()
    assert _schema(target / "session.db") == _schema(fresh)
    made = _content(target / "session.db")
    assert {table: made[table] for table in sound if table.startswith("whatsmeow_")} == sound


def test_the_keys_of_a_session_are_checked(tmp_path: Path, target: Path) -> None:
    """As those of any other upload; nothing is written for what WhatsApp would refuse."""
    edit(shop_store(tmp_path / "session.db"), "UPDATE whatsmeow_device SET adv_account_sig = randomblob(64)")
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.check_session(tmp_path, deadline=_deadline())
    assert refused.value.code == MoveCode.KEYS_WRONG
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.rebuild_session(tmp_path, target, deadline=_deadline())
    assert refused.value.code == MoveCode.KEYS_WRONG
    assert not list(target.iterdir())


def test_a_session_of_several_devices_is_no_instance(tmp_path: Path, target: Path) -> None:
    """An instance has one."""
    many_devices(tmp_path / "session.db")
    with pytest.raises(MoveRefusedError) as refused:
        rebuilding.rebuild_session(tmp_path, target, deadline=_deadline())
    assert refused.value.code == MoveCode.DAMAGED
