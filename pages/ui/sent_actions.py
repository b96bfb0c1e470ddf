"""What one can do with a message that was sent: answer, react, edit, delete for everybody, send it again."""

from __future__ import annotations

import time
from typing import Final
from uuid import uuid4

import streamlit as st

from core.errors import AppError
from core.models.content import ABOUT_ANOTHER, Content, Kind, Reference
from core.models.message import SendState, SentMessage
from core.services import messages
from core.services.drafts import DELETE_WITHIN_S, EDIT_WITHIN_S
from pages.ui.composer import answer
from pages.ui.i18n import N_, _
from pages.ui.sentences import say_error, say_send

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


def draw_actions(message: SentMessage, *, deleted: bool) -> None:
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
        args=(message, _next_name()),
    )
    opened, action = st.session_state.get(_OPEN, ("", ""))
    if opened == message.request_id and action in offered:
        with st.container(border=True, key="sent-action"):
            _draw_open(message, action)
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


def reference(message: SentMessage) -> Reference:
    """What names ``message`` in another one about it."""
    return Reference(message.message_id, from_me=True, text=message.content.text[:200])


def _choose(message: SentMessage, name: str) -> None:
    state = st.session_state
    action = state.get(f"act-{message.request_id}")
    state[_OUTCOME] = ("", "")
    if action == ANSWER:
        answer(message.instance_id, message.to, reference(message), _("your message"))
    elif action == RESEND:
        _resend(message, name)
    else:
        state[_OPEN] = (message.request_id, action)
        if action == EDIT:
            state["edit-text"] = message.content.text


def _draw_open(message: SentMessage, action: str) -> None:
    name = _next_name()
    if action == REACT:
        columns = st.container(horizontal=True, gap="xsmall")
        for number, emoji in enumerate(REACTIONS):
            columns.button(emoji, key=f"react-{number}", on_click=_react, args=(message, emoji, name))
        columns.button(_("Take back"), key="react-none", on_click=_react, args=(message, "", name))
    elif action == EDIT:
        st.text_area(_("New words"), key="edit-text", height=100)
        st.button(_("Save"), key="edit-save", type="primary", on_click=_edit, args=(message, name))
    else:
        st.markdown(_("Delete this message for everybody? It cannot be undone."))
        st.button(_("Delete"), key="delete-sent", type="primary", on_click=_delete, args=(message, name))
    st.button(_("Cancel"), key="sent-cancel", type="tertiary", on_click=_close)


def _react(message: SentMessage, emoji: str, name: str) -> None:
    _send(message, Content(Kind.REACTION, text=emoji, about=reference(message)), name)


def _edit(message: SentMessage, name: str) -> None:
    words = str(st.session_state.get("edit-text") or "")
    _send(message, Content(Kind.EDIT, text=words, about=reference(message)), name)


def _delete(message: SentMessage, name: str) -> None:
    _send(message, Content(Kind.DELETE, about=reference(message)), name)


def _send(message: SentMessage, content: Content, name: str) -> None:
    """Once for each name; the second half of a double press gets the outcome of the first."""
    to = message.to if "@" in message.to else f"+{message.to}"
    try:
        sent = messages.send(message.instance_id, to=to, content=content, request_id=name)
    except AppError as error:
        _refused(message, error)
        return
    _settled(message, sent)


def _resend(message: SentMessage, name: str) -> None:
    try:
        sent = messages.resend(message.instance_id, message.request_id, new_request_id=name)
    except AppError as error:
        _refused(message, error)
        return
    _settled(message, sent)


def _refused(message: SentMessage, error: AppError) -> None:
    sentence = say_error(error)
    st.session_state[_OUTCOME] = (message.request_id, f"{sentence.what} {sentence.todo}".strip())
    st.session_state[_NEXT] = uuid4().hex


def _settled(message: SentMessage, sent: SentMessage) -> None:
    _close()
    st.session_state[_NEXT] = uuid4().hex
    if sent.reason:
        sentence = say_send(sent.reason)
        st.session_state[_OUTCOME] = (message.request_id, f"{sentence.what} {sentence.todo}".strip())


def _close() -> None:
    st.session_state[_OPEN] = ("", "")


def _next_name() -> str:
    return str(st.session_state.setdefault(_NEXT, uuid4().hex))
