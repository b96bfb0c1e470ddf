"""Numbers and the LIDs that stand for them: the core keeps each session under the LID."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import phonenumbers

from core.moving.baileys.names import LID_DOMAIN, Address

_LONGEST_USUAL: Final = 13
_OLD_MEXICAN: Final = "521"
"""WhatsApp keeps the 1 that Mexican mobile numbers had until 2019."""


class LidMap:
    """Which LID stands for which number; each of the two is known once, what was learned first stays."""

    def __init__(self, *, own_number: str, own_lid: str) -> None:
        """Begin with the account's own pair; ``own_lid`` is empty where the source does not know it."""
        self.own_number = own_number
        self._lid_of: dict[str, str] = {}
        self._number_of: dict[str, str] = {}
        if own_lid:
            self.learn(own_number, own_lid)

    def learn(self, number: str, lid: str) -> None:
        """Take a pair in, unless one of the two belongs to another."""
        if number not in self._lid_of and lid not in self._number_of:
            self._lid_of[number] = lid
            self._number_of[lid] = number

    def pairs(self) -> Mapping[str, str]:
        """Return every number with its LID."""
        return self._lid_of

    def recognized(self, address: Address) -> Address:
        """Return the address with the mark of a LID if it is one: versions before 7 leave it out."""
        if address.domain or address.user in self._lid_of:
            return address
        if address.user in self._number_of or not is_number(address.user):
            return Address(address.user, LID_DOMAIN, address.device)
        return address

    def lid_address(self, address: Address) -> Address:
        """Return the address under which the core looks; the same one where the LID is not known."""
        lid = "" if address.domain else self._lid_of.get(address.user, "")
        return Address(lid, LID_DOMAIN, address.device) if lid else address

    def number(self, address: Address) -> str:
        """Return whose address it is; empty where the number is not known."""
        return self._number_of.get(address.user, "") if address.domain else address.user


def is_number(digits: str) -> bool:
    """Return whether digits are a telephone number rather than a LID, as far as one can tell.

    LIDs are random and mostly have 14 or 15 digits. Of these, 1.5 % look like a number that exists; a session
    that is kept under the wrong name is not found, and costs what one that is lost does: a resend.
    """
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    if len(digits) > _LONGEST_USUAL:
        return phonenumbers.is_valid_number(number)
    # WhatsApp knows old spellings that no plan has any more, but of a length that could be.
    return phonenumbers.is_possible_number(number) or digits.startswith(_OLD_MEXICAN)
