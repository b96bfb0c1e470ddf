"""The state of an instance as words in a colour."""

from __future__ import annotations

import time
from typing import Final, Literal, TypeAlias

from core.models.instance import InstanceState, InstanceView
from pages.ui.escape import escape_html
from pages.ui.i18n import _
from pages.ui.texts.health import FAILS
from pages.ui.texts.instance_states import BY_HAND, MOVED, moved_out, state_label

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


def view_badge_html(view: InstanceView, *, brief: bool = False) -> str:
    """Return the state of ``view`` as a badge; a connection that does not send is no green one.

    ``brief``: a restriction without its end.
    """
    if view.sending.trouble is not None:
        return coloured(_(FAILS), "red")
    if moved_out(view):
        return coloured(_(MOVED), "orange")
    return badge_html(view.state, view.reason, "" if brief else view.detail)


def coloured(label: str, colour: Colour) -> str:
    """Return a badge with any words."""
    return f'<span class="wa-badge wa-{colour}">{escape_html(label)}</span>'
