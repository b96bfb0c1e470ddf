"""The actions on a message that was sent: answer, react, edit, delete for everybody, send it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.models.content import ABOUT_ANOTHER, Content, Kind
from core.models.conversations import Conversation, ThreadMessage
from core.models.messages import SendState, SentMessage
from core.models.recipients import Recipient
from core.services import chats, conversations, messages
from core.services.message_validation import DELETE_WITHIN_S, EDIT_WITHIN_S
from pages.ui.conversations.opened import answer_in
from pages.ui.conversations.sender import Sender
from pages.ui.i18n import N_, _
from pages.ui.state import Slot
from pages.ui.texts.message_kinds import REACTIONS
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets import alert
from pages.ui.widgets.press import PressToken


@dataclass(frozen=True, slots=True)
class _OpenAction:
    """The action that is asked about, and the message it is for (its request id)."""

    request_id: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why the last action on a message (its request id) failed, as Markdown."""

    request_id: str = ""
    text: str = ""


_OPEN: Final = Slot("sent-open", _OpenAction)
_FAILURE: Final = Slot("sent-outcome", _Failure)
_PRESS: Final = PressToken("sent-next")
"""Names the send that an action would make."""
ANSWER, REACT, EDIT, DELETE, RESEND = "answer", "react", "edit", "delete", "resend"
_LABELS: Final = {
    ANSWER: N_("Answer"),
    REACT: N_("React"),
    EDIT: N_("Edit"),
    DELETE: N_("Delete for everybody"),
    RESEND: N_("Send again"),
}


def draw_actions(sender: Sender, message: SentMessage, *, deleted: bool) -> None:
    """Draw a menu with what can be done with ``message`` now, and the action that is open."""
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
        args=(sender, message, _PRESS.current()),
    )
    opened = _OPEN.get()
    if opened.request_id == message.request_id and opened.action in offered:
        with st.container(border=True, key="sent-action"):
            _draw_open(sender, message, opened.action)
    failure = _FAILURE.get()
    if failure.request_id == message.request_id:
        alert.show(failure.text)


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


def _choose(sender: Sender, message: SentMessage, token: str) -> None:
    action = st.session_state.get(f"act-{message.request_id}")
    _FAILURE.clear()
    if action == ANSWER:
        _answer(message)
    elif action == RESEND:
        _resend(sender, message, token)
    else:
        _OPEN.set(_OpenAction(message.request_id, action or ""))
        if action == EDIT:
            st.session_state[f"edit-text-{message.request_id}"] = message.content.text


def _answer(message: SentMessage) -> None:
    """Go to the conversation that it stands in, to answer it there."""
    found: list[Conversation] = []

    def find() -> None:
        to = Recipient(message.to, message.to_name)
        found.append(conversations.with_recipient(message.instance_id, to))

    if problem := alert.problem_of(find):
        _FAILURE.set(_Failure(message.request_id, problem))
    if found:
        answer_in(found[0], ThreadMessage(message.request_id, message.created_at, sent=message))


def _draw_open(sender: Sender, message: SentMessage, action: str) -> None:
    # Keys carry the message: a press on what is drawn for one never counts for another.
    of, press = message.request_id, (sender, message, _PRESS.current())
    if action == REACT:
        columns = st.container(horizontal=True, gap="xsmall")
        for number, emoji in enumerate(REACTIONS):
            columns.button(emoji, key=f"react-{number}-{of}", on_click=_react, args=(*press, emoji))
        columns.button(_("Remove reaction"), key=f"react-none-{of}", on_click=_react, args=(*press, ""))
    elif action == EDIT:
        st.container(key="edit-text").text_area(_("New text"), key=f"edit-text-{of}", height=100)
        save = st.container(key="edit-save")
        save.button(_("Save"), key=f"edit-save-{of}", type="primary", on_click=_edit, args=press)
    else:
        st.markdown(_("Delete this message for everybody? It cannot be undone."))
        delete = st.container(key="delete-sent")
        delete.button(_("Delete"), key=f"delete-sent-{of}", type="primary", on_click=_delete, args=press)
    st.button(_("Cancel"), key="sent-cancel", type="tertiary", on_click=_close)


def _react(sender: Sender, message: SentMessage, token: str, emoji: str) -> None:
    _send(sender, message, Content(Kind.REACTION, text=emoji), token)


def _edit(sender: Sender, message: SentMessage, token: str) -> None:
    words = str(st.session_state.get(f"edit-text-{message.request_id}") or "")
    _send(sender, message, Content(Kind.EDIT, text=words), token)


def _delete(sender: Sender, message: SentMessage, token: str) -> None:
    _send(sender, message, Content(Kind.DELETE), token)


def _send(sender: Sender, message: SentMessage, content: Content, token: str) -> None:
    """Send once for each token; the second half of a double press gets the outcome of the first."""
    about = replace(content, about=chats.reference_to(message))
    to = Recipient(message.to, message.to_name)
    _try(
        message,
        lambda: messages.send(
            message.instance_id, to=to, content=about, request_id=token, account=sender.phone
        ),
    )


def _resend(sender: Sender, message: SentMessage, token: str) -> None:
    _try(
        message,
        lambda: messages.resend(
            message.instance_id, message.request_id, new_request_id=token, account=sender.phone
        ),
    )


def _try(message: SentMessage, action: Callable[[], SentMessage]) -> None:
    with _PRESS.released():
        problem = alert.problem_of(lambda: _settled(message, action()))
    if problem:
        _FAILURE.set(_Failure(message.request_id, problem))


def _settled(message: SentMessage, sent: SentMessage) -> None:
    _close()
    if sent.reason:
        _FAILURE.set(_Failure(message.request_id, outcome_message(sent.reason).text))


def _close() -> None:
    _OPEN.clear()
