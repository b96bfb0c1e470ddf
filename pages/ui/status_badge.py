"""The state of an instance as a word in a colour."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import streamlit as st

from core.models.instance import InstanceState
from pages.ui.i18n import N_, _
from pages.ui.text import literal_html

Colour: TypeAlias = Literal["green", "blue", "violet", "orange", "red", "gray"]

LABELS: Final[dict[InstanceState, str]] = {
    InstanceState.STOPPED: N_("Stopped"),
    InstanceState.STARTING: N_("Starting"),
    InstanceState.PAIRING: N_("Waiting for QR scan"),
    InstanceState.CONNECTED: N_("Connected"),
    InstanceState.RECONNECTING: N_("Reconnecting"),
    InstanceState.LOGGED_OUT: N_("Logged out by the phone"),
    InstanceState.FAILED: N_("Failed"),
}
_LOOKS: Final[dict[InstanceState, tuple[Colour, str]]] = {
    InstanceState.STOPPED: ("gray", ":material/stop_circle:"),
    InstanceState.STARTING: ("blue", ":material/hourglass_top:"),
    InstanceState.PAIRING: ("violet", ":material/qr_code_2:"),
    InstanceState.CONNECTED: ("green", ":material/check_circle:"),
    InstanceState.RECONNECTING: ("orange", ":material/sync:"),
    InstanceState.LOGGED_OUT: ("red", ":material/link_off:"),
    InstanceState.FAILED: ("red", ":material/error:"),
}


def draw_badge(state: InstanceState) -> None:
    """The state as a badge of its own."""
    colour, icon = _LOOKS[state]
    st.badge(_(LABELS[state]), icon=icon, color=colour)


def badge_html(state: InstanceState) -> str:
    """The state as a badge inside a row drawn with ``st.html``; its colours are in ``style.css``."""
    return f'<span class="wa-badge wa-{_LOOKS[state][0]}">{literal_html(_(LABELS[state]))}</span>'
