"""A backup of ours among the uploads."""

from __future__ import annotations

import io
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.models.messages import SendState, SentMessage
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import UploadKind
from core.moving.backup import age
from core.moving.backup.age import Decrypting
from core.moving.reader.backup_source import BackupSource
from core.store import outbox_table
from tests.support.backups import MADE_AT, PASSPHRASE, backup_of, shop_backup
from tests.support.contents import words
from tests.support.whatsmeow_stores import SHOP, edit, rows, shop_store


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess of the passphrase costs next to nothing here."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


def _opened(upload: Path) -> BackupSource:
    scratch = upload.with_name("scratch")
    scratch.mkdir()
    content = Decrypting(io.BytesIO(upload.read_bytes()), PASSPHRASE)
    return BackupSource(content, scratch, deadline=time.monotonic() + 60)


def _source(tmp_path: Path) -> BackupSource:
    return _opened(shop_backup(tmp_path / "upload"))


def test_it_is_described_with_its_name_and_age(tmp_path: Path) -> None:
    """What the instance was called is offered again."""
    found = _source(tmp_path).found()
    assert (found.kind, found.names, found.made_at) == (UploadKind.BACKUP, ("Loja Centro",), MADE_AT)
    assert [(device.number, device.keys) for device in found.devices] == [(SHOP, 811)]


def test_everything_of_the_instance_is_prepared(tmp_path: Path) -> None:
    """Session, record and history lie where an instance is made of them."""
    source, target = _source(tmp_path), tmp_path / "target"
    target.mkdir()
    (device,) = source.found().devices
    with pytest.raises(MoveRefusedError) as refused:
        source.prepare(0, target, jid="5511:1@s.whatsapp.net")
    assert refused.value.code == MoveCode.CHANGED
    assert source.prepare(0, target, jid=device.jid).number == SHOP
    assert {path.name for path in target.iterdir()} >= {"session.db", "instance.json"}
    assert rows(target / "session.db", "SELECT count(*) FROM whatsmeow_pre_keys") == [(811,)]


def test_a_schema_of_others_does_not_come_along(tmp_path: Path) -> None:
    """The check would take two gigabytes of the web process, with the first write of the new instance."""
    history = tmp_path / "history"
    history.mkdir()
    outbox_table.write_new(
        history, SentMessage("r-1", "loja", "5511", words("oi"), SendState.SENT, 1.0, boot_id="before")
    )
    with closing(sqlite3.connect(history / "history.db")) as file:
        file.execute("PRAGMA writable_schema=ON")
        check = "CHECK (boot_id <> '' OR length(hex(zeroblob(400000000))) > 0)"
        file.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'boot_id TEXT NOT NULL', ?) WHERE name = 'sent'",
            (f"boot_id TEXT NOT NULL {check}",),
        )
        file.commit()
    target = tmp_path / "target"
    target.mkdir()
    upload = backup_of(
        tmp_path / "upload", {"Loja": shop_store(tmp_path / "s.db")}, history=history / "history.db"
    )
    source = _opened(upload)
    assert len(source.found().devices) == 1
    source.prepare(0, target)
    assert not rows(target / "history.db", "SELECT 1 FROM sqlite_master WHERE sql LIKE '%zeroblob%'")
    outbox_table.forget_boot(target)
    assert [each.boot_id for each in outbox_table.read(target, limit=2)] == [""]


def test_keys_that_do_not_fit_are_refused_when_they_are_looked_at(tmp_path: Path) -> None:
    """As those of any other upload; whoever knows the passphrase can seal anything."""
    store = edit(shop_store(tmp_path / "s.db"), "UPDATE whatsmeow_device SET identity_key = randomblob(32)")
    source = _opened(backup_of(tmp_path / "upload", {"Loja": store}))
    for step in (source.found, lambda: source.prepare(0, tmp_path)):
        with pytest.raises(MoveRefusedError) as refused:
            step()
        assert refused.value.code == MoveCode.KEYS_WRONG


def test_an_instance_that_is_not_in_it_is_refused(tmp_path: Path) -> None:
    """The upload may be another one than when it was looked at."""
    with pytest.raises(MoveRefusedError) as refused:
        _source(tmp_path).prepare(1, tmp_path)
    assert refused.value.code == MoveCode.NO_DEVICE
