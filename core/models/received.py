"""Messages received, and how they look now."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.models.content import Content, Kind


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

    @property
    def talk(self) -> str:
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
class InboxContact:
    """A person or a group in the inbox."""

    key: str = field(repr=False)
    """Chooses them in a search. Never shown."""
    number: str = field(repr=False)
    """Digits; empty for a group and when WhatsApp hides it."""
    name: str = field(repr=False)
    group: bool = False
