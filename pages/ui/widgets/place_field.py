"""A field that takes a place as maps copy it, and shows where on earth it is before anything is sent."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.errors import InvalidInputError
from core.services.typed.places import Place, map_address, parse_place
from pages.ui.escape import small
from pages.ui.formats import format_number
from pages.ui.i18n import _
from pages.ui.presentation import covered, is_on
from pages.ui.texts.errors import INPUT_ERRORS
from pages.ui.texts.message import text_for

_DECIMALS: Final = 5
"""About a metre."""


def draw_place_field(*, key: str) -> Place | None:
    """Draw the field and, beneath it, where the place is or what is wrong; return the place, if any."""
    typed = (
        st.text_input(
            _("Coordinates or link of a map"),
            key=key,
            placeholder="-23.561414, -46.655881",
            live=True,
            autocomplete="off",
        )
        or ""
    )
    place, problem = _read(typed)
    with st.container(key=f"{key}-preview"):
        if place is not None:
            st.markdown(small(f":material/location_on: {_preview(place)}"))
        elif problem:
            st.caption(f":material/wrong_location: {problem}")
        else:
            st.caption(_("Copy them in Maps: touch the place for a while, then the numbers that appear."))
    return place


def place_in(key: str) -> Place | None:
    """Return the place in the field ``key`` as it stands there now; None without a readable one."""
    return _read(str(st.session_state.get(key) or ""))[0]


def where(place: Place) -> str:
    """Return the place in words: ``23,56141° sul, 46,65588° oeste``; covered in presentation mode."""
    north, south = _("{degrees}° north"), _("{degrees}° south")
    east, west = _("{degrees}° east"), _("{degrees}° west")
    latitude = (south if place.latitude < 0 else north).format(degrees=_degrees(place.latitude))
    longitude = (west if place.longitude < 0 else east).format(degrees=_degrees(place.longitude))
    return covered(f"{latitude}, {longitude}")


def _read(typed: str) -> tuple[Place | None, str]:
    """Return the place, or what is wrong; neither for an empty field."""
    try:
        return (parse_place(typed), "") if typed.strip() else (None, "")
    except InvalidInputError as error:
        return None, text_for(INPUT_ERRORS, error.code, error.detail).text


def _preview(place: Place) -> str:
    if is_on():
        return where(place)
    see = _("See on the map")
    return f"{where(place)} · [{see}]({map_address(place)})"


def _degrees(value: float) -> str:
    return format_number(abs(value), digits=_DECIMALS)
