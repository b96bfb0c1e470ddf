"""A place as people copy it."""

from __future__ import annotations

import pytest

from core.errors import InvalidInputError
from core.services.typed.places import Place, map_address, parse_place


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("-23.561414, -46.655881", Place(-23.561414, -46.655881)),
        ("Casa\nhttps://maps.google.com/?q=-23.5,-46.6", Place(-23.5, -46.6)),
        ("geo:0,0?q=-23.5,-46.6(Casa)", Place(-23.5, -46.6, "Casa")),
        ("maps.apple.com/?ll=-23.5,-46.6&q=Casa", Place(-23.5, -46.6, "Casa")),
    ],
)
def test_a_place(typed: str, place: Place) -> None:
    """Coordinates, or a link among words."""
    assert parse_place(typed) == place


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "place-empty"),
        (" \u200b", "place-empty"),
        ("https://example.com/1,2", "place-unreadable"),
        ("www.example.com", "place-unreadable"),
        ("https://maps.app.goo.gl/x", "place-short-link"),
        ("Rua A", "place-unreadable"),
        ("-3,1", "place-ambiguous"),
        ("95, 10", "place-invalid"),
    ],
)
def test_what_is_wrong_is_said(typed: str, code: str) -> None:
    """Each has its own sentence."""
    with pytest.raises(InvalidInputError) as caught:
        parse_place(typed)
    assert caught.value.code == code


def test_a_map_for_people() -> None:
    """With a pin on the very place, which reads as the same place again."""
    place = Place(-23.561414, -46.655881)
    assert parse_place(map_address(place)) == place
