"""What arrived at an instance."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message that arrived at an instance, or that its owner wrote on another device.

    ``text`` is kept for the page and never logged.
    """

    instance_id: str
    message_id: str
    contact: str = field(repr=False)
    """Digits of the other person's number; empty when WhatsApp hides it. Never a LID."""
    name: str = field(repr=False)
    """What the sender calls themselves; may be empty."""
    kind: str
    """``text``, ``image``, …, ``other``."""
    text: str = field(repr=False)
    """Empty for kinds other than text."""
    at: float
    """Seconds since the epoch."""
    from_me: bool = False
    """The owner wrote it, on the phone or another linked device."""
    group: bool = False
