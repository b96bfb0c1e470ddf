"""What an account shows of itself, and whom it blocks; the text that follows a call which was rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

NAME_LIMIT: Final = 25
"""Characters that WhatsApp takes as the name of an account. Source: its apps' form, as the next."""
ABOUT_LIMIT: Final = 139
PICTURE_SIDE: Final = 640
"""Pixels of a side of a profile picture; phones send no larger one."""
CALL_TEXT_LIMIT: Final = 500
"""Characters of the text that follows a rejected call."""
CALL_TEXT: Final = "call-text-"
"""What the request ids of those texts begin with; the id of the call follows."""


@dataclass(frozen=True, slots=True)
class BlockedPerson:
    """One entry of an account's block list."""

    address: str = field(repr=False)
    """As WhatsApp lists it: of a number, or of a person who hides theirs."""
    number: str = field(default="", repr=False)
    """Digits; empty while it is not known."""
    name: str = field(default="", repr=False)
    """As far as the account knows it; may be empty."""


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """What an account shows of itself, and whom it blocks; as WhatsApp said when it was asked."""

    name: str = field(repr=False)
    """What it calls itself; empty until its phone has told."""
    about: str | None = field(default=None, repr=False)
    """None when WhatsApp did not say."""
    picture: bytes = field(default=b"", repr=False)
    """A small JPEG or PNG; empty when it has none."""
    blocked: tuple[BlockedPerson, ...] | None = field(default=None, repr=False)
    """None when WhatsApp did not say."""
