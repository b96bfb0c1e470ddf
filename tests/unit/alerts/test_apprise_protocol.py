"""Both ends of the pipe to the services."""

from __future__ import annotations

import pytest

from core.alerts.apprise_protocol import Answer, Request


def test_there_and_back() -> None:
    """Whatever letters are in it."""
    request = Request("tgram://1:a/2", "Plantão", "“Loja” está fora do ar ☎")
    assert Request.decoded(request.encoded()) == request
    answer = Answer("Telegram", "refused", "401")
    assert Answer.decoded(answer.encoded()) == answer


@pytest.mark.parametrize("frame", [b"", b"[]", b'{"other": 1}', b"\xff"])
def test_anything_else_is_refused(frame: bytes) -> None:
    """As an error that the caller expects."""
    with pytest.raises((ValueError, TypeError)):
        Answer.decoded(frame)


def test_the_address_is_in_no_log() -> None:
    """It opens somebody's inbox."""
    assert "SECRET" not in repr(Request("tgram://SECRET"))
