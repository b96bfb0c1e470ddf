"""Under which name the core looks for a session."""

from __future__ import annotations

import pytest

from core.moving.baileys.lids import LidMap, is_number
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


def test_a_lid_without_its_mark_is_recognized() -> None:
    """Versions before 7 write a LID like a number: known ones, and what no number can be."""
    lids = LidMap(own_number="5511960000001", own_lid="9")
    lids.learn("2", "49151123456780")
    for lid in ("9", "49151123456780", "271180343226420"):
        assert lids.recognized(Address(lid, "", "7")) == Address(lid, "1", "7")
    for number in ("5511960000001", "2", "5511970000002"):
        assert lids.recognized(Address(number, "", "7")) == Address(number, "", "7")
    assert lids.recognized(Address("271180343226420", "1", "0")) == Address("271180343226420", "1", "0")


@pytest.mark.parametrize(
    "number",
    [
        "5511960000001",
        "551160000001",
        "5215512345678",
        "5491123456789",
        "4915112345678",
        "62812345678901",
        "15551234567",
    ],
)
def test_numbers_of_many_countries_are_numbers(number: str) -> None:
    """Also in spellings that only WhatsApp keeps: of Brazil without the 9, of Mexico with the 1."""
    assert is_number(number)


@pytest.mark.parametrize(
    "lid", ["105511966000002", "271180343226420", "45071234567890", "1234567890123", "99"]
)
def test_lids_are_no_numbers(lid: str) -> None:
    """Too long for their country, or of none."""
    assert not is_number(lid)
