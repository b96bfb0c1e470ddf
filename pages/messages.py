"""The messages page: send one by hand to one recipient, follow it until it is read, see what arrives."""

from __future__ import annotations

import streamlit as st

from core.models.topic import Topic
from pages.ui.i18n import _
from pages.ui.live import live_fragment
from pages.ui.messages.answering import redraw_for_answer
from pages.ui.messages.composer import draw_composer
from pages.ui.messages.inbox import draw_inbox, draw_inbox_head
from pages.ui.messages.sender import draw_no_sender, pick_sender, redraw_on_change, senders
from pages.ui.messages.sent_list import draw_sent

st.title(_("Send a test message"), anchor=False)
st.caption(_("One message to one person or group at a time. There is no bulk sending here, on purpose."))
drawn = senders()
# Each part has a place of its own: what comes and goes above it does not take away what is being typed.
with st.container(key="sender", gap="small"):
    sender = pick_sender(drawn)
if sender is None:
    draw_no_sender()
    live_fragment(lambda: redraw_on_change(drawn), part="senders", every=10.0)
else:
    chosen = sender
    with st.container(key="composer"):
        live_fragment(lambda: draw_composer(chosen), part="composer", every=None)

    def live() -> None:
        """Draw the last sends; the whole page again when an instance comes or goes."""
        redraw_on_change(drawn)
        redraw_for_answer()
        if chosen.instance_id:
            draw_sent(chosen)

    def live_inbox() -> None:
        """Draw the inbox, or the whole page for an answer to what is in it."""
        redraw_for_answer()
        draw_inbox(chosen)

    live_fragment(live, part="sent", every=10.0, topics=[Topic.MESSAGES, Topic.INSTANCES])
    if chosen.instance_id:
        draw_inbox_head(chosen.instance_id)
        live_fragment(live_inbox, part="inbox", every=10.0, topics=[Topic.MESSAGES])
    else:
        hint = _("Choose the sending number to see its messages.")
        st.info(hint, icon=":material/inbox:")
