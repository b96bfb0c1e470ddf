"""The strip above the box: which message is answered or edited, with a cross to leave it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.conversations import Conversation
from pages.ui.conversations.drafts import Draft, Quote, leave_reply, place_of
from pages.ui.escape import escape_html, isolated_html
from pages.ui.i18n import _
from pages.ui.presentation import shown_number
from pages.ui.texts.message_kinds import KINDS
from pages.ui.widgets.symbol import symbol_html

_WORDS: Final = 160
"""Characters of the message that are shown; the style cuts what is too wide."""


def draw_strip(conversation: Conversation, draft: Draft) -> None:
    """Draw what the next message of ``conversation`` answers, or which of its own it changes."""
    quote = draft.edit or draft.reply
    if quote is None:
        st.empty()
        return
    symbol = symbol_html("edit" if draft.edit else "reply")
    with st.container(
        key="reply-strip", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        words = isolated_html(" ".join(_words(quote).split())[:_WORDS])
        head = _head(draft, quote)
        st.html(
            f'<p class="wa-strip">{symbol}<span><strong>{head}</strong> {words}</span></p>', width="stretch"
        )
        st.button(
            _("Do not edit it") if draft.edit else _("Do not answer it"),
            key="reply-leave",
            icon=":material/close:",
            type="tertiary",
            on_click=leave_reply,
            args=(place_of(conversation),),
        )


def _head(draft: Draft, quote: Quote) -> str:
    """Return what is done with the message, as HTML."""
    if draft.edit:
        return escape_html(_("Editing:"))
    who = shown_number(quote.who) if quote.who.isdecimal() else quote.who
    if who:
        return escape_html(_("Answer to {whom}:")).replace("{whom}", isolated_html(who))
    return escape_html(_("Answer to your message:") if quote.reference.from_me else _("Answer:"))


def _words(quote: Quote) -> str:
    kind = quote.reference.kind
    return quote.reference.text or (_(KINDS[kind].label) if kind is not None and kind in KINDS else "")
