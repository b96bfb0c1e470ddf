"""The process for backups of the operator's own: nothing else is opened in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.moving.backup import age
from core.moving.backup.process import LIMITS as TRIAL
from core.moving.reader import own_backup
from core.moving.reader.protocol import Answer, Request, Task, decode_answer
from core.sandbox.limits import Limits
from tests.support.backups import PASSPHRASE, shop_backup
from tests.support.whatsmeow_stores import SHOP, shop_store


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess of the passphrase costs next to nothing here."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


def _ask(task: Task, path: Path, *, passphrase: str = PASSPHRASE) -> Answer:
    scratch, target = path.parent / f"scratch-{task}", path.parent / "target"
    scratch.mkdir()
    target.mkdir(exist_ok=True)
    request = Request.make(task, path=path, scratch=scratch, passphrase=passphrase, target=target)
    return decode_answer(own_backup.answer(request.encoded()))


def test_a_backup_is_inspected_and_prepared(tmp_path: Path) -> None:
    """As an upload is."""
    path = shop_backup(tmp_path / "backup.age")
    found = _ask(Task.INSPECT, path).found
    assert found is not None
    assert found.devices[0].number == SHOP
    assert _ask(Task.PREPARE, path).prepared
    assert (tmp_path / "target" / "session.db").exists()


def test_another_passphrase_does_not_open_it(tmp_path: Path) -> None:
    """As nowhere else."""
    path = shop_backup(tmp_path / "backup.age")
    assert _ask(Task.INSPECT, path, passphrase="another passphrase").code == MoveCode.WRONG_PASSPHRASE


def test_nothing_else_is_opened(tmp_path: Path) -> None:
    """A stranger's database stays with the stranger's limits."""
    assert _ask(Task.INSPECT, shop_store(tmp_path / "s.db")).code == MoveCode.UNKNOWN_FORMAT


def test_it_may_take_what_its_trial_opening_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup that was made can be brought back: the two never drift apart."""
    given: list[Limits] = []
    monkeypatch.setattr(own_backup, "serve", lambda _answer, limits: given.append(limits))
    own_backup.main()
    (limits,) = given
    assert limits.cpu_s >= TRIAL.cpu_s
    assert limits.file_size >= 4 << 30
