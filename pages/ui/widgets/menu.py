"""A popover that a press inside it shuts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.state import Slot, nothing


def open_menu(label: str, *, key: str, icon: str, on_change: Callable[[], None] = nothing) -> DeltaGenerator:
    """Return a popover behind a button that shows ``icon`` alone; ``shut_menu`` shuts it.

    ``label`` is what a screen reader says of the button.
    """
    # Each time that it is shut, the next one is another to the browser. Told to shut the same one, it does so
    # only if the server had told it before that it is open: a press inside that came sooner left it open.
    turn = Slot(f"{key}-turn", int).get()
    with st.container(key=key):
        return st.popover(label, icon=icon, type="tertiary", key=f"{key}-{turn}", on_change=on_change)


def shut_menu(key: str) -> None:
    """Let the next draw of the menu begin shut, whatever the browser made of the last one meanwhile."""
    turn = Slot(f"{key}-turn", int)
    turn.set(turn.get() + 1)
