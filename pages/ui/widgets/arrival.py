"""What a person should know of an instance that was just brought here, until they have read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from pages.ui.i18n import _
from pages.ui.state import Slot


@dataclass(frozen=True, slots=True)
class _Arrival:
    instance_id: str = ""
    lines: tuple[str, ...] = ()
    """Markdown."""


_ARRIVAL: Final = Slot("arrival", _Arrival)


def note_arrival(instance_id: str, lines: Sequence[str]) -> None:
    """Keep, for the page of that instance, that it was brought here, and what did not come along."""
    _ARRIVAL.set(_Arrival(instance_id, tuple(lines)))


def draw_arrival(view: InstanceView) -> None:
    """Draw what was noted for the instance; nothing else, and nothing once it was read.

    Nor where WhatsApp has ended the session: that it connects without a QR code would be untrue.
    """
    arrival = _ARRIVAL.get()
    if arrival.instance_id != view.id or view.state is InstanceState.LOGGED_OUT:
        return
    with st.container(key="arrival", border=True, gap="small"):
        st.markdown(_("It was brought here with its session, and connects without a QR code."))
        st.markdown(_("Keep the other system stopped: started again, it would throw this one out."))
        if arrival.lines:
            st.markdown(_("What did not come along:"))
            st.markdown("\n".join(f"- {line}" for line in arrival.lines))
        st.button(_("Understood"), key="arrival-read", on_click=_ARRIVAL.clear)
