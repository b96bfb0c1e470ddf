"""Whether the other side may see that something is being typed: only if the visitor wants that."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.services import conversations, presence
from pages.ui.conversations.drafts import Place
from pages.ui.conversations.writing.box import place_named
from pages.ui.i18n import _
from pages.ui.state import Slot, nothing
from pages.ui.widgets import alert

_SHOWN: Final = Slot("typing-shown", bool)
"""For this visit; nothing is shown before it is asked for."""
_AT: Final = Slot[Place | None]("typing-at", nothing)
"""Where something is shown as being typed."""


def is_shown() -> bool:
    """Return whether the other side is told."""
    return _SHOWN.get()


def draw_switch() -> None:
    """Draw the switch, which is off until it is pressed."""
    with st.container(key="show-typing"):
        st.toggle(
            _("Show that I am typing"),
            value=is_shown(),
            key=f"show-typing-{is_shown()}",
            help=_("The other side then reads “typing…”. The phone may stay silent meanwhile."),
            on_change=_switch,
        )


def note_typing(name: str) -> None:
    """Show that something is typed in the place that the browser names so; empty for nowhere any more."""
    place = place_named(name) if name and is_shown() else None
    before = _AT.get()
    if before is not None and before != place:
        _show(before, on=False)
    if place is not None:
        _show(place, on=True)
    _AT.set(place)


def _switch() -> None:
    _SHOWN.set(not is_shown())
    if not is_shown():
        note_typing("")


def _show(place: Place, *, on: bool) -> None:
    # Nothing hangs on it: what cannot be shown is not shown.
    alert.problem_of(lambda: presence.show_typing(place[0], conversations.get(*place).address, on))
