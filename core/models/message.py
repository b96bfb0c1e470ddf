"""A text that somebody sent by hand, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SendState(StrEnum):
    """What is known of one send."""

    SENDING = "sending"
    SENT = "sent"
    """WhatsApp's server took it (one tick)."""
    FAILED = "failed"
    """It did not go out; ``reason`` says why."""
    UNCERTAIN = "uncertain"
    """No answer in time, or the worker died meanwhile: it may have gone out. Never resent by itself."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One send to one recipient. ``text`` is kept for the page and never logged."""

    request_id: str
    instance_id: str
    to: str
    """Digits of the recipient's number, country code first."""
    text: str
    state: SendState
    created_at: float
    """Seconds since the epoch, as are the other times."""
    settled_at: float | None = None
    reason: str = ""
    message_id: str = ""

    def __repr__(self) -> str:
        return f"SentMessage({self.request_id}, {self.state}, reason={self.reason!r})"
