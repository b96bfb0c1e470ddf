"""Files that this app sealed: each is known by what is in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload, UploadKind
from core.moving.backup import age
from core.moving.backup.age import Encrypting
from core.moving.backup.exporting import write_export
from core.moving.backup.packing import Source
from core.moving.reader.sealed import open_sealed
from tests.support.backups import PASSPHRASE, backup_of, shop_backup
from tests.support.disk_room import room_for
from tests.support.whatsmeow_stores import SHOP, edit, rows, shop_store


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess of the passphrase costs next to nothing here."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "scratch"
    made.mkdir()
    return made


def _sealed(path: Path, content: bytes) -> Path:
    with path.open("wb") as file:
        sealing = Encrypting(file, PASSPHRASE)
        sealing.write(content)
        sealing.close()
    return path


def _found(path: Path, scratch: Path, passphrase: str = PASSPHRASE) -> FoundUpload:
    with open_sealed(path, passphrase, scratch, deadline=time.monotonic() + 20) as source:
        return source.found()


def _refusal(path: Path, scratch: Path, passphrase: str = PASSPHRASE) -> MoveRefusedError:
    with pytest.raises(MoveRefusedError) as refused:
        _found(path, scratch, passphrase)
    return refused.value


def test_our_own_export_comes_back(tmp_path: Path, scratch: Path) -> None:
    """As the page gave it for another system: a session and nothing else."""
    folder, staging, target = tmp_path / "loja", tmp_path / "staging", tmp_path / "target"
    for each in (folder, staging, target):
        each.mkdir()
    shop_store(folder / "session.db")
    exported = tmp_path / "whatsapp.db.age"
    write_export(Source(name="Loja", folder=str(folder)), staging, exported, passphrase=PASSPHRASE)
    with open_sealed(exported, PASSPHRASE, scratch, deadline=time.monotonic() + 20) as source:
        found = source.found()
        assert (found.kind, found.devices[0].number) == (UploadKind.WHATSMEOW, SHOP)
        source.prepare(0, target, jid=found.devices[0].jid)
    assert rows(target / "session.db", "SELECT count(*) FROM whatsmeow_pre_keys") == [(811,)]


def test_a_backup_is_one(tmp_path: Path, scratch: Path) -> None:
    """By the same passphrase, and the same first bytes of the file."""
    found = _found(shop_backup(tmp_path / "upload"), scratch)
    assert (found.kind, found.names) == (UploadKind.BACKUP, ("Loja Centro",))


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [("", MoveCode.PASSPHRASE_MISSING), ("another passphrase", MoveCode.WRONG_PASSPHRASE)],
)
def test_without_its_passphrase_it_stays_shut(
    tmp_path: Path, scratch: Path, passphrase: str, code: MoveCode
) -> None:
    """The page asks for it, or asks again."""
    assert _refusal(shop_backup(tmp_path / "upload"), scratch, passphrase).code == code
    assert not list(scratch.iterdir())


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-100])
    return path


def _with_other_keys(path: Path) -> Path:
    store = edit(
        shop_store(path.with_name("s.db")), "UPDATE whatsmeow_device SET identity_key = randomblob(32)"
    )
    return backup_of(path, {"Loja": store})


DAMAGES: dict[str, Callable[[Path], Path]] = {
    "a backup that was cut off": lambda path: _cut(shop_backup(path)),
    "an export that was cut off": lambda path: _cut(
        _sealed(path, shop_store(path.with_name("s.db")).read_bytes())
    ),
    "a database that is none": lambda path: _sealed(path, b"SQLite format 3\0" + bytes(5000)),
    "keys that do not fit": _with_other_keys,
    "no tar": lambda path: _sealed(path, b"x" * 5000),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_called_a_damaged_backup(tmp_path: Path, scratch: Path, damage: str) -> None:
    """There is no other system whose files could be copied again."""
    assert _refusal(DAMAGES[damage](tmp_path / "upload"), scratch).code == MoveCode.BACKUP_DAMAGED


def test_it_is_not_unpacked_without_room_for_it(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it lies in the scratch folder then."""
    upload = shop_backup(tmp_path / "upload")
    room_for(monkeypatch, upload.stat().st_size - 1)
    assert _refusal(upload, scratch).code == MoveCode.DISK_FULL
    assert not list(scratch.iterdir())
