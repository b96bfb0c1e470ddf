"""Questions and answers between the web process and the reader's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload, UploadKind
from core.moving.reader.protocol import Answer, Request, Task, decode_answer, encode_answer, path_of

DEVICE = FoundDevice(index=3, number="5511990000001", device=7, name="Ana", keys=812, conversations=3)


def test_a_request_comes_through_whole() -> None:
    """Also a path that is no text, and a passphrase in any letters."""
    path = Path(os.fsdecode(b"/data/\xff\xfe"))
    request = Request.make(
        Task.PREPARE, path=path, scratch=Path("/s"), passphrase="çã 🙂", device=DEVICE, target=Path("/t")
    )
    other = Request.decoded(request.encoded())
    assert other == request
    assert path_of(other.path) == path
    assert (path_of(other.target), other.passphrase) == (Path("/t"), "çã 🙂")
    assert (other.index, other.jid) == (3, "5511990000001:7@s.whatsapp.net")


def test_a_request_shows_no_secret() -> None:
    """A traceback or a log may show it; paths are hex, and no secret."""
    request = Request.make(
        Task.INSPECT, database="postgres://u:geheim@h/d", scratch=Path("/s"), passphrase="cavalo"
    )
    assert "geheim" not in repr(request)
    assert "cavalo" not in repr(request)
    assert "inspect" in repr(request)


@pytest.mark.parametrize("frame", [b"", b"[]", b"{}", b'{"task": "format"}', b'{"task": "inspect", "x": 1}'])
def test_another_frame_is_no_request(frame: bytes) -> None:
    """It raises, and the process answers that something is damaged."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        Request.decoded(frame)


def test_an_answer_comes_through_whole() -> None:
    """With every device."""
    answer = Answer(found=FoundUpload(kind=UploadKind.WHATSMEOW, devices=(DEVICE,)))
    assert decode_answer(encode_answer(answer)) == answer
    answer.raise_refusal()


def test_a_refusal_is_raised_where_it_was_asked() -> None:
    """Code and detail are those that the process gave."""
    answer = decode_answer(encode_answer(Answer(code=MoveCode.DAMAGED, detail="creds.json")))
    with pytest.raises(MoveRefusedError) as refused:
        answer.raise_refusal()
    assert (refused.value.code, refused.value.detail) == (MoveCode.DAMAGED, "creds.json")


def test_what_is_no_answer_raises() -> None:
    """A process that was taken over may say anything."""
    with pytest.raises(ValueError, match="Invalid"):
        decode_answer(b'{"found": {"kind": "rocket", "devices": []}}')
