"""The reader's process, from inside: every failure is an answer."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import FoundDevice
from core.moving.reader import __main__ as process
from core.moving.reader.protocol import Answer, Request, Task, decode_answer
from tests.support.whatsmeow_stores import SHOP, shop_store


def _ask(task: Task, path: Path, *, device: FoundDevice | None = None, target: Path | None = None) -> Answer:
    scratch = path.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    request = Request.make(task, path=path, scratch=scratch, device=device, target=target)
    return decode_answer(process.answer(request.encoded()))


def test_an_upload_is_inspected_and_prepared(tmp_path: Path) -> None:
    """The two tasks answer with what they are for."""
    path, target = shop_store(tmp_path / "upload"), tmp_path / "target"
    target.mkdir()
    found = _ask(Task.INSPECT, path).found
    assert found is not None
    assert found.devices[0].number == SHOP
    other = msgspec.structs.replace(found.devices[0], device=9)
    assert _ask(Task.PREPARE, path, target=target, device=other).code == MoveCode.CHANGED
    assert not list(target.iterdir())
    prepared = _ask(Task.PREPARE, path, target=target, device=found.devices[0]).prepared
    assert prepared is not None
    assert prepared.number == SHOP
    assert (target / "session.db").exists()


def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """Nothing leaves the process as a traceback."""
    path = tmp_path / "upload"
    path.write_bytes(b"hello")
    assert _ask(Task.INSPECT, path).code == MoveCode.UNKNOWN_FORMAT


@pytest.mark.parametrize("frame", [b"", b"nonsense", b'{"task": "inspect"}'])
def test_a_frame_that_is_no_request_is_damage(frame: bytes) -> None:
    """The process goes on."""
    assert decode_answer(process.answer(frame)).code == MoveCode.DAMAGED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), MoveCode.TOO_LARGE),
        (RecursionError(), MoveCode.DAMAGED),
        (OSError(), MoveCode.DAMAGED),
    ],
)
def test_whatever_fails_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: MoveCode
) -> None:
    """Memory that ran out is an upload that is too large; anything else is damage."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(process, "open_source", fail)
    assert _ask(Task.INSPECT, shop_store(tmp_path / "upload")).code == code
