"""A backup of ours among the uploads."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import UploadKind
from core.moving.backup import age
from core.moving.reader.backup_source import BackupSource
from tests.support.backups import MADE_AT, PASSPHRASE, shop_backup
from tests.support.whatsmeow_stores import SHOP, rows


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess of the passphrase costs next to nothing here."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


def _source(tmp_path: Path, passphrase: str = PASSPHRASE) -> BackupSource:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return BackupSource(shop_backup(tmp_path / "upload"), passphrase, scratch)


def test_it_is_described_with_its_name_and_age(tmp_path: Path) -> None:
    """What the instance was called is offered again."""
    found = _source(tmp_path).found()
    assert (found.kind, found.names, found.made_at) == (UploadKind.BACKUP, ("Loja Centro",), MADE_AT)
    assert [(device.number, device.keys) for device in found.devices] == [(SHOP, 811)]


def test_everything_of_the_instance_is_prepared(tmp_path: Path) -> None:
    """Session, record and history lie where an instance is made of them."""
    source, target = _source(tmp_path), tmp_path / "target"
    target.mkdir()
    assert source.prepare(0, target).number == SHOP
    assert {path.name for path in target.iterdir()} >= {"session.db", "instance.json"}
    assert rows(target / "session.db", "SELECT count(*) FROM whatsmeow_pre_keys") == [(811,)]


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [("", MoveCode.PASSPHRASE_MISSING), ("another passphrase", MoveCode.WRONG_PASSPHRASE)],
)
def test_without_its_passphrase_it_stays_shut(tmp_path: Path, passphrase: str, code: MoveCode) -> None:
    """The page asks for it, or asks again."""
    with pytest.raises(MoveRefusedError) as refused:
        _source(tmp_path, passphrase).found()
    assert refused.value.code == code


def test_an_instance_that_is_not_in_it_is_refused(tmp_path: Path) -> None:
    """The upload may be another one than when it was looked at."""
    with pytest.raises(MoveRefusedError) as refused:
        _source(tmp_path).prepare(1, tmp_path)
    assert refused.value.code == MoveCode.NO_DEVICE
