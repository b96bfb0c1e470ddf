"""The owner's time zone comes from the number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.registry.presence.owner_zone import owner_zone


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("5511912345678", "America/Sao_Paulo"),
        ("5592912345678", "America/Manaus"),
        ("351912345678", "Europe/Lisbon"),
        ("34612345678", "Europe/Madrid"),
    ],
)
def test_a_number_has_the_zone_of_its_area(number: str, zone: str) -> None:
    """Brazil alone has four."""
    assert str(owner_zone(number)) == zone


@pytest.mark.parametrize("number", ["", "0", "999999999999999", "not digits"])
def test_without_one_it_is_the_zone_of_the_machine(number: str) -> None:
    """Before the first connection, and for numbers that no plan knows."""
    now = datetime.now(UTC)
    assert now.astimezone(owner_zone(number)).utcoffset() == now.astimezone().utcoffset()
