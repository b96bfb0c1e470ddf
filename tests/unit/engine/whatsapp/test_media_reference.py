"""What is kept of a file on the media host can be read again, also what an earlier release wrote."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from core.engine.whatsapp.media_cipher import MediaFile
from core.engine.whatsapp.media_reference import UploadedFile, received_file, remote_of

UPLOADED: Final = (
    '{"URL":"https://mmg.whatsapp.net/x","directPath":"/x","mediaKey":"a2tr","fileSHA256":"c3Nz",'
    '"fileEncSHA256":"ZWVl","fileLength":7}'
)
RECEIVED: Final = (
    '{"part":"audioMessage","length":7,"URL":"","directPath":"/x","mimetype":"audio/ogg",'
    '"mediaKey":"a2tr","fileSHA256":"c3Nz","fileEncSHA256":"ZWVl"}'
)
ANSWER: Final = SimpleNamespace(
    url="https://mmg.whatsapp.net/x",
    DirectPath="/x",
    MediaKey=b"kkk",
    FileSHA256=b"sss",
    FileEncSHA256=b"eee",
    FileLength=7,
)


def test_an_uploaded_file_is_kept_as_ever() -> None:
    """Byte for byte; that a sticker moves is only said of those that do."""
    still, moving = (
        UploadedFile.from_answer(cast(Any, ANSWER), animated=animated) for animated in (False, True)
    )
    assert still.to_json() == UPLOADED
    assert moving.to_json() == UPLOADED[:-1] + ',"isAnimated":true}'
    assert [UploadedFile.from_json(file.to_json()) for file in (still, moving)] == [still, moving]


def test_a_received_file_is_kept_as_ever() -> None:
    """Byte for byte, and with all that the downloader needs."""
    part = SimpleNamespace(
        fileLength=7, URL="", directPath="/x", mimetype="audio/ogg", mediaKey=b"kkk", fileSHA256=b"sss"
    )
    part.fileEncSHA256 = b"eee"
    assert remote_of("audioMessage", cast(Any, part)) == RECEIVED
    assert received_file(RECEIVED) == MediaFile("audio", "/x", b"kkk", b"sss", b"eee", length=7)


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "{}",
        "[]",
        UPLOADED,
        json.dumps(json.loads(RECEIVED) | {"part": "conversation"}),
        json.dumps(json.loads(RECEIVED) | {"length": "7"}),
        json.dumps(json.loads(RECEIVED) | {"mediaKey": "not base64"}),
        json.dumps(json.loads(RECEIVED) | {"directPath": ""}),
    ],
)
def test_anything_else_is_refused(remote: str) -> None:
    """As damaged: there is nothing to fetch."""
    with pytest.raises(ValueError):  # noqa: PT011
        received_file(remote)


def test_what_opens_a_file_is_in_no_repr() -> None:
    """Neither its key nor its address."""
    file = UploadedFile.from_answer(cast(Any, ANSWER), animated=False)
    for shown in (repr(file), repr([file])):
        assert "kkk" not in shown
        assert "mmg" not in shown
