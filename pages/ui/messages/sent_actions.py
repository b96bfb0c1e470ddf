"""What one can do with a message that was sent: answer, react, edit, delete for everybody, send it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import uuid4

import streamlit as st

from core.models.content import ABOUT_ANOTHER, Content, Kind
from core.models.messages import SendState, SentMessage
from core.services import chats, messages
from core.services.message_validation import DELETE_WITHIN_S, EDIT_WITHIN_S
from pages.ui.i18n import N_, _
from pages.ui.messages.answering import answer
from pages.ui.messages.sender import Sender
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets.press import problem_of

_OPEN: Final = "sent-open"
"""The message whose action is asked about, and which action."""
_NEXT: Final = "sent-next"
"""Names the send that an action would make; a press belongs to the name that it was drawn with."""
_OUTCOME: Final = "sent-outcome"
REACTIONS: Final = ("👍", "❤️", "😂", "😮", "😢", "🙏")
ANSWER, REACT, EDIT, DELETE, RESEND = "answer", "react", "edit", "delete", "resend"
_LABELS: Final = {
    ANSWER: N_("Answer"),
    REACT: N_("React"),
    EDIT: N_("Edit"),
    DELETE: N_("Delete for everybody"),
    RESEND: N_("Send again"),
}


def draw_actions(sender: Sender, message: SentMessage, *, deleted: bool) -> None:
    """A menu with what can be done with ``message`` now, and the action that is open."""
    offered = _offered(message, deleted=deleted)
    if not offered:
        return
    st.menu_button(
        _("Actions"),
        offered,
        key=f"act-{message.request_id}",
        format_func=lambda action: _(_LABELS[action]),
        type="tertiary",
        icon=":material/more_horiz:",
        on_click=_choose,
        args=(sender, message, _next_name()),
    )
    opened, action = st.session_state.get(_OPEN, ("", ""))
    if opened == message.request_id and action in offered:
        with st.container(border=True, key="sent-action"):
            _draw_open(sender, message, action)
    about, refusal = st.session_state.get(_OUTCOME, ("", ""))
    if about == message.request_id:
        st.error(refusal, icon=":material/error:")


def _offered(message: SentMessage, *, deleted: bool) -> list[str]:
    out = message.state is SendState.SENT and bool(message.message_id) and not deleted
    age = time.time() - message.created_at
    offered = [ANSWER, REACT] if out else []
    if out and message.content.kind is Kind.TEXT and age < EDIT_WITHIN_S:
        offered.append(EDIT)
    if out and age < DELETE_WITHIN_S:
        offered.append(DELETE)
    file = message.content.file
    if message.state is not SendState.SENDING and message.content.kind not in ABOUT_ANOTHER:
        offered += [RESEND] if file is None or file.remote else []
    return offered


def _choose(sender: Sender, message: SentMessage, name: str) -> None:
    state = st.session_state
    action = state.get(f"act-{message.request_id}")
    state[_OUTCOME] = ("", "")
    if action == ANSWER:
        about, group = chats.reference_to(message), message.to_name or _("Group")
        answer(message.instance_id, _to(message), about, _("your message"), group_name=group)
    elif action == RESEND:
        _resend(sender, message, name)
    else:
        state[_OPEN] = (message.request_id, action)
        if action == EDIT:
            state[f"edit-text-{message.request_id}"] = message.content.text


def _draw_open(sender: Sender, message: SentMessage, action: str) -> None:
    # Keys carry the message: a press on what is drawn for one never counts for another.
    of, press = message.request_id, (sender, message, _next_name())
    if action == REACT:
        columns = st.container(horizontal=True, gap="xsmall")
        for number, emoji in enumerate(REACTIONS):
            columns.button(emoji, key=f"react-{number}-{of}", on_click=_react, args=(*press, emoji))
        columns.button(_("Take back"), key=f"react-none-{of}", on_click=_react, args=(*press, ""))
    elif action == EDIT:
        st.container(key="edit-text").text_area(_("New words"), key=f"edit-text-{of}", height=100)
        save = st.container(key="edit-save")
        save.button(_("Save"), key=f"edit-save-{of}", type="primary", on_click=_edit, args=press)
    else:
        st.markdown(_("Delete this message for everybody? It cannot be undone."))
        delete = st.container(key="delete-sent")
        delete.button(_("Delete"), key=f"delete-sent-{of}", type="primary", on_click=_delete, args=press)
    st.button(_("Cancel"), key="sent-cancel", type="tertiary", on_click=_close)


def _react(sender: Sender, message: SentMessage, name: str, emoji: str) -> None:
    _send(sender, message, Content(Kind.REACTION, text=emoji), name)


def _edit(sender: Sender, message: SentMessage, name: str) -> None:
    words = str(st.session_state.get(f"edit-text-{message.request_id}") or "")
    _send(sender, message, Content(Kind.EDIT, text=words), name)


def _delete(sender: Sender, message: SentMessage, name: str) -> None:
    _send(sender, message, Content(Kind.DELETE), name)


def _send(sender: Sender, message: SentMessage, content: Content, name: str) -> None:
    """Once for each name; the second half of a double press gets the outcome of the first."""
    about = replace(content, about=chats.reference_to(message))
    _try(
        message,
        lambda: messages.send(
            message.instance_id, to=_to(message), content=about, request_id=name, account=sender.phone
        ),
    )


def _resend(sender: Sender, message: SentMessage, name: str) -> None:
    _try(
        message,
        lambda: messages.resend(
            message.instance_id, message.request_id, new_request_id=name, account=sender.phone
        ),
    )


def _try(message: SentMessage, action: Callable[[], SentMessage]) -> None:
    problem = problem_of(lambda: _settled(message, action()))
    st.session_state[_NEXT] = uuid4().hex
    if problem:
        st.session_state[_OUTCOME] = (message.request_id, problem)


def _settled(message: SentMessage, sent: SentMessage) -> None:
    _close()
    if sent.reason:
        sentence = outcome_message(sent.reason)
        st.session_state[_OUTCOME] = (message.request_id, f"{sentence.what} {sentence.next_step}".strip())


def _to(message: SentMessage) -> str:
    """Where it went, as a form holds it."""
    return message.to if "@" in message.to else f"+{message.to}"


def _close() -> None:
    st.session_state[_OPEN] = ("", "")


def _next_name() -> str:
    return str(st.session_state.setdefault(_NEXT, uuid4().hex))
