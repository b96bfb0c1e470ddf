"""To whom a message goes."""

from __future__ import annotations

import pytest

from core.models.recipients import Recipient


@pytest.mark.parametrize(
    ("address", "by_number", "is_group"),
    [
        ("5511912345678", True, False),
        ("120363000000000001@g.us", False, True),
        ("5511912345678-1600000000@g.us", False, True),
        ("123456789012345@lid", False, False),
    ],
)
def test_an_address_tells_its_kind(address: str, by_number: bool, is_group: bool) -> None:
    """A number, a group, or a person who hides theirs; never shown in a log."""
    recipient = Recipient(address, "Time")
    assert (recipient.by_number, recipient.is_group) == (by_number, is_group)
    assert address not in repr(recipient)
    assert "Time" not in repr(recipient)
