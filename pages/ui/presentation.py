"""Presentation mode: names, numbers and texts of people are covered on every page, for a demo on a projector.

The server covers them, so nothing of them is in the page; what a visitor types and pictures of people are
covered by the style, in the browser.
"""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from core.services import phone_numbers
from pages.ui.i18n import _

SWITCH: Final = "presentation"
"""Key of the switch, and its name in the address: a page that is loaded anew stays covered.

A cookie of that name has the browser's other windows begin covered, whatever their address.
"""
_STYLE: Final = (
    "<style>:is([data-testid='stTextInput'], [data-testid='stNumberInput']) input, textarea,"
    " [data-testid='stFileUploaderFile'] { -webkit-text-security: disc; }"
    " :is([data-testid='stImage'] img, [data-testid='stVideo'], .wa-thumbnail, .wa-link img, .wa-map)"
    ":not(.st-key-qr *) { filter: blur(1.5rem); }</style>"
)
_SIGN: Final = re.compile(r"[^\s!-/:-@\[-`{-~]")


def draw_switch() -> None:
    """Draw the switch. It goes before all that may be covered."""
    if st.toggle(
        _("Presentation mode"),
        value=st.context.cookies.get(SWITCH) == "1",
        key=SWITCH,
        bind="query-params",
        help=_("Covers names, numbers and texts on every page, to show the app to others."),
    ):
        st.html(_STYLE)


def is_on() -> bool:
    """Return whether this visitor shows the app to others."""
    return bool(st.session_state.get(SWITCH))


def covered(text: str) -> str:
    """Return ``text`` as it may be shown: as it is, or in presentation mode a dot for each letter or sign."""
    return _SIGN.sub("•", text) if is_on() else text


def shown_number(digits: str) -> str:
    """Return a phone number in international form, covered in presentation mode; empty for none."""
    return covered(phone_numbers.show_number(digits))
