"""An instance whose session another system has: it starts here only after a warning was confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from pages.ui.i18n import _
from pages.ui.state import Slot

_ASKING: Final = Slot("moved-out-start-asking", str)
"""Id of the instance whose owner is asked whether to start it all the same."""


def draw_moved_out(view: InstanceView, *, start: Callable[[], None]) -> None:
    """Draw the start of an instance that was moved away; ``start`` is called after it was confirmed."""
    if _ASKING.get() == view.id:
        _ask(start)
        return
    st.button(
        _("Start here again"),
        key="start",
        icon=":material/play_arrow:",
        on_click=_ASKING.set,
        args=(view.id,),
    )


def _ask(start: Callable[[], None]) -> None:
    """Ask in its place: this part is drawn anew with each change, which would shut a dialog."""

    def confirmed() -> None:
        _ASKING.clear()
        start()

    with st.container(border=True, key="start-ask"):
        st.markdown(
            _(
                "Stop the other system for good first. Two systems with one session take it from each other, "
                "and messages get lost."
            )
        )
        with st.container(horizontal=True):
            st.button(_("Leave it stopped"), key="start-not", type="primary", on_click=_ASKING.clear)
            st.button(_("It is stopped there: start here"), key="start-anyway", on_click=confirmed)
