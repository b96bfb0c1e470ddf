"""The switch that rejects calls, and the text that callers then get."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.models.profile.own_profile import CALL_TEXT_LIMIT
from core.services.profile import own_profile
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.widgets import alert

_SWITCH: Final = "reject-calls"
_TEXT: Final = "reject-calls-text"
_SHOWN: Final = Slot("reject-calls-shown", str)
"""Instance and text that the field was last filled with: what is being typed is not overwritten."""
_FAILURE: Final = Slot("reject-calls-failure", str)


def draw_calls(view: InstanceView) -> None:
    """Draw the switch, and under it the text while it is on. Both are kept here, connected or not."""
    # What is stored is shown: another visitor may have switched it.
    st.session_state[_SWITCH] = view.reject_calls
    st.toggle(
        _("Reject calls automatically"),
        key=_SWITCH,
        help=_("The phone stops ringing too, and the caller sees that the call was declined."),
        on_change=_switch,
        args=(view.id,),
    )
    if view.reject_calls:
        _draw_text(view)
    alert.show(_FAILURE.pop())


def _draw_text(view: InstanceView) -> None:
    stored = f"{view.id} {view.reject_calls_text}"
    if _TEXT not in st.session_state or _SHOWN.get() != stored:
        st.session_state[_TEXT] = view.reject_calls_text
        _SHOWN.set(stored)
    st.text_area(
        _("Text for whoever called (optional)"),
        key=_TEXT,
        max_chars=CALL_TEXT_LIMIT,
        placeholder=_("I cannot take calls here. Please write to me."),
        on_change=_set_text,
        args=(view.id,),
    )
    st.caption(
        _("Each caller gets it once a day at most, within the limits on sending. Empty: nothing is sent.")
    )


def _switch(instance_id: str) -> None:
    on = bool(st.session_state[_SWITCH])
    _FAILURE.set(alert.problem_of(lambda: own_profile.set_call_rejection(instance_id, on=on)))


def _set_text(instance_id: str) -> None:
    text = str(st.session_state[_TEXT] or "")
    _FAILURE.set(alert.problem_of(lambda: own_profile.set_call_rejection(instance_id, text=text)))
