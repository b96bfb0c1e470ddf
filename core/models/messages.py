"""Messages sent and received: how far they came, and how they look now."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from core.models.content import Content, Kind

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


class Activity(StrEnum):
    """What the other side of a chat is doing now. False when it is nothing."""

    NOTHING = ""
    TYPING = "typing"
    RECORDING = "recording"
    """A voice message."""


def upload_seconds(size: int) -> float:
    """Return how long the media host may take for ``size`` bytes: 30 s, and a second for each 64 kB."""
    return _UPLOAD_S + size / _UPLOAD_BYTES_A_S


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
    """64 hex digits that travel inside the message; by them the message's id is found in the core's store."""
    boot_id: str = ""
    """Identifies the boot of the machine in which it was written; only within it a missing trace is proof."""
    to_name: str = ""
    """Name of the group at that time; empty for a person."""
    stranger: bool = False
    """To a recipient this instance had neither written to nor heard from."""

    @property
    def tick(self) -> Tick:
        """Return the furthest it is known to have come."""
        if self.played_at is not None:
            return Tick.PLAYED
        if self.read_at is not None:
            return Tick.READ
        if self.delivered_at is not None:
            return Tick.DELIVERED
        return Tick.SERVER if self.state is SendState.SENT else Tick.QUEUED

    def __repr__(self) -> str:
        return f"SentMessage({self.request_id}, {self.state}, reason={self.reason!r})"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message that arrived at an instance, or that its owner wrote on another device.

    A reaction, an edit, a deletion and a vote are messages too. Its content is kept for the page and never
    logged.
    """

    instance_id: str
    message_id: str
    contact: str = field(repr=False)
    """Digits of who wrote it, or of whom the owner wrote to; empty when WhatsApp hides it. Never a LID."""
    name: str = field(repr=False)
    """What the sender calls themselves; may be empty."""
    content: Content
    at: float
    """Seconds since the epoch."""
    from_me: bool = False
    """The owner wrote it, on the phone or another linked device."""
    group: bool = False
    chat: str = field(default="", repr=False)
    """Address of the chat as WhatsApp writes it, perhaps a LID: to be sent back, never shown."""
    sender: str = field(default="", repr=False)
    """Address of who wrote it, as above."""
    history: bool = False
    """WhatsApp handed it over when the instance was linked: it stands where its time says, and is not new."""

    @property
    def conversation_key(self) -> str:
        """Return the key of the conversation, the same for both addresses of a person. Never shown."""
        return self.chat if self.group or not self.contact else self.contact

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the addresses of the person behind ``contact``. Never shown."""
        return (*(() if self.group else (self.chat,)), *(() if self.from_me else (self.sender,)))


@dataclass(frozen=True, slots=True)
class Mark:
    """A reaction to a message, or a vote in a poll."""

    text: str = field(repr=False)
    """The emoji, or the option."""
    who: str = field(repr=False)
    """Their name, else the digits of their number; empty when both are unknown."""
    from_me: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to a message after it was written."""

    text: str = field(default="", repr=False)
    """The newest words, when ``edited``."""
    edited: bool = False
    deleted: bool = False
    reactions: tuple[Mark, ...] = ()
    """The newest of each person, oldest first."""
    votes: tuple[Mark, ...] = ()
    """One for each option and each voter who has chosen it now."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One message of the inbox as it is now. Of a deleted one, nothing of its content is left."""

    instance_id: str
    message_id: str
    contact: str = field(repr=False)
    """Digits of the other person's number; empty when WhatsApp hides it. Never a LID."""
    name: str = field(repr=False)
    content: Content
    at: float
    from_me: bool = False
    group: bool = False
    group_name: str = field(default="", repr=False)
    """Empty while it is not known."""
    chat: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    changes: Changes = Changes()
    read: bool = False
    """Marked as read from here."""

    @property
    def kind(self) -> Kind:
        """Return the kind, deleted or not."""
        return self.content.kind


@dataclass(frozen=True, slots=True)
class LatestMessage:
    """The newest message of an instance, sent or received, as far as one line of a list needs it."""

    kind: Kind
    at: float
    """Seconds since the epoch."""
    from_me: bool = False
    name: str = field(default="", repr=False)
    """What the writer calls themselves; may be empty."""
    contact: str = field(default="", repr=False)
    """Digits of the writer's number, or of the owner's recipient; empty when WhatsApp hides it."""
    text: str = field(default="", repr=False)
    """Its first words as they are now; empty for a deleted one."""
    deleted: bool = False
    group: bool = False
    group_name: str = field(default="", repr=False)
    """Empty while it is not known."""
    tick: Tick | None = None
    """How far it came, of one that was sent from here."""
    state: SendState | None = None
    """What is known of it, likewise."""


@dataclass(frozen=True, slots=True)
class InboxContact:
    """A person or a group in the inbox."""

    key: str = field(repr=False)
    """Chooses them in a search. Never shown."""
    number: str = field(repr=False)
    """Digits; empty for a group and when WhatsApp hides it."""
    name: str = field(repr=False)
    group: bool = False
