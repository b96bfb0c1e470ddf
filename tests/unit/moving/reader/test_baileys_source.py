"""Sessions of Baileys among the uploads: one folder or many, or an export of Evolution API."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import UploadKind
from core.moving.reader import baileys_source
from core.moving.reader.archive import open_archive
from core.moving.reader.baileys_source import BaileysSource, json_files
from tests.support.baileys.samples import Files, folder_of
from tests.support.moving_keys import NUMBER, made_device
from tests.support.whatsmeow_stores import rows


def _below(folder: str, files: Files) -> Files:
    return {f"{folder}/{name}": content for name, content in files.items()}


def _zip(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def test_a_folder_is_one_device(tmp_path: Path) -> None:
    """Number, device and counts; then the store of it."""
    source = BaileysSource(_below("auth_info", folder_of(made_device(), sessions=2, one_time_keys=5)))
    found = source.found()
    assert found.kind is UploadKind.BAILEYS
    (device,) = found.devices
    assert (device.number, device.device, device.name) == (NUMBER, 7, "Loja")
    assert (device.keys, device.conversations) == (5, 2)
    assert len(found.lost) == 1
    with pytest.raises(MoveRefusedError) as refused:
        source.prepare(0, tmp_path, jid="5511960000002:3@s.whatsapp.net")
    assert refused.value.code == MoveCode.CHANGED
    assert source.prepare(0, tmp_path, jid=device.jid).number == NUMBER
    assert rows(tmp_path / "session.db", "SELECT jid FROM whatsmeow_device") == [(device.jid,)]


def test_of_several_folders_those_that_can_be_moved_are_listed(tmp_path: Path) -> None:
    """One that never paired does not hide the others; each keeps its place."""
    other = made_device(jid="5511960000002:3@s.whatsapp.net", lid="")
    files = {
        "a/creds.json": b"{}",
        **_below("b", folder_of(made_device())),
        **_below("c", folder_of(other, sessions=0)),
    }
    source = BaileysSource(files)
    devices = source.found().devices
    assert [device.number for device in devices] == [NUMBER, "5511960000002"]
    source.prepare(devices[1].index, tmp_path)
    assert rows(tmp_path / "session.db", "SELECT jid FROM whatsmeow_device") == [(other.jid,)]


def test_where_none_can_be_moved_the_reason_is_that_of_the_first(tmp_path: Path) -> None:
    """An empty one never finished pairing, or is damaged."""
    with pytest.raises(MoveRefusedError) as refused:
        BaileysSource({"a/creds.json": b"{}"}).found()
    assert refused.value.code in (MoveCode.NEVER_PAIRED, MoveCode.DAMAGED)
    with pytest.raises(MoveRefusedError) as refused:
        BaileysSource({"a/creds.json": b"{}"}).prepare(1, tmp_path)
    assert refused.value.code == MoveCode.NO_DEVICE


def test_files_without_a_session_are_no_session() -> None:
    """Some other program's JSON."""
    with pytest.raises(MoveRefusedError) as refused:
        BaileysSource({"package.json": b"{}", "other/settings.json": b"[1]"})
    assert refused.value.code == MoveCode.UNKNOWN_FORMAT


def test_only_json_is_read_out_of_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it together within a bound."""
    path = _zip(tmp_path / "upload", {"a/creds.json": b"{}", "a/big.bin": bytes(100), "a/x.json": b"[]"})
    with open_archive(path) as opened:
        assert set(json_files(opened)) == {"a/creds.json", "a/x.json"}
    monkeypatch.setattr(baileys_source, "MOST_OF_ALL", 3)
    with open_archive(path) as opened, pytest.raises(MoveRefusedError) as refused:
        json_files(opened)
    assert refused.value.code == MoveCode.TOO_LARGE
