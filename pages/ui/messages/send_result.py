"""How the last send went."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.messages import SendState, SentMessage
from core.services import messages
from pages.ui.escape import isolated_markdown
from pages.ui.formats import format_time
from pages.ui.i18n import _
from pages.ui.messages.known_names import known_names
from pages.ui.presentation import shown_number
from pages.ui.state import Slot
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets import alert


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is shown of a press; texts are Markdown."""

    sender_id: str = ""
    """The instance it is about; when none is chosen any more it is shown all the same."""
    request_id: str = ""
    refusal: str = ""
    """Why nothing was sent."""
    note: str = ""
    """What else there is to know of what was sent."""


_DRAWN: Final = Slot("send-result-drawn", lambda: ("", ""))
"""Request id of the send that is shown, and what was in the form when it was drawn first; "" for no more."""


def draw_result(sender_id: str, outcome: Outcome, *, form: str) -> None:
    """Draw the send of this visitor, or why there was none; nothing after another instance was chosen.

    That it went out is shown until the form, whose contents are ``form``, holds anything of the next message.
    """
    if sender_id and outcome.sender_id != sender_id:
        return
    if outcome.refusal:
        alert.show(outcome.refusal)
        return
    if not sender_id:
        return
    sent = messages.recent_messages(sender_id)
    begun = _next_is_begun(outcome, form)
    for message in (message for message in sent if message.request_id == outcome.request_id):
        done = message.state is SendState.SENT
        if done and begun:
            return
        with st.container(key="send-done" if done else None):
            _draw(message)
            if outcome.note:
                st.info(outcome.note, icon=":material/info:")


def _next_is_begun(outcome: Outcome, form: str) -> bool:
    request_id, before = _DRAWN.get()
    if request_id != outcome.request_id:
        before = form
    _DRAWN.set((outcome.request_id, before if form == before else ""))
    return form != before


def _draw(message: SentMessage) -> None:
    when = format_time(message.settled_at or message.created_at, now=time.time())
    number = message.to_name or shown_number(message.to)
    name = "" if message.to_name else known_names(message.instance_id, [message.to]).get(message.to, "")
    whom = " · ".join(f"**{isolated_markdown(part)}**" for part in (name, number) if part)
    to = _("To {number}, {when}").format(number=whom, when=when)
    because = f"\n\n{outcome_message(message.reason).text}" if message.reason else ""
    match message.state:
        case SendState.SENT:
            st.success(to, title=_("Sent ✓"), icon=":material/check_circle:")
        case SendState.FAILED:
            st.error(f"{to}{because}", title=_("Not sent"), icon=":material/error:")
        case SendState.UNCERTAIN:
            st.warning(f"{to}{because}", title=_("Not known whether it went out"), icon=":material/help:")
        case SendState.SENDING:
            st.info(to, title=_("Sending…"), icon=":material/schedule_send:")
