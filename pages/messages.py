"""The page Conversas: who one talks with, what was said, and a box to write in; and the log behind it."""

from __future__ import annotations

from pages.ui.conversations.layout import draw_conversations
from pages.ui.conversations.log import draw_log, log_is_open
from pages.ui.conversations.sender import draw_no_sender, redraw_on_change, sender_of, senders
from pages.ui.live import live_fragment

views = senders()
sender = sender_of(views)
if sender is None:
    draw_no_sender()
    live_fragment(lambda: redraw_on_change(views), part="senders", every=10.0)
elif log_is_open():
    draw_log(sender, views)
else:
    draw_conversations(sender, views)
