"""Which conversation is open. The page's address says it, so that a reload and the way back mean the same."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import streamlit as st

from core.errors import AppError, UnknownConversationError
from core.models.conversations import Conversation, ThreadMessage
from core.services import conversations
from pages.ui.conversations.drafts import set_reply
from pages.ui.links import CONVERSATION_ID, INSTANCE_ID, VIEW
from pages.ui.live import redraw
from pages.ui.state import Slot

LIST: Final = "threads"
PANE: Final = "pane"
"""The parts of the page: the list of conversations, and the one that is open."""
_OPENED: Final = Slot("conversation-open", str)
"""The id. A part that redraws itself may come with an older address."""
_TURN: Final = Slot("conversation-turn", int)


def follow_address(instance_id: str) -> None:
    """Open what the page's address names, of this instance; for the beginning of a whole run."""
    asked = st.query_params.get(CONVERSATION_ID, "")
    if asked != _OPENED.get():
        _note(asked)
    with suppress(AppError):  # the part that shows it says so
        opened(instance_id)


def opened_id() -> str:
    """Return the id of the conversation that is open; empty for none."""
    return _OPENED.get()


def turn() -> int:
    """Return how many conversations were opened or left so far."""
    return _TURN.get()


def opened(instance_id: str) -> Conversation | None:
    """Return the conversation of this instance that is open; None when none is, or it is gone.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    if not (instance_id and _OPENED.get()):
        return None
    try:
        conversation = conversations.get(instance_id, _OPENED.get())
    except UnknownConversationError:
        return None
    _OPENED.set(conversation.id)  # it may have been joined to another
    return conversation


def note_opened(instance_id: str, conversation_id: str) -> None:
    """Open a conversation with the next drawing of its part of the page, or of all of it."""
    st.query_params.pop(VIEW, None)
    st.query_params.update({INSTANCE_ID: instance_id, CONVERSATION_ID: conversation_id})
    _note(conversation_id)


def open_conversation(instance_id: str, conversation_id: str) -> None:
    """Open a conversation: for the callback of a press, as its last step."""
    note_opened(instance_id, conversation_id)
    redraw(PANE)


def answer_in(conversation: Conversation, message: ThreadMessage) -> None:
    """Open a conversation with ``message`` of it to be answered; a callback as above."""
    note_opened(conversation.instance_id, conversation.id)
    set_reply(conversation, message)


def leave_conversation() -> None:
    """Open none any more; a callback as above."""
    st.query_params.pop(CONVERSATION_ID, None)
    _note("")
    redraw(PANE, LIST)


def _note(conversation_id: str) -> None:
    _OPENED.set(conversation_id)
    _TURN.set(_TURN.get() + 1)
