"""Everything that changes by itself on the page of one instance: its state, its pairing, start and stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView
from core.services import instances
from core.services.phone_numbers import show_number
from pages.ui.badge import badge_html
from pages.ui.escape import escape_markdown
from pages.ui.formats import format_age, format_iso_time, format_time, seconds_left
from pages.ui.i18n import _
from pages.ui.instance.pairing import draw_pairing
from pages.ui.links import address_of
from pages.ui.state import Slot
from pages.ui.texts.instance_states import BANS, BY_HAND, VERBS, shows_codes, verb_of, view_message
from pages.ui.widgets import alert

_FAILURE: Final = Slot("verb-failure", str)
# A countdown is redrawn as often as it changes; of other changes the server tells.
_PACES: Final = {InstanceState.PAIRING: 0.5, InstanceState.RECONNECTING: 1.0, InstanceState.CONNECTED: 5.0}
_PACE_S: Final = 10.0
_ALARMING: Final = frozenset({InstanceState.LOGGED_OUT, InstanceState.FAILED})
_COUNTED_S: Final = 90
"""A next try is counted down from here; before, its time of day is said."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the parts of the page that are not redrawn by themselves were drawn for."""

    state: InstanceState
    name: str
    linked: bool


def frame_of(view: InstanceView) -> Frame:
    """Return what they are drawn for while ``view`` is as it is now."""
    return Frame(view.state, view.name, view.linked)


def pace(state: InstanceState) -> float:
    """Return the seconds between two draws of an instance in ``state`` when nothing changes."""
    return _PACES.get(state, _PACE_S)


def draw_instance(instance_id: str, *, frame: Frame) -> None:
    """Draw the instance as it is now; the whole page anew when what surrounds this no longer fits.

    Raises UnknownInstanceError when the instance is gone.
    """
    view = instances.get_instance(instance_id)
    if frame_of(view) != frame:
        st.rerun()
    now = time.time()
    _draw_status(view, now=now)
    if shows_codes(view):
        draw_pairing(view, now=now)
    _draw_controls(view)


def _draw_status(view: InstanceView, *, now: float) -> None:
    with st.container(key="status", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(badge_html(view.state, view.reason, view.detail), width="content")
            if view.phone:
                st.markdown(f"**{escape_markdown(show_number(view.phone))}**", width="content")
            st.caption(
                _("in this state since {when}").format(when=format_time(view.since, now=now)), width="content"
            )
            if view.state is InstanceState.CONNECTED and view.last_data_at is not None:
                st.caption(
                    _("last heard from WhatsApp {ago}").format(ago=format_age(view.last_data_at, now=now)),
                    width="content",
                    help=_("When something last came in from WhatsApp over this connection."),
                )
        text = _explanation(view, now=now)
        if view.state in _ALARMING and view.reason not in BY_HAND:
            alert.show(text)
        elif view.reason:
            st.warning(text, icon=":material/info:")
        else:
            st.markdown(text)


def _explanation(view: InstanceView, *, now: float) -> str:
    """Return cause, times and what to do, as Markdown."""
    message = view_message(view)
    facts = [message.what]
    if view.reason in BANS and (until := format_iso_time(view.detail, now=now)):
        facts.append(_("It ends: {when}.").format(when=until))
    if view.next_try_at is not None and (wait := seconds_left(view.next_try_at, now=now)):
        if wait > _COUNTED_S:
            facts.append(_("Next try: {when}.").format(when=format_time(view.next_try_at, now=now)))
        else:
            facts.append(_("Next try in {seconds} s.").format(seconds=wait))
    return " ".join((*facts, message.next_step)).strip()


def _draw_controls(view: InstanceView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        if view.state is InstanceState.CONNECTED:
            label, target = _("Send a message"), address_of(view.id)
            with st.container(key="next-step", width="content"):
                st.page_link("messages.py", label=label, icon=":material/send:", query_params=target)
        if shows_codes(view):
            _verb_button("stop", _("Cancel"), ":material/close:", instances.stop_instance, view.id)
        elif view.state.running:
            _verb_button("stop", _("Stop"), ":material/stop:", instances.stop_instance, view.id)
            _verb_button("restart", _("Restart"), ":material/refresh:", instances.restart_instance, view.id)
        elif view.reason == "qr-expired":
            label = _(VERBS[verb_of(view)])
            _verb_button("new-batch", label, ":material/qr_code_2:", instances.start_instance, view.id)
        else:
            _verb_button(
                "start", _(VERBS[verb_of(view)]), ":material/play_arrow:", instances.start_instance, view.id
            )
    alert.show(_FAILURE.pop())


def _verb_button(key: str, label: str, icon: str, verb: Callable[[str], None], instance_id: str) -> None:
    primary = key not in {"stop", "restart"}
    st.button(
        label,
        key=key,
        icon=icon,
        type="primary" if primary else "secondary",
        on_click=_do,
        args=(verb, instance_id),
    )


def _do(verb: Callable[[str], None], instance_id: str) -> None:
    _FAILURE.set(alert.problem_of(lambda: verb(instance_id)))
