"""Conversations: what was said with one person or in one group, sent and received, in one order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from core.models.content import Content, Kind
from core.models.messages import Changes, InboxEntry, LatestMessage, SendState, SentMessage, Tick
from core.models.recipients import Recipient

_BY_TICK: Final = {
    Tick.QUEUED: "queued",
    Tick.SERVER: "sent",
    Tick.DELIVERED: "delivered",
    Tick.READ: "read",
    Tick.PLAYED: "played",
}


class Filter(StrEnum):
    """Which conversations a list shows."""

    ALL = "all"
    UNREAD = "unread"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of one instance, as a line of a list and the head of a thread need it."""

    instance_id: str
    id: str
    """Stands in addresses of pages, says nothing of whose it is, and survives restarts. That of one which was
    joined to another leads to that one."""
    address: str = field(repr=False)
    """Where a message goes: digits of a number, a group's address, or a LID. Never shown."""
    name: str = field(repr=False)
    """Of the person or the group, as far as it is known; may be empty."""
    number: str = field(repr=False)
    """Digits; empty for a group and when WhatsApp hides it."""
    group: bool
    unread: int = 0
    """Messages of others that were neither looked at nor marked as read."""
    latest: LatestMessage | None = None
    """None while nothing was said."""

    @property
    def recipient(self) -> Recipient:
        """Return to whom a message goes that is written here."""
        return Recipient(self.address, self.name if self.group else "")


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message of a conversation as it is now; one of ``sent`` and ``received`` is there."""

    key: str
    """Unique within the conversation and stable: the request id of a send from here, else WhatsApp's id."""
    at: float
    """Seconds since the epoch."""
    sent: SentMessage | None = None
    """Sent from here."""
    received: InboxEntry | None = None
    """Arrived, or written by the owner on another device."""
    changes: Changes = field(default_factory=Changes)
    unread: bool = False
    """Of another person, and neither looked at nor marked as read."""

    @property
    def content(self) -> Content:
        """Return what it says now: the newest words; nothing but the kind of a deleted one."""
        if self.received is not None:
            return self.received.content
        if self.sent is None or self.changes.deleted:
            return Content(self.kind)
        content = self.sent.content
        return replace(content, text=self.changes.text) if self.changes.edited else content

    @property
    def kind(self) -> Kind:
        """Return the kind, deleted or not."""
        if self.sent is not None:
            return self.sent.content.kind
        return self.received.kind if self.received is not None else Kind.OTHER

    @property
    def from_me(self) -> bool:
        """Return whether the account wrote it, here or on another device."""
        return self.sent is not None or (self.received is not None and self.received.from_me)

    @property
    def message_id(self) -> str:
        """Return WhatsApp's id; empty while it is not known."""
        if self.sent is not None:
            return self.sent.message_id
        return self.received.message_id if self.received is not None else ""

    @property
    def author(self) -> str:
        """Return the name, else the digits, of another person who wrote it; empty when both are unknown."""
        if self.received is None or self.received.from_me:
            return ""
        return self.received.name or self.received.contact

    @property
    def data_state(self) -> str:
        """Return how far an own one came, in one word; empty for those of others.

        ``queued``, ``sent``, ``delivered``, ``read``, ``played``, ``failed`` or ``uncertain``.
        """
        if self.sent is None:
            return _BY_TICK[Tick.SERVER] if self.from_me else ""
        if self.sent.state in (SendState.FAILED, SendState.UNCERTAIN):
            return self.sent.state.value
        return _BY_TICK[self.sent.tick]


@dataclass(frozen=True, slots=True)
class Thread:
    """The newest messages of a conversation."""

    conversation: Conversation
    messages: tuple[ThreadMessage, ...]
    """Oldest first."""
    has_older: bool
    """Whether there are more, before these."""
    first_unread: str
    """Key of the first of these that is unread; empty when none is."""
