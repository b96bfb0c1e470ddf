"""The state of an instance as a word in a colour."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from core.models.instance import InstanceState
from pages.ui.escape import escape_html
from pages.ui.i18n import N_, _

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
_COLOURS: Final[dict[InstanceState, Colour]] = {
    InstanceState.STOPPED: "gray",
    InstanceState.STARTING: "blue",
    InstanceState.PAIRING: "violet",
    InstanceState.CONNECTED: "green",
    InstanceState.RECONNECTING: "orange",
    InstanceState.LOGGED_OUT: "red",
    InstanceState.FAILED: "red",
}


_LOGGED_OUT_HERE: Final = N_("Logged out here")
BY_HAND: Final = frozenset({"logged-out-here", "removed-here"})
"""Reasons of a log-out that was asked for on these pages."""


def badge_html(state: InstanceState, reason: str = "") -> str:
    """Return the state as a badge, for ``st.html``; its colours are in ``style.css``."""
    if reason in BY_HAND:
        return coloured(_(_LOGGED_OUT_HERE), "gray")
    return coloured(_(LABELS[state]), _COLOURS[state])


def coloured(label: str, colour: Colour) -> str:
    """Return a badge with any words."""
    return f'<span class="wa-badge wa-{colour}">{escape_html(label)}</span>'
