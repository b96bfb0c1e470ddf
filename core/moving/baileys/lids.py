"""Numbers and the LIDs that stand for them: the core keeps each session under the LID."""

from __future__ import annotations

from collections.abc import Mapping

from core.moving.baileys.names import LID_DOMAIN, Address


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

    def lid_address(self, address: Address) -> Address:
        """Return the address under which the core looks; the same one where the LID is not known."""
        lid = "" if address.domain else self._lid_of.get(address.user, "")
        return Address(lid, LID_DOMAIN, address.device) if lid else address

    def number(self, address: Address) -> str:
        """Return whose address it is; empty where the number is not known."""
        return self._number_of.get(address.user, "") if address.domain else address.user
