"""The daily backup: what it lacks is told, and nothing that goes wrong makes it run in a loop."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from core.models.moving.backup import BackupProblem
from core.moving.backup import record
from core.moving.backup.daily import DAY_S, RETRY_S
from core.moving.backup.record import BackupRecord, read_backups, write_backups
from tests.unit.moving.backup.conftest import ID, OTHER, Scene, left


def unreadable(_: Path) -> BackupRecord:
    """As for a file of another owner."""
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("name", ["session.db", "instance.json"])
def test_a_missing_file_does_not_keep_the_others_from_it(scene: Scene, name: str) -> None:
    """Of an instance that is stopped; it is named."""
    (scene.auth_dir / ID / name).unlink()
    backups = scene.monitor()
    backups._round()
    found = backups.view
    assert found.saved == {OTHER: scene.now}
    assert (found.problem, found.detail) == (BackupProblem.INSTANCES, "Loja")
    assert left(scene) == []


def test_a_damaged_history_is_told(scene: Scene) -> None:
    """All are saved, one without its messages."""
    (scene.auth_dir / OTHER / "history.db").write_bytes(b"x" * 5_000)
    backups = scene.monitor()
    backups._round()
    found = backups.view
    assert set(found.saved) == {ID, OTHER}
    assert (found.problem, found.detail, found.failed_at) == (BackupProblem.HISTORY, "Outra", scene.now)


def test_when_none_can_be_saved_nothing_is_stored(scene: Scene) -> None:
    """And that is what is told."""
    for instance_id in (ID, OTHER):
        (scene.auth_dir / instance_id / "session.db").write_bytes(b"x" * 5_000)
    backups = scene.monitor()
    backups._round()
    assert not scene.place.stored
    assert (backups.view.problem, backups.view.last_good_at) == (BackupProblem.SESSION, 0.0)


def test_an_unreadable_record_makes_no_loop(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One backup a day, as long as the process lives; and all of them under one id."""
    monkeypatch.setattr(record, "read_backups", unreadable)
    backups = scene.monitor()
    for _ in range(3):
        backups._round()
        scene.now += RETRY_S
    assert len(scene.place.stored) == 1
    scene.now += DAY_S
    backups._round()
    assert len({name.split("-")[2] for name in scene.place.stored}) == 1
    assert len(scene.place.stored) == 2


def test_old_ones_that_cannot_be_removed_are_no_failed_backup(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that may only write: one a day, not one an hour."""
    scene.place.keeps_old = True
    backups = scene.monitor()
    backups._round()
    scene.now += RETRY_S
    backups._round()
    assert len(scene.place.stored) == 1
    assert backups.view.failed_at == 0.0
    assert "old backups were not removed" in caplog.text


def test_an_error_that_nobody_thought_of_is_told_and_tried_in_an_hour(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Not every five seconds."""
    scene.place.breaks = UnicodeEncodeError("utf-8", "\udc80", 0, 1, "surrogates not allowed")
    backups = scene.monitor()
    backups._round()
    assert (backups.view.problem, backups.view.detail) == (BackupProblem.NOT_MADE, "UnicodeEncodeError")
    scene.now += RETRY_S - 1
    backups._round()
    assert len([one for one in caplog.records if one.levelno == logging.ERROR and one.exc_info]) == 1
    scene.place.breaks = None
    scene.now += 1
    backups._round()
    assert len(scene.place.stored) == 1


def test_nothing_is_tried_twice_within_an_hour_whatever_the_clock_says(scene: Scene) -> None:
    """It is set forward by a year, and back."""
    backups = scene.monitor()
    backups._round()
    for jump in (365 * DAY_S, -800 * DAY_S):
        scene.now += jump
        scene.set_by += jump
        backups._round()
    assert len(scene.place.stored) == 1


def test_one_that_the_end_of_the_process_broke_off_has_not_failed(scene: Scene) -> None:
    """The next start makes it at once."""
    scene.place.refuses = True
    backups = scene.monitor()
    backups.stop()
    backups._round()
    assert read_backups(scene.auth_dir).failed_at == 0.0
    scene.place.refuses = False
    scene.monitor()._round()
    assert len(scene.place.stored) == 1


def test_the_place_of_the_last_one_is_known_again(scene: Scene) -> None:
    """Across a restart; another place is a new one."""
    scene.monitor()._round()
    scene.now += DAY_S
    scene.monitor()._round()
    assert scene.place.known == ["", "/mnt"]
    scene.now += DAY_S
    elsewhere = replace(read_backups(scene.auth_dir), stored_to="/outra")
    write_backups(scene.auth_dir, elsewhere)
    scene.monitor()._round()
    assert scene.place.known == ["", "/mnt", ""]
