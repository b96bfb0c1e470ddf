"""To whom a message can go: a number, a group, or a person whose number WhatsApp hides."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

GROUP_SERVER: Final = "g.us"
"""What stands behind the @ of a group's address."""


_BRAZIL: Final = re.compile(r"(55[1-9][1-9])9?([6-9][0-9]{7})")
"""Mobiles got a 9 before their eight digits. Source: Anatel, resolution 553/2010."""
_MEXICO: Final = re.compile(r"(52)1?([2-9][0-9]{9})")
"""A 1 stood before those of mobiles until 2019. Source: IFT, Plan Técnico Fundamental de Numeración."""
_ARGENTINA: Final = re.compile(r"(54)9?([1-8][0-9]{9})")
"""From abroad a 9 stands before those of mobiles. Source: ITU-T E.164, national plan of Argentina."""
_OPTIONAL: Final = ((_BRAZIL, "9", True), (_MEXICO, "1", False), (_ARGENTINA, "9", True))
"""A pattern, the digit that may be missing, and whether it belongs there today."""


def number_variants(digits: str) -> tuple[str, ...]:
    """Return the numbers (digits, country code first) by which WhatsApp may know the account of ``digits``.

    It keeps the number that an account had when it was made. That of today's numbering plan comes first;
    ``digits`` alone where a country has one spelling only.
    """
    for pattern, digit, today in _OPTIONAL:
        if found := pattern.fullmatch(digits):
            with_it, without = f"{found[1]}{digit}{found[2]}", f"{found[1]}{found[2]}"
            return (with_it, without) if today else (without, with_it)
    return (digits,)


def may_be_one_person(some: Collection[str], others: Collection[str]) -> bool:
    """Return whether addresses that differ may be one person's, who has one number and one LID."""
    return all(("@" in one) != ("@" in other) for one in some for other in others)


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
    """It only holds the groups of a community together: no message goes there."""


class Membership(StrEnum):
    """What an account may do in a group, as WhatsApp said last."""

    UNKNOWN = "unknown"
    """Nothing was said yet."""
    MEMBER = "member"
    READER = "reader"
    """It is in the group and may not write there."""
    NOT_LISTED = "not-listed"
    """The group is not among those of the account: it left it, or WhatsApp does not list it."""


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
