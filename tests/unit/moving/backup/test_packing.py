"""What goes into a backup, and what of it lies on the disk meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.moving.backup import packing
from core.moving.backup.failures import STORAGE
from core.moving.backup.packing import Lacking, Source, copy_sessions, pack
from core.store.history_db import writing
from tests.unit.moving.backup.conftest import APP, PASSPHRASE

MakeInstance = Callable[..., Source]


def packed(
    tmp_path: Path, *sources: Source, messages: bool = True
) -> tuple[list[list[str]], tuple[int, ...]]:
    """The parts of each instance in a backup, and who is without a history; its copies are gone."""
    staging = tmp_path / "staging"
    staging.mkdir()
    assert copy_sessions(sources, staging) == ()
    assert (staging / "0").stat().st_mode & 0o777 == 0o700
    manifest, without = pack(
        sources, staging, tmp_path / "b.age", passphrase=PASSPHRASE, messages=messages, head=APP
    )
    assert not [path for path in staging.rglob("*") if path.is_file()]
    assert [device.name for device in manifest.devices] == [source.name for source in sources]
    return [[part.name for part in device.parts] for device in manifest.devices], without


def copied(tmp_path: Path, *sources: Source) -> tuple[tuple[Lacking, ...], list[str]]:
    """Who could not be copied, and the folders with copies."""
    staging = tmp_path / "staging"
    staging.mkdir()
    lacking = copy_sessions(sources, staging)
    return lacking, sorted(path.name for path in staging.iterdir())


def damage_a_page(history: Path) -> None:
    """Overwrite a page deep inside: SQLite opens the file, and copies it, without a word."""
    with writing(history.parent) as file:
        rows = [(float(number), "note", "", "x" * 3_000) for number in range(200)]
        file.executemany("INSERT INTO entries (at, kind, reason, detail) VALUES (?, ?, ?, ?)", rows)
    with closing(sqlite3.connect(history)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries'").fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    with history.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * size)


def test_all_parts_are_in_it(tmp_path: Path, make_instance: MakeInstance) -> None:
    """Session, record, history."""
    assert packed(tmp_path, make_instance()) == ([["session.db", "instance.json", "history.db"]], ())


def test_a_history_that_is_damaged_is_left_out(tmp_path: Path, make_instance: MakeInstance) -> None:
    """The session is worth more; it is told."""
    source = make_instance()
    (Path(source.folder) / "history.db").write_bytes(b"x" * 5_000)
    assert packed(tmp_path, source) == ([["session.db", "instance.json"]], (0,))


@pytest.mark.parametrize("messages", [True, False])
def test_a_damaged_page_of_a_history_is_seen(
    tmp_path: Path, make_instance: MakeInstance, *, messages: bool
) -> None:
    """A copy of it would be refused at every opening, with everything beside it."""
    bad, good = make_instance(), make_instance("outra-k7m2xq", "Outra")
    damage_a_page(Path(bad.folder) / "history.db")
    parts, without = packed(tmp_path, bad, good, messages=messages)
    assert parts == [["session.db", "instance.json"], ["session.db", "instance.json", "history.db"]]
    assert without == (0,)


def test_a_history_that_is_too_large_is_left_out(
    tmp_path: Path, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that no backup may hold, and one for which no room is left beside the others."""
    sources = [make_instance(), make_instance("outra-k7m2xq", "Outra")]
    files = [Path(source.folder) / name for source in sources for name in ("session.db", "instance.json")]
    history = (Path(sources[0].folder) / "history.db").stat().st_size
    room = sum(path.stat().st_size for path in files) + history + history // 2
    monkeypatch.setattr(packing, "LARGEST", room)
    assert packed(tmp_path, *sources)[1] == (1,)


def test_an_instance_without_a_history_is_saved(tmp_path: Path, make_instance: MakeInstance) -> None:
    """It has none before its first entry: nothing is missing."""
    source = make_instance()
    (Path(source.folder) / "history.db").unlink()
    assert packed(tmp_path, source) == ([["session.db", "instance.json"]], ())


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("session.db", b"x" * 5_000, MoveCode.DAMAGED),
        ("session.db", b"", MoveCode.NO_DEVICE),
        ("session.db", None, STORAGE),
        ("instance.json", None, STORAGE),
        ("instance.json", b"x" * (2 << 20), MoveCode.DAMAGED),
    ],
)
def test_one_that_cannot_be_saved_is_told_and_the_others_are_copied(
    tmp_path: Path, make_instance: MakeInstance, name: str, content: bytes | None, code: str
) -> None:
    """Damaged, without a device, missing: a backup of it would be none. The copies have no gap."""
    bad, good = make_instance(), make_instance("outra-k7m2xq", "Outra")
    path = Path(bad.folder) / name
    path.unlink() if content is None else path.write_bytes(content)
    lacking, folders = copied(tmp_path, bad, good)
    assert [(each.index, each.code) for each in lacking] == [(0, code)]
    assert folders == ["0"]
