"""A place as people copy it: coordinates in any notation, or the link of a map."""

from __future__ import annotations

import re
from typing import Final

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.services.typed.coordinates import parse_pair
from core.services.typed.map_links import Place, find_map_link, parse_map_link
from core.services.visible import seen

__all__ = ["Place", "map_address", "parse_place"]

_OTHER_LINK: Final = re.compile(r"[a-z]+://|www\.", re.IGNORECASE)


def parse_place(text: str) -> Place:
    """Return the place that ``text`` names; nothing is asked of any server.

    Raises InvalidInputError: place-empty, place-unreadable, place-ambiguous (it can be read in two ways),
    place-invalid (no such place on earth), place-short-link (only its server knows where it leads).
    """
    if not seen(text):
        raise InvalidInputError(InputCode.PLACE_EMPTY)
    if link := find_map_link(text):
        return parse_map_link(link)
    if _OTHER_LINK.search(text):
        raise InvalidInputError(InputCode.PLACE_UNREADABLE)
    return Place(*parse_pair(text))


def map_address(place: Place) -> str:
    """Return the address of a map with a pin on ``place``, for a person to open."""
    here = f"{place.latitude:.6f}", f"{place.longitude:.6f}"
    return f"https://www.openstreetmap.org/?mlat={here[0]}&mlon={here[1]}#map=17/{here[0]}/{here[1]}"
