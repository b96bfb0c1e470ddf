"""The state of an instance as words in a colour."""

from __future__ import annotations

import time
from typing import Final, Literal, TypeAlias

from core.models.instance import InstanceState
from pages.ui.escape import escape_html
from pages.ui.texts.instance_states import BY_HAND, state_label

Colour: TypeAlias = Literal["green", "blue", "orange", "red", "gray"]

COLOURS: Final[dict[InstanceState, Colour]] = {
    InstanceState.STOPPED: "gray",
    InstanceState.STARTING: "blue",
    InstanceState.PAIRING: "blue",
    InstanceState.CONNECTED: "green",
    InstanceState.RECONNECTING: "orange",
    InstanceState.LOGGED_OUT: "red",
    InstanceState.FAILED: "red",
}


def badge_html(state: InstanceState, reason: str = "", detail: str = "") -> str:
    """Return the state as a badge, for ``st.html``; its colours are in ``style.css``.

    ``detail`` of the instance gives a restriction its end.
    """
    label = state_label(state, reason, detail, now=time.time())
    return coloured(label, "gray" if reason in BY_HAND else COLOURS[state])


def coloured(label: str, colour: Colour) -> str:
    """Return a badge with any words."""
    return f'<span class="wa-badge wa-{colour}">{escape_html(label)}</span>'
