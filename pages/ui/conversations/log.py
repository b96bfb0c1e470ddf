"""The log, for who tests: each step of what was sent, and all that arrived, with filters and as files."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.models.topic import Topic
from pages.ui.conversations.sender import Sender, draw_sender, redraw_on_change
from pages.ui.i18n import _
from pages.ui.links import LOG, VIEW, address_of
from pages.ui.live import live_fragment
from pages.ui.messages.inbox import draw_inbox, draw_inbox_head
from pages.ui.messages.sent_list import draw_sent

_TOPICS: Final = (Topic.MESSAGES, Topic.INSTANCES)


def draw_log_link(instance_id: str) -> None:
    """Draw the way to an instance's log."""
    address = {**address_of(instance_id), VIEW: LOG}
    st.page_link("messages.py", label=_("Log"), icon=":material/receipt_long:", query_params=address)


def log_is_open() -> bool:
    """Return whether the page's address asks for the log."""
    return st.query_params.get(VIEW) == LOG


def draw_log(sender: Sender, views: tuple[InstanceView, ...]) -> None:
    """Draw what an instance sent and received, which follows by itself."""
    with st.container(key="log", gap="medium"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="log-head"):
            with st.container(key="back", width="content"):
                st.page_link(
                    "messages.py",
                    label=_("Back to the conversations"),
                    icon=":material/arrow_back:",
                    query_params=address_of(sender.instance_id) if sender.instance_id else None,
                )
            st.title(_("Log"), anchor=False, width="content")
        draw_sender(views)
        if not sender.instance_id:
            st.info(_("Choose the sending number to see its messages."), icon=":material/inbox:")
        live_fragment(lambda: _draw_sent(sender, views), part="sent", every=10.0, topics=_TOPICS)
        if sender.instance_id:
            draw_inbox_head(sender.instance_id)
            live_fragment(lambda: draw_inbox(sender), part="inbox", every=10.0, topics=[Topic.MESSAGES])


def _draw_sent(sender: Sender, views: tuple[InstanceView, ...]) -> None:
    redraw_on_change(views)
    if sender.instance_id:
        draw_sent(sender)
