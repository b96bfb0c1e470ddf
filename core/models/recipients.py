"""To whom a message can go: a number, a group, or a person whose number WhatsApp hides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

GROUP_SERVER: Final = "g.us"
"""What stands behind the @ of a group's address."""


_BRAZILIAN_MOBILE: Final = re.compile(r"(55[1-9][1-9])9?([6-9][0-9]{7})")


def number_variants(digits: str) -> tuple[str, ...]:
    """Return the ways in which WhatsApp may know a number: old Brazilian accounts lack the 9 of a mobile."""
    if found := _BRAZILIAN_MOBILE.fullmatch(digits):
        return (f"{found[1]}9{found[2]}", f"{found[1]}{found[2]}")
    return (digits,)


def is_group_address(address: str) -> bool:
    """Return whether ``address`` is one of a group, as WhatsApp writes it."""
    return address.endswith(f"@{GROUP_SERVER}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One chat that a message goes to."""

    address: str = field(repr=False)
    """Digits of a number, country code first; else WhatsApp's address of a group or a hidden person."""
    name: str = field(default="", repr=False)
    """Of a group, as far as it is known."""

    @property
    def by_number(self) -> bool:
        """Return whether it is a number; the address of a hidden person is known only once they wrote."""
        return "@" not in self.address

    @property
    def is_group(self) -> bool:
        """Return whether it is a group."""
        return is_group_address(self.address)


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the account is in."""

    address: str = field(repr=False)
    name: str = field(repr=False)
    members: int
    """How many it has."""
    may_write: bool = True
    """False where only admins write, and the account is none."""
    community: bool = False
    """It only holds the groups of a community together; nobody writes there."""


@dataclass(frozen=True, slots=True)
class NumberLookup:
    """What WhatsApp says of a number."""

    exists: bool
    number: str = field(repr=False)
    """Digits, country code first."""
    name: str = field(default="", repr=False)
    """What its owner is called, as far as this account can see; may be empty."""
    picture: bytes = field(default=b"", repr=False)
    """A small JPEG or PNG; empty when there is none or it is hidden."""
