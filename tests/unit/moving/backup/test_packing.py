"""What goes into a backup, and what of it lies on the disk meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup.packing import Source, copy_sessions, pack
from tests.unit.moving.backup.conftest import APP, PASSPHRASE

MakeInstance = Callable[..., Source]


def packed(tmp_path: Path, source: Source) -> list[str]:
    """The parts of a backup of that instance; its copies are gone."""
    staging = tmp_path / "staging"
    staging.mkdir()
    copy_sessions([source], staging)
    assert (staging / "0").stat().st_mode & 0o777 == 0o700
    manifest = pack([source], staging, tmp_path / "b.age", passphrase=PASSPHRASE, messages=True, head=APP)
    assert not list((staging / "0").iterdir())
    assert manifest.devices[0].name == "Loja"
    return [part.name for part in manifest.devices[0].parts]


def test_all_parts_are_in_it(tmp_path: Path, make_instance: MakeInstance) -> None:
    """Session, record, history."""
    assert packed(tmp_path, make_instance()) == ["session.db", "instance.json", "history.db"]


def test_a_history_that_is_damaged_is_left_out(tmp_path: Path, make_instance: MakeInstance) -> None:
    """The session is worth more."""
    source = make_instance()
    (Path(source.folder) / "history.db").write_bytes(b"x" * 5_000)
    assert packed(tmp_path, source) == ["session.db", "instance.json"]


def test_an_instance_without_a_history_is_saved(tmp_path: Path, make_instance: MakeInstance) -> None:
    """It has none before its first entry."""
    source = make_instance()
    (Path(source.folder) / "history.db").unlink()
    assert packed(tmp_path, source) == ["session.db", "instance.json"]


def test_a_session_that_is_damaged_is_refused(tmp_path: Path, make_instance: MakeInstance) -> None:
    """A backup of it would be none."""
    source = make_instance()
    (Path(source.folder) / "session.db").write_bytes(b"x" * 5_000)
    with pytest.raises((MoveRefusedError, sqlite3.DatabaseError)):
        packed(tmp_path, source)


def test_an_instance_without_a_device_is_refused(tmp_path: Path, make_instance: MakeInstance) -> None:
    """There is nothing that could connect again."""
    source = make_instance()
    (Path(source.folder) / "session.db").write_bytes(b"")
    with pytest.raises(MoveRefusedError) as caught:
        packed(tmp_path, source)
    assert caught.value.code == MoveCode.NO_DEVICE
