"""What its owner does next with an instance: one verb for each state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.services import instances
from pages.ui.i18n import _
from pages.ui.instance.moved_out import draw_moved_out
from pages.ui.instance.restriction import draw_restriction
from pages.ui.links import new_conversation_address
from pages.ui.state import Slot
from pages.ui.texts.instance_states import VERBS, Verb, verb_of
from pages.ui.widgets import alert

_FAILURE: Final = Slot("verb-failure", str)
_ICONS: Final = {
    Verb.SCAN: ":material/qr_code_2:",
    Verb.START: ":material/play_arrow:",
    Verb.RECONNECT: ":material/sync:",
}


def draw_controls(view: InstanceView, *, tested: bool) -> None:
    """Draw the verbs of ``view``; once it was ``tested``, writing a message is what comes first."""
    verb = verb_of(view)
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        match verb:
            case Verb.SEE_QR:
                _button("stop", _("Cancel"), ":material/close:", instances.stop_instance, view.id)
            case Verb.NONE:
                if view.state is InstanceState.CONNECTED:
                    _draw_next_step(view, first=tested)
                _button("stop", _("Stop"), ":material/stop:", instances.stop_instance, view.id)
                _button("restart", _("Restart"), ":material/refresh:", instances.restart_instance, view.id)
            case Verb.MOVED_OUT:
                draw_moved_out(view, start=partial(_do, _start_confirmed, view.id))
            case Verb.WAIT:
                draw_restriction(view, start=partial(_do, instances.start_instance, view.id))
            case _:
                key = "new-batch" if view.reason == "qr-expired" else "start"
                _button(key, _(VERBS[verb]), _ICONS[verb], instances.start_instance, view.id)
    alert.show(_FAILURE.pop())


def _draw_next_step(view: InstanceView, *, first: bool) -> None:
    """Draw the way to a new conversation; the ``first`` thing to do stands out."""
    with st.container(key="next-step" if first else "later-step", width="content"):
        label, target = _("Send a message"), new_conversation_address(view.id)
        st.page_link("messages.py", label=label, icon=":material/send:", query_params=target)


def _button(key: str, label: str, icon: str, verb: Callable[[str], None], instance_id: str) -> None:
    kind: Literal["primary", "secondary"] = "secondary" if key in {"stop", "restart"} else "primary"
    st.button(label, key=key, icon=icon, type=kind, on_click=_do, args=(verb, instance_id))


def _start_confirmed(instance_id: str) -> None:
    instances.start_instance(instance_id, confirmed=True)


def _do(verb: Callable[[str], None], instance_id: str) -> None:
    _FAILURE.set(alert.problem_of(lambda: verb(instance_id)))
