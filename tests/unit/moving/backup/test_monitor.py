"""Backups on a press and every day: what is saved is on record, what fails is told and tried again."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.instance import InstanceState
from core.models.moving.backup import BackupProblem
from core.moving.backup import monitor
from core.moving.backup.opening import open_backup
from core.moving.backup.retention import install_of
from tests.support.polling import eventually
from tests.unit.moving.backup.conftest import DAY_S, HOUR_S, ID, OTHER, PASSPHRASE, Scene, count, left


def test_a_press_makes_one_that_can_be_fetched(scene: Scene, tmp_path: Path) -> None:
    """What was in memory of its messages was written. It counts as saved once it is fetched."""
    backups = scene.monitor(scheduled=False)
    made = backups.make(scene.views[:1], PASSPHRASE, messages=True)
    assert scene.flushed == [ID]
    assert not backups.view.saved
    found = backups.waiting(made.token)
    assert found is not None
    assert found[1] == made
    (tmp_path / "opened").mkdir()
    assert open_backup(found[0], PASSPHRASE, tmp_path / "opened").names == ("Loja",)
    assert not backups.view.saved
    backups.note_fetched(made)
    assert backups.view.saved == {ID: scene.now}
    backups.discard(made.token)
    assert backups.waiting(made.token) is None
    assert left(scene) == []


def test_what_was_moved_elsewhere_is_not_in_the_daily_one(scene: Scene, tmp_path: Path) -> None:
    """Whoever brings everything back after a loss would start it beside the other system."""
    scene.views[1] = replace(scene.views[1], state=InstanceState.STOPPED, moved_out_at=5.0)
    backups = scene.monitor()
    backups._round()
    (data,) = scene.place.stored.values()
    (tmp_path / "b.age").write_bytes(data)
    (tmp_path / "opened").mkdir()
    assert open_backup(tmp_path / "b.age", PASSPHRASE, tmp_path / "opened").names == ("Loja",)
    assert (set(backups.view.saved), backups.view.problem) == ({ID}, "")


def test_nothing_is_made_before_the_folder_is_ours(scene: Scene) -> None:
    """The page is told why."""
    scene.ready = False
    with pytest.raises(StorageUnavailableError):
        scene.monitor().make(scene.views[:1], PASSPHRASE, messages=True)
    scene.monitor()._round()
    assert not scene.place.stored


def test_every_day_all_linked_instances_are_saved(scene: Scene, tmp_path: Path) -> None:
    """Once; again a day later; across a restart too, under the id of this install. Nothing is left here."""
    backups = scene.monitor()
    backups._round()
    backups._round()
    (data,) = scene.place.stored.values()
    (tmp_path / "b.age").write_bytes(data)
    (tmp_path / "opened").mkdir()
    assert open_backup(tmp_path / "b.age", PASSPHRASE, tmp_path / "opened").names == ("Loja", "Outra")
    assert count(tmp_path / "opened" / "1" / "history.db", "sent") == 2
    found = backups.view
    assert (found.scheduled, found.place, found.last_good_at) == (True, "/copias", scene.now)
    assert found.saved == {ID: scene.now, OTHER: scene.now}
    assert found.next_at == scene.now + DAY_S
    scene.now += DAY_S - 1
    again = scene.monitor()
    again._round()
    assert len(scene.place.stored) == 1
    scene.now += 1
    again._round()
    assert len(scene.place.stored) == 2
    assert scene.place.tidied == list(scene.place.stored)
    assert all(install_of(name) == again._record.current.install for name in scene.place.tidied)
    assert left(scene) == []


def test_one_that_does_not_arrive_is_told_and_tried_again(scene: Scene) -> None:
    """An hour later; the last good one stays on record, and the problem ends with the next that arrives."""
    backups = scene.monitor()
    backups._round()
    good_at = scene.now
    scene.now += DAY_S
    scene.place.refuses = True
    backups._round()
    found = backups.view
    assert (found.problem, found.failed_at, found.last_good_at) == (
        BackupProblem.UNREACHABLE,
        scene.now,
        good_at,
    )
    assert found.next_at == scene.now + 3_600
    scene.place.refuses = False
    scene.now += 3_599
    backups._round()
    assert scene.monitor().view.failed_at == 0  # not read yet
    assert backups.view.failed_at
    scene.now += 1
    backups._round()
    assert (backups.view.problem, backups.view.failed_at, backups.view.last_good_at) == ("", 0.0, scene.now)
    assert left(scene) == []


def test_one_damaged_session_does_not_keep_the_others_from_it(scene: Scene) -> None:
    """They are saved; that one is not, and that is told."""
    (scene.auth_dir / ID / "session.db").write_bytes(b"x" * 5_000)
    backups = scene.monitor()
    backups._round()
    found = backups.view
    assert len(scene.place.stored) == 1
    assert found.saved == {OTHER: scene.now}
    assert (found.problem, found.last_good_at) == (BackupProblem.INSTANCES, scene.now)
    assert found.detail == "Loja"
    assert left(scene) == []


def test_without_a_schedule_nothing_is_made(scene: Scene) -> None:
    """And nothing looks as if it had failed."""
    backups = scene.monitor(scheduled=False)
    backups._round()
    assert not backups.view.scheduled
    assert not scene.place.stored
    assert not backups.view.failed_at


def test_without_a_linked_instance_there_is_nothing_to_save(scene: Scene) -> None:
    """A backup of nothing would push good ones out."""
    scene.views = scene.views[2:]
    backups = scene.monitor()
    backups._round()
    assert not scene.place.stored
    assert not backups.view.failed_at


def test_a_clock_that_was_set_back_does_not_put_it_off(scene: Scene) -> None:
    """The next one is made in an hour rather than in years."""
    backups = scene.monitor()
    backups._round()
    scene.now -= 400 * DAY_S
    scene.set_by -= 400 * DAY_S
    scene.now += HOUR_S
    backups._round()
    assert len(scene.place.stored) == 2


def test_the_thread_makes_it_and_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the start of the process; what waits to be fetched goes at the end."""
    monkeypatch.setattr(monitor, "EVERY_S", 0.01)
    backups = scene.monitor()
    backups.start()
    eventually(lambda: scene.place.stored, timeout=20, seen=lambda: backups.view)
    backups.make(scene.views[:1], PASSPHRASE, messages=True)
    backups.stop()
    backups.stop()
    assert left(scene) == []


def test_what_waits_goes_in_time_though_an_upload_hangs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of a session does not lie here longer than was said."""
    monkeypatch.setattr(monitor, "EVERY_S", 0.01)
    hangs, ends = threading.Event(), threading.Event()

    def put(path: Path, name: str, *, before: str) -> str:
        hangs.set()
        ends.wait(60)
        return before

    monkeypatch.setattr(scene.place, "put", put)
    backups = scene.monitor()
    backups.make(scene.views[:1], PASSPHRASE, messages=False)
    (path,) = left(scene)
    backups.start()
    try:
        assert hangs.wait(30)
        scene.now += HOUR_S
        eventually(lambda: not path.exists(), timeout=10, seen=lambda: left(scene))
    finally:
        ends.set()
        backups.stop()


def test_no_passphrase_is_shown(scene: Scene) -> None:
    """Whoever prints a schedule sees none."""
    assert PASSPHRASE not in repr(scene.monitor()._schedule)
