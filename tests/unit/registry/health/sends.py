"""Sends as the outbox gives them, newest first."""

from __future__ import annotations

import itertools
from typing import Any, Final

from core.models.messages import SendState, SentMessage
from tests.support.contents import words

NOW: Final = 1_700_000_000.0
PHONE: Final = "5511987654321"
KNOWN: Final = "5511912345678"
REFUSED: Final = "wa-error-463"
_numbers = itertools.count()


def new_person(number: int) -> str:
    """One of many who never heard of the account."""
    return f"55119612340{number:02}"


def send(to: str, *, at: float, reason: str = "", **more: Any) -> SentMessage:
    """A send that was settled then (seconds before NOW are negative): it went out, or failed for `reason`."""
    failed = SendState.UNCERTAIN if reason == "send-timeout" else SendState.FAILED
    given: dict[str, Any] = {
        "request_id": f"r{next(_numbers)}",
        "instance_id": "loja-k7m2xq",
        "to": to,
        "content": words(),
        "state": failed if reason else SendState.SENT,
        "created_at": NOW + at - 0.5,
        "settled_at": NOW + at,
        "reason": reason,
        "stranger": to.startswith("551196"),
    }
    return SentMessage(**(given | more))


def refused(number: int, *, at: float) -> SentMessage:
    """A message to a new person that WhatsApp did not take."""
    return send(new_person(number), at=at, reason=REFUSED)
