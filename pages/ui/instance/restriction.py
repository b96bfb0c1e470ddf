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
_ASKING: Final = Slot("restriction-start-asking", str)
"""Id of the instance whose owner is asked whether to try all the same."""


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
    if _ASKING.get() == view.id:
        _ask(start)
    else:
        st.button(
            _("Try now"),
            key="start",
            type="tertiary" if waits else "secondary",
            on_click=_ASKING.set,
            args=(view.id,),
        )


def _ask(start: Callable[[], None]) -> None:
    """Ask in its place: this part is drawn anew with each change, which would shut a dialog."""

    def tried() -> None:
        _ASKING.clear()
        start()

    with st.container(border=True, key="start-ask"):
        st.markdown(
            _("WhatsApp still restricts this account. Trying before the end can make the restriction longer.")
        )
        with st.container(horizontal=True):
            st.button(_("Go on waiting"), key="start-not", type="primary", on_click=_ASKING.clear)
            st.button(_("Try all the same"), key="start-anyway", on_click=tried)
