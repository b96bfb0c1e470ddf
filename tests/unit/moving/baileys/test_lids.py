"""Under which name the core looks for a session."""

from __future__ import annotations

from core.moving.baileys.lids import LidMap
from core.moving.baileys.names import Address


def test_a_number_becomes_its_lid_where_it_is_known() -> None:
    """With the same device; what has a LID already, and what is unknown, stays."""
    lids = LidMap(own_number="55", own_lid="9")
    lids.learn("551", "91")
    assert lids.lid_address(Address("551", "", "7")) == Address("91", "1", "7")
    assert lids.lid_address(Address("55", "", "0")) == Address("9", "1", "0")
    assert lids.lid_address(Address("552", "", "0")) == Address("552", "", "0")
    assert lids.lid_address(Address("551", "1", "0")) == Address("551", "1", "0")


def test_whose_address_it_is() -> None:
    """A number is its own; that behind a LID may be unknown."""
    lids = LidMap(own_number="55", own_lid="")
    lids.learn("551", "91")
    assert lids.number(Address("551", "", "0")) == "551"
    assert lids.number(Address("91", "1", "0")) == "551"
    assert lids.number(Address("92", "1", "0")) == ""


def test_one_number_has_one_lid() -> None:
    """What was learned first stays: the account's own pair most of all."""
    lids = LidMap(own_number="55", own_lid="9")
    lids.learn("551", "9")
    lids.learn("55", "91")
    lids.learn("551", "92")
    assert lids.pairs() == {"55": "9", "551": "92"}
