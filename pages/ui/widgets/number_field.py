"""A field for a telephone number, and how what stands in it is understood: never by a silent guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.errors import InvalidInputError
from core.services.phone_numbers import PhoneNumber, parse_number, regions_of, suggest_numbers
from pages.ui.i18n import _
from pages.ui.presentation import covered
from pages.ui.state import Slot

EXAMPLE: Final = "+55 11 91234-5678"
_TAKEN: Final = Slot("number-offers-taken", dict[str, int])


def home_regions(phone: str = "") -> tuple[str, ...]:
    """Return the countries whose local numbers this visitor is likely to type, likeliest first.

    ``phone`` (digits) is the number that is written from, where there is one.
    """
    return regions_of(phone, st.context.locale or "")


def draw_number_field(label: str, *, key: str) -> str:
    """Draw the field and return what is typed, which is told while it is typed. See ``read_number``."""
    typed = st.text_input(label, key=key, type="phone", placeholder=EXAMPLE, live=True, autocomplete="off")
    return typed or ""


def read_number(
    typed: str, *, key: str, question: str, regions: Sequence[str], offer_key: str = ""
) -> PhoneNumber | None:
    """Return the number in the field ``key``; without one, offer those that it may stand for.

    ``question`` is asked for each (``Send to {number}?``, translated); a press puts it into the field.
    Without any, a line says how a number is written.
    """
    try:
        return parse_number(typed, regions=regions)
    except InvalidInputError:
        if not draw_offers(typed, key=key, question=question, regions=regions, offer_key=offer_key):
            st.caption(_("With country code and area code, for example +55 11 91234-5678."))
    return None


def draw_offers(typed: str, *, key: str, question: str, regions: Sequence[str], offer_key: str = "") -> bool:
    """Draw a button for each number that ``typed`` may stand for; return whether there is any."""
    offers = suggest_numbers(typed, regions=regions)
    for turn, number in enumerate(offers, 1):
        st.button(
            question.format(number=covered(number.shown)),
            key=f"{offer_key or f'{key}-offer'}{'' if turn == 1 else f'-{turn}'}",
            icon=":material/subdirectory_arrow_right:",
            on_click=_use,
            args=(key, number.shown),
        )
    return bool(offers)


def offers_taken(key: str) -> int:
    """Return how many offers were pressed so far for the field ``key``."""
    return _TAKEN.get().get(key, 0)


def _use(key: str, shown: str) -> None:
    st.session_state[key] = shown
    _TAKEN.keep()[key] = offers_taken(key) + 1
