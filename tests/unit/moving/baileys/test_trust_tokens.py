"""Tokens of trust, as Baileys 7 keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from core.models.moving.device import MoveRefusedError, TrustToken
from core.moving.baileys.part import Part
from core.moving.baileys.trust_tokens import convert_trust_token
from tests.support.baileys.samples import buffer


def convert(value: Any, contact: str = "1234@lid") -> TrustToken | None:
    return convert_trust_token(contact, Part("tctoken-1234@lid.json", value))


@pytest.mark.parametrize("contact", ["1234@lid", "5511960000001@s.whatsapp.net"])
def test_a_token_is_read_with_its_times(contact: str) -> None:
    """Written as digits or as numbers; when ours was sent may be unknown."""
    value = {"token": buffer(b"secret"), "timestamp": "1700000000", "senderTimestamp": 1_700_000_001}
    assert convert(value, contact) == TrustToken(
        contact=contact, token=b"secret", at=1_700_000_000, sent_at=1_700_000_001
    )
    del value["senderTimestamp"]
    assert convert(value, contact) == TrustToken(contact=contact, token=b"secret", at=1_700_000_000)


@pytest.mark.parametrize("value", [{}, {"token": buffer(b"t")}, {"token": buffer(b""), "timestamp": 1}])
def test_where_there_is_none_none_is_made(value: Any) -> None:
    """Baileys keeps an empty one of a contact whose token has expired."""
    assert convert(value) is None


@pytest.mark.parametrize("contact", ["__index", "1234@g.us", "a@lid", "1234:7@lid", ""])
def test_other_names_are_passed_over(contact: str) -> None:
    """An index, a group."""
    assert convert({"token": buffer(b"t"), "timestamp": 1}, contact) is None


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"token": "%", "timestamp": 1},
        {"token": buffer(bytes(5000)), "timestamp": 1},
        {"token": buffer(b"t"), "timestamp": "x"},
        {"token": buffer(b"t"), "timestamp": "9" * 5000},
        {"token": buffer(b"t"), "timestamp": -1},
        {"token": buffer(b"t"), "timestamp": 1 << 62},
    ],
)
def test_a_damaged_one_is_refused(value: Any) -> None:
    """The caller goes on without it."""
    with pytest.raises(MoveRefusedError):
        convert(value)
