"""What an upload is, by its content."""

from __future__ import annotations

import json
import sqlite3
import time
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload, UploadKind
from core.moving.reader import recognition
from core.moving.reader.recognition import open_source
from tests.support.backups import PASSPHRASE, shop_backup
from tests.support.baileys.client import HERE, VERSIONS
from tests.support.baileys.make_stored import NUMBER
from tests.support.baileys.samples import folder_of
from tests.support.disk_room import room_for
from tests.support.moving_keys import made_device
from tests.support.whatsmeow_stores import SHOP, rows, shop_store, split_keys


def _zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def _found(path: Path) -> FoundUpload:
    scratch = path.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    with open_source(path, scratch=scratch, deadline=time.monotonic() + 20) as source:
        return source.found()


def _refusal(path: Path) -> str:
    with pytest.raises(MoveRefusedError) as refused:
        _found(path)
    return refused.value.code


def test_a_database_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    """Whatever it is called."""
    found = _found(shop_store(tmp_path / "upload.jpg"))
    assert found.kind is UploadKind.WHATSMEOW
    assert [device.number for device in found.devices] == [SHOP]


def test_a_database_in_a_zip_is_found_wherever_it_lies(tmp_path: Path) -> None:
    """Beside what else a program keeps."""
    database = shop_store(tmp_path / "s.db").read_bytes()
    path = _zip(
        tmp_path / "upload",
        {"storages/whatsapp.db": database, "storages/notes.txt": b"x", "statics/a.jpg": b"\xff\xd8"},
    )
    assert [device.number for device in _found(path).devices] == [SHOP]


def test_the_log_beside_a_database_comes_along(tmp_path: Path) -> None:
    """A folder that was zipped while its program was not stopped in order."""
    store = shop_store(tmp_path / "s.db")
    with closing(sqlite3.connect(store)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("UPDATE whatsmeow_device SET push_name = 'do log'")
        database.commit()
        files = {f"data/{name}": (tmp_path / name).read_bytes() for name in ("s.db", "s.db-wal")}
    assert _found(_zip(tmp_path / "upload", files)).devices[0].name == "do log"


def test_two_files_of_one_device_are_put_together(tmp_path: Path) -> None:
    """In either order, and with a history beside them."""
    main, keys = split_keys(tmp_path)
    history = tmp_path / "history.db"
    with closing(sqlite3.connect(history)) as database:
        database.execute("CREATE TABLE messages (id)")
    files = {path.name: path.read_bytes() for path in (history, main, keys)}
    for order in (list(files), list(reversed(files))):
        upload = _zip(tmp_path / f"upload-{order[0]}", {name: files[name] for name in order})
        scratch, target = tmp_path / f"s-{order[0]}", tmp_path / f"t-{order[0]}"
        scratch.mkdir()
        target.mkdir()
        with open_source(upload, scratch=scratch, deadline=time.monotonic() + 20) as source:
            assert source.found().devices[0].keys == 811
            assert not source.prepare(0, target).lost.everyone
        assert rows(target / "session.db", "SELECT count(*) FROM whatsmeow_sessions") == [(3,)]


@pytest.mark.parametrize(
    "name",
    [
        "session/Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb/000003.log",
        ".wwebjs_auth/session-1/Local State",
        "Default/Preferences",
    ],
)
def test_a_browsers_profile_is_named_as_one(tmp_path: Path, name: str) -> None:
    """Also one that holds databases of the browser."""
    database = shop_store(tmp_path / "s.db").read_bytes()
    assert _refusal(_zip(tmp_path / "upload", {name: b"{}", "Default/Cookies": database})) == (
        MoveCode.BROWSER_PROFILE
    )


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x1f\x8b\x08tar", b"Rar!\x1a\x07", b"%PDF-1.7", b"PK", b"\xff" * 200]
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    """By the code that says what can be brought."""
    path = tmp_path / "upload"
    path.write_bytes(content)
    assert _refusal(path) == MoveCode.UNKNOWN_FORMAT


def test_a_zip_without_anything_of_ours_is_refused(tmp_path: Path) -> None:
    """A zip in a zip is not looked into."""
    inner = _zip(tmp_path / "inner.zip", {"s.db": shop_store(tmp_path / "s.db").read_bytes()})
    upload = _zip(tmp_path / "upload", {"inner.zip": inner.read_bytes(), "readme.txt": b"x"})
    assert _refusal(upload) == MoveCode.UNKNOWN_FORMAT


def test_an_upload_beyond_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit stands in the refusal."""
    monkeypatch.setattr(recognition, "MOST_PACKED", 1 << 10)
    assert _refusal(shop_store(tmp_path / "upload")) == MoveCode.TOO_LARGE


def test_nothing_is_unpacked_without_room_for_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small zip may hold three hundred megabytes; the instances need what is left for themselves."""
    database = shop_store(tmp_path / "s.db").read_bytes()
    upload = _zip(tmp_path / "upload", {"a.db": database, "b.db": database})
    room_for(monkeypatch, 2 * len(database) - 1)
    assert _refusal(upload) == MoveCode.DISK_FULL
    assert not list((tmp_path / "scratch").iterdir())
    room_for(monkeypatch, 2 * len(database))
    assert [device.number for device in _found(upload).devices] == [SHOP]


def test_too_many_databases_are_refused(tmp_path: Path) -> None:
    """Which belong together would be a guess."""
    database = shop_store(tmp_path / "s.db").read_bytes()
    upload = _zip(tmp_path / "upload", {f"{number}.db": database for number in range(5)})
    assert _refusal(upload) == MoveCode.TOO_LARGE


@pytest.mark.parametrize("version", VERSIONS)
def test_a_zip_of_a_genuine_baileys_folder_is_a_session(tmp_path: Path, version: str) -> None:
    """As each version left it."""
    upload = tmp_path / "upload"
    upload.write_bytes((HERE / "stored" / f"{version}.zip").read_bytes())
    found = _found(upload)
    assert found.kind is UploadKind.BAILEYS
    assert [device.number for device in found.devices] == [NUMBER]
    assert found.devices[0].conversations > 0


def test_an_export_of_evolution_api_is_a_session(tmp_path: Path) -> None:
    """A row of its table as one file of JSON: the device alone."""
    creds = folder_of(made_device())["creds.json"].decode()
    upload = tmp_path / "upload"
    upload.write_text(json.dumps({"sessionId": "a1", "creds": json.dumps(creds)}), encoding="utf-8")
    assert _found(upload).kind is UploadKind.BAILEYS


def test_a_backup_is_known_by_its_format(tmp_path: Path) -> None:
    """It asks for its passphrase before anything else."""
    upload = tmp_path / "upload"
    upload.write_bytes(b"age-encryption.org/v1\n-> scrypt")
    assert _refusal(upload) == MoveCode.PASSPHRASE_MISSING


def test_a_backup_in_a_zip_is_opened(tmp_path: Path) -> None:
    """Mail programs and careful people zip it; without its passphrase it asks for it."""
    backup = shop_backup(tmp_path / "backup.age").read_bytes()
    upload = _zip(tmp_path / "upload", {"copias/backup.age": backup, "leia.txt": b"x"})
    assert _refusal(upload) == MoveCode.PASSPHRASE_MISSING
    scratch, target = tmp_path / "s", tmp_path / "t"
    scratch.mkdir()
    target.mkdir()
    with open_source(
        upload, scratch=scratch, passphrase=PASSPHRASE, deadline=time.monotonic() + 20
    ) as source:
        assert [device.number for device in source.found().devices] == [SHOP]
        source.prepare(0, target)
    assert (target / "session.db").exists()
