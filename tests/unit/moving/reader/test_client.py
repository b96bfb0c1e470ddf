"""Asking the reader's process, and what becomes of the question when the process dies."""

from __future__ import annotations

import logging
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.reader import client
from core.moving.reader.client import MoveReader
from core.sandbox.child import CallTimeoutError, ChildDiedError, ChildProcess, SandboxError
from tests.support.backups import PASSPHRASE, shop_backup
from tests.support.whatsmeow_stores import SHOP, shop_store


@pytest.fixture
def reader() -> Iterator[MoveReader]:
    """A reader, closed afterwards."""
    made = MoveReader()
    yield made
    made.close()
    made.close()


def test_an_upload_is_read_in_another_process(reader: MoveReader, tmp_path: Path) -> None:
    """Looked at, then prepared; no process is left."""
    upload, scratch, target = shop_store(tmp_path / "upload"), tmp_path / "s", tmp_path / "t"
    scratch.mkdir()
    target.mkdir()
    (device,) = reader.inspect(upload, scratch=scratch).devices
    assert device.number == SHOP
    assert reader.prepare(upload, scratch=scratch, device=device, target=target).number == SHOP
    assert (target / "session.db").exists()
    assert reader._running is None


def test_a_backup_of_the_operators_own_has_a_process_of_its_own(
    reader: MoveReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be larger and take longer than an upload; nothing but a backup is opened there."""
    backup, scratch, target = shop_backup(tmp_path / "b.age"), tmp_path / "s", tmp_path / "t"
    scratch.mkdir()
    target.mkdir()
    asked: list[float] = []
    call = ChildProcess.call

    def noted(self: ChildProcess, *request: bytes, timeout_s: float) -> bytes:
        asked.append(timeout_s)
        return call(self, *request, timeout_s=timeout_s)

    monkeypatch.setattr(ChildProcess, "call", noted)
    found = reader.inspect(backup, scratch=scratch, passphrase=PASSPHRASE, own=True)
    assert found.devices[0].number == SHOP
    scratch = tmp_path / "s2"
    scratch.mkdir()
    reader.prepare(
        backup, scratch=scratch, passphrase=PASSPHRASE, device=found.devices[0], target=target, own=True
    )
    assert (target / "session.db").exists()
    assert asked == [1_800.0, 1_800.0]
    with pytest.raises(MoveRefusedError) as refused:
        reader.inspect(shop_store(tmp_path / "upload"), scratch=scratch, passphrase=PASSPHRASE, own=True)
    assert refused.value.code == MoveCode.UNKNOWN_FORMAT


def test_the_memory_of_the_process_is_bounded(reader: MoveReader, tmp_path: Path) -> None:
    """A zip with a directory of millions of names, which no reader could hold."""
    upload = tmp_path / "upload"
    with zipfile.ZipFile(upload, "w") as file:
        for number in range(60_000):
            file.writestr(str(number), b"")
    with pytest.raises(MoveRefusedError) as refused:
        reader.inspect(upload, scratch=tmp_path)
    assert refused.value.code == MoveCode.TOO_LARGE


@pytest.mark.parametrize(
    ("error", "code"),
    [(CallTimeoutError("x"), MoveCode.TOO_SLOW), (ChildDiedError("x: -9"), MoveCode.DAMAGED)],
)
def test_a_process_that_dies_refuses_the_upload(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    reader: MoveReader,
    tmp_path: Path,
    error: SandboxError,
    code: MoveCode,
) -> None:
    """It is logged, without anything of the upload; the next one is read."""

    def die(*_: object, **__: object) -> bytes:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(ChildProcess, "call", die)
        with caplog.at_level(logging.DEBUG), pytest.raises(MoveRefusedError) as refused:
            reader.inspect(tmp_path / "5511990000001.zip", scratch=tmp_path, passphrase="secret")
    assert refused.value.code == code
    assert "secret" not in caplog.text
    assert "5511990000001" not in caplog.text
    assert reader.inspect(shop_store(tmp_path / "upload"), scratch=tmp_path).devices


def test_a_process_that_cannot_be_started_says_nothing_of_the_upload(
    monkeypatch: pytest.MonkeyPatch, reader: MoveReader, tmp_path: Path
) -> None:
    """The machine is to blame, and the caller hears so."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("no memory")

    monkeypatch.setattr("core.sandbox.child.subprocess.Popen", fail)
    with pytest.raises(SandboxError):
        reader.inspect(shop_store(tmp_path / "upload"), scratch=tmp_path)


def test_an_answer_that_is_none_is_damage(
    monkeypatch: pytest.MonkeyPatch, reader: MoveReader, tmp_path: Path
) -> None:
    """Whatever the process says."""
    for frame in (b"x", b"{}", b'{"found": {"kind": "whatsmeow", "devices": []}}'):
        monkeypatch.setattr(ChildProcess, "call", lambda *_, frame=frame, **__: frame)
        with pytest.raises(MoveRefusedError) as refused:
            reader.inspect(tmp_path / "upload", scratch=tmp_path)
        assert refused.value.code == MoveCode.DAMAGED


def test_one_upload_is_read_at_a_time(
    monkeypatch: pytest.MonkeyPatch, reader: MoveReader, tmp_path: Path
) -> None:
    """Each may take hundreds of megabytes: who waits too long is told so."""
    monkeypatch.setattr(client, "_TURN_S", 0.05)
    inside, go_on = threading.Event(), threading.Event()

    def wait(*_: object, **__: object) -> bytes:
        inside.set()
        go_on.wait(10)
        return b"{}"

    monkeypatch.setattr(ChildProcess, "call", wait)

    def first() -> None:
        with pytest.raises(MoveRefusedError):
            reader.inspect(tmp_path / "a", scratch=tmp_path)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    with pytest.raises(MoveRefusedError) as refused:
        reader.inspect(tmp_path / "b", scratch=tmp_path)
    go_on.set()
    thread.join(10)
    assert refused.value.code == MoveCode.BUSY
