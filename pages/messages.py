"""Send a text by hand to one recipient, follow it until it is read, and see what arrives."""

from __future__ import annotations

import streamlit as st

from core.models.topic import Topic
from pages.ui.composer import draw_composer
from pages.ui.i18n import _
from pages.ui.inbox import draw_inbox, draw_inbox_head
from pages.ui.live import follow
from pages.ui.sender import draw_no_sender, pick_sender, redraw_on_change, senders
from pages.ui.sent_list import draw_sent

st.title(_("Send a test message"), anchor=False)
st.caption(_("One message to one person at a time. There is no bulk sending here, on purpose."))
drawn = senders()
sender = pick_sender(drawn)
if sender is None:
    draw_no_sender()
    follow(lambda: redraw_on_change(drawn), part="senders", every=10.0)
else:
    sender_id = sender.id
    follow(lambda: draw_composer(sender_id), part="composer", every=None)

    def live() -> None:
        """The last sends; and the whole page again when an instance comes or goes."""
        redraw_on_change(drawn)
        draw_sent(sender_id)

    follow(live, part="sent", every=10.0, topics=[Topic.MESSAGES, Topic.INSTANCES])
    draw_inbox_head(sender_id)
    follow(lambda: draw_inbox(sender_id), part="inbox", every=10.0, topics=[Topic.MESSAGES])
