"""What became of the last send."""

from __future__ import annotations

import time

import streamlit as st

from core.models.message import SendState, SentMessage
from core.services import messages
from pages.ui.i18n import _
from pages.ui.sentences import say_send
from pages.ui.text import literal_markdown
from pages.ui.when import moment


def draw_result(sender_id: str, sent_from: str, request_id: str, refusal: str) -> None:
    """The send ``request_id`` of this visitor, or why there was none; nothing after a change of instance."""
    if sent_from != sender_id:
        return
    if refusal:
        st.error(refusal, icon=":material/error:")
        return
    found = [message for message in messages.recent_messages(sender_id) if message.request_id == request_id]
    for message in found:
        _draw(message)


def _draw(message: SentMessage) -> None:
    when = moment(message.settled_at or message.created_at, now=time.time())
    to = _("To {number}, {when}").format(
        number=f"**{literal_markdown(message.to_name or messages.show_number(message.to))}**", when=when
    )
    sentence = say_send(message.reason) if message.reason else None
    because = f"\n\n{sentence.what} {sentence.todo}".rstrip() if sentence else ""
    match message.state:
        case SendState.SENT:
            st.success(to, title=_("Received by WhatsApp's server ✓"), icon=":material/check_circle:")
        case SendState.FAILED:
            st.error(f"{to}{because}", title=_("Not sent"), icon=":material/error:")
        case SendState.UNCERTAIN:
            st.warning(f"{to}{because}", title=_("Not known whether it went out"), icon=":material/help:")
        case SendState.SENDING:
            st.info(to, title=_("Sending…"), icon=":material/schedule_send:")
