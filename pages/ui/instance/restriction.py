"""An account that WhatsApp restricted for a time: waiting comes first, trying again with a warning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.texts.instance_states import Verb, verb_of


@dataclass(frozen=True, slots=True)
class _Restriction:
    """Which one this visitor has read about."""

    instance_id: str = ""
    since: float = 0.0


_READ: Final = Slot("restriction-read", _Restriction)


def is_waiting(view: InstanceView) -> bool:
    """Return whether the visitor has read of the restriction that ``view`` is under, and waits."""
    return verb_of(view) is Verb.WAIT and _READ.get() == _Restriction(view.id, view.since)


def draw_restriction(view: InstanceView, *, start: Callable[[], None]) -> None:
    """Draw what can be done under a restriction; ``start`` is called after the warning was confirmed."""
    waits = is_waiting(view)
    if not waits:
        st.button(
            _("Got it, I will wait"),
            key="wait",
            icon=":material/hourglass_top:",
            type="primary",
            on_click=_READ.set,
            args=(_Restriction(view.id, view.since),),
        )
    if st.button(_("Try now"), key="start", type="tertiary" if waits else "secondary"):
        _ask(start)


def _ask(start: Callable[[], None]) -> None:
    def body() -> None:
        st.markdown(
            _("WhatsApp still restricts this account. Trying before the end can make the restriction longer.")
        )
        with st.container(horizontal=True):
            kept = st.button(_("Go on waiting"), key="start-not", type="primary")
            tried = st.button(_("Try all the same"), key="start-anyway", on_click=start)
        if kept or tried:
            st.rerun()

    st.dialog(_("Try before the restriction ends?"), icon=":material/warning:")(body)()
