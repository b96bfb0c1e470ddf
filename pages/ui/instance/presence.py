"""What others see of the account, when it last showed itself, and the silence of its phone."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.models.instance import InstanceState, InstanceView, PhoneSilence, PresenceMode
from core.services import instances
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_time
from pages.ui.i18n import N_, _
from pages.ui.state import Slot
from pages.ui.texts.phone_silence import phone_is_silent, phone_next_step
from pages.ui.widgets import alert

_FAILURE: Final = Slot("presence-failure", str)
_MODES: Final = {
    PresenceMode.AUTOMATIC: (
        N_("Automatic: for a minute, once a day"),
        N_("Recommended. WhatsApp sees that it is in use, and the phone rings as always."),
    ),
    PresenceMode.NEVER: (
        N_("Never"),
        N_("The phone rings as always, but WhatsApp may disconnect the instance after 14 days."),
    ),
    PresenceMode.ALWAYS: (
        N_("Always, while it is connected"),
        N_("Contacts see you online, and the phone does not notify you of new messages."),
    ),
}
"""What each is called, and what it does to the owner's phone."""


def draw_phone_silence(view: InstanceView) -> None:
    """Draw what the owner is to do about a phone that gives no sign; nothing while it does."""
    now = time.time()
    silence = view.phone_silence(now=now)
    if silence is PhoneSilence.NONE:
        return
    silent, then = phone_is_silent(view, now=now), phone_next_step(silence)
    with st.container(key="phone-silence"):
        if silence is PhoneSilence.URGENT:
            alert.show(f"**{silent}** {then}")
        else:
            st.warning(f"{silent} {then}", icon=":material/phone_android:")


def draw_presence(view: InstanceView) -> None:
    """Draw when the account last showed itself, and the choices of what others see."""
    with st.container(key="last-shown"):
        st.markdown(small(escape_markdown(_last_shown(view))))
    with st.expander(_("What others see"), key="presence", icon=":material/visibility:"):
        _draw_mode(view)
        _draw_receipts(view)
        alert.show(_FAILURE.pop())


def _last_shown(view: InstanceView) -> str:
    if view.presence is PresenceMode.ALWAYS and view.state is InstanceState.CONNECTED and view.last_shown:
        return _("It appears as online now.")
    if view.last_shown is None:
        if view.presence is PresenceMode.AUTOMATIC:
            return _("It has not appeared as online yet: it will by itself, soon after it is connected.")
        return _("It has not appeared as online yet.")
    return _("Last appeared as online: {when}").format(when=format_time(view.last_shown, now=time.time()))


def _draw_mode(view: InstanceView) -> None:
    # What is stored is what is shown, also after a change in another window.
    st.session_state["presence-mode"] = view.presence.value
    st.radio(
        _("When it appears as online"),
        [mode.value for mode in _MODES],
        key="presence-mode",
        format_func=lambda mode: _(_MODES[PresenceMode(mode)][0]),
        captions=[_(caption) for _label, caption in _MODES.values()],
        on_change=_set_mode,
        args=(view.id,),
    )


def _draw_receipts(view: InstanceView) -> None:
    st.session_state["presence-receipts"] = view.receipts
    st.toggle(
        _("Show ✓✓ to those who write, even with the phone off"),
        key="presence-receipts",
        help=_("Without this, ✓✓ appears to them only when the message is on the phone too."),
        on_change=_set_receipts,
        args=(view.id,),
    )


def _set_mode(instance_id: str) -> None:
    mode = PresenceMode(st.session_state["presence-mode"])
    _FAILURE.set(alert.problem_of(lambda: instances.set_presence_mode(instance_id, mode)))


def _set_receipts(instance_id: str) -> None:
    on = bool(st.session_state["presence-receipts"])
    _FAILURE.set(alert.problem_of(lambda: instances.set_receipts(instance_id, on)))
