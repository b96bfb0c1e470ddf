"""The page in two parts: the list of conversations; beside it, or on a phone in its place, one of them."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import UnknownInstanceError
from core.models.conversations import Conversation
from core.models.instance import InstanceView
from core.services import recipients
from pages.ui.conversations.composer import draw_composer
from pages.ui.conversations.head import draw_head
from pages.ui.conversations.log import draw_log_link
from pages.ui.conversations.new_conversation import begin_if_asked, draw_new_button, draw_new_conversation
from pages.ui.conversations.opened import PANE, follow_address, leave_conversation, opened, opened_id
from pages.ui.conversations.sender import Sender, draw_sender, redraw_on_change
from pages.ui.conversations.thread import draw_thread
from pages.ui.conversations.thread_list import draw_thread_list
from pages.ui.escape import escape_html
from pages.ui.i18n import _
from pages.ui.live import live_fragment
from pages.ui.widgets import alert
from pages.ui.widgets.symbol import symbol_html


def draw_conversations(sender: Sender, views: tuple[InstanceView, ...]) -> None:
    """Draw the conversations of ``sender``; without one, the choice among ``views``."""
    follow_address(sender.instance_id)
    begin_if_asked()
    with st.container(key="panes", gap=None):
        with st.container(key="threads-pane", gap=None):
            with st.container(key="threads-head", gap="small"):
                _draw_title(sender)
                draw_sender(views)
            _draw_list(sender, views)
        with st.container(key="talk-pane", gap=None):
            live_fragment(lambda: _draw_open(sender.instance_id), part=PANE, every=None)
    draw_new_conversation(sender.instance_id)


def _draw_title(sender: Sender) -> None:
    with _row("threads-title"):
        st.title(_("Conversations"), anchor=False, width="stretch")
        if sender.instance_id:
            with st.container(key="log-link", width="content"):
                draw_log_link(sender.instance_id)
            draw_new_button()


def _row(key: str) -> DeltaGenerator:
    return st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=key)


def _draw_list(sender: Sender, views: tuple[InstanceView, ...]) -> None:
    if sender.instance_id:
        draw_thread_list(sender.instance_id, watch=lambda: redraw_on_change(views))
        return
    with st.container(key="threads-empty", horizontal_alignment="center"):
        words = escape_html(_("Choose the number whose conversations you want to see."))
        st.html(f'<p class="wa-empty">{symbol_html("smartphone")}<span>{words}</span></p>')
    live_fragment(lambda: redraw_on_change(views), part="senders", every=10.0)


def _draw_open(instance_id: str) -> None:
    """Draw the conversation that is open, or that none is."""
    found: list[Conversation | None] = []
    problem = alert.problem_of(lambda: found.append(opened(instance_id)), passing=(UnknownInstanceError,))
    conversation = found[0] if found else None
    if conversation is None:
        problem = problem or (_gone() if instance_id and opened_id() else "")
        if problem or instance_id:  # before a number is chosen, the list says what to do first
            _draw_none(problem)
        return
    if not conversation.group:
        recipients.face(instance_id, conversation.number, ask=True)
    with st.container(key="talk", gap=None):
        with _row("talk-head"):
            _draw_back()
            draw_head(conversation)
        with st.container(key="talk-thread", gap=None):
            draw_thread(conversation)
        with st.container(key="talk-composer", gap=None):
            draw_composer(conversation)


def _draw_none(problem: str) -> None:
    """Say what to do where no conversation is open; on a phone, only why the one of the address is not."""
    with st.container(key="talk-none" if not problem else "talk-gone", horizontal_alignment="center"):
        if problem:
            alert.show(problem)
            _draw_back()
            return
        words = escape_html(_("Choose a conversation, or start a new one."))
        st.html(f'<p class="wa-empty">{symbol_html("forum")}<span>{words}</span></p>')


def _gone() -> str:
    return _("This conversation is not here any more. Choose another one.")


def _draw_back() -> None:
    st.button(
        _("Back to the conversations"),
        key="back-to-list",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=leave_conversation,
    )
