"""What is sent by hand, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from core.models.content import Content

_UPLOAD_S: Final = 30.0
_UPLOAD_BYTES_A_S: Final = 65_536


class SendState(StrEnum):
    """What is known of one send."""

    SENDING = "sending"
    SENT = "sent"
    """WhatsApp's server took it (one tick); ``Tick`` says how far it came since."""
    FAILED = "failed"
    """It did not go out; ``reason`` says why."""
    UNCERTAIN = "uncertain"
    """No answer in time, or a process died meanwhile: it may have gone out. Never resent by itself."""


class Tick(IntEnum):
    """How far a message came, in the order in which a person sees it happen."""

    QUEUED = 0
    SERVER = 1
    DELIVERED = 2
    READ = 3
    PLAYED = 4


def upload_seconds(size: int) -> float:
    """Patience with a file of ``size`` bytes on its way to the media host: 30 s, and a second for 64 kB."""
    return _UPLOAD_S + size / _UPLOAD_BYTES_A_S


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the account is in."""

    address: str = field(repr=False)
    name: str = field(repr=False)
    members: int
    """How many it has."""
    may_write: bool = True
    """False where only admins write, and the account is none."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One send to one recipient. ``content`` is kept for the page and never logged."""

    request_id: str
    instance_id: str
    to: str
    """Digits of the recipient's number, country code first; of a group, or a person who hides theirs, the
    address, which is never shown."""
    content: Content
    state: SendState
    created_at: float
    """Seconds since the epoch, as are the other times."""
    settled_at: float | None = None
    reason: str = ""
    message_id: str = ""
    """WhatsApp's id of it, once known; also an uncertain send may have one."""
    delivered_at: float | None = None
    read_at: float | None = None
    played_at: float | None = None
    secret: str = field(default="", repr=False)
    """64 hex digits that travel inside the message; by them the core's store tells the message's id."""
    boot_id: str = ""
    """The machine's run in which it was written; only within it a missing trace proves anything."""
    to_name: str = ""
    """Name of the group at that time; empty for a person."""
    stranger: bool = False
    """To somebody this instance had neither written to nor heard from."""

    @property
    def tick(self) -> Tick:
        """The furthest it is known to have come."""
        if self.played_at is not None:
            return Tick.PLAYED
        if self.read_at is not None:
            return Tick.READ
        if self.delivered_at is not None:
            return Tick.DELIVERED
        return Tick.SERVER if self.state is SendState.SENT else Tick.QUEUED

    def __repr__(self) -> str:
        return f"SentMessage({self.request_id}, {self.state}, reason={self.reason!r})"
