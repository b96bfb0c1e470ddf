"""Writing one text to one number, and sending it exactly once per press."""

from __future__ import annotations

import time
from typing import Final
from uuid import uuid4

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.content import Content, Kind
from core.models.message import SendState
from core.services import messages
from pages.ui.i18n import _
from pages.ui.send_result import draw_result
from pages.ui.sentences import INPUT_ERRORS, say, say_error
from pages.ui.text import literal_markdown

_TURN: Final = "send-turn"
"""Names the send that the button would make; a press belongs to the turn in which its button was drawn."""
_TAKEN: Final = "send-taken"
"""The last turn whose press was taken: a second press of the same turn does nothing."""
_PENDING: Final = "send-pending"
_PROBLEM: Final = "send-problem"
_LAST: Final = "send-last"
_CLEAR: Final = "send-clear"
_STALE_S: Final = 5.0
"""A press that was not carried out by then (the visitor left the page) is dropped, not sent later."""


def draw_composer(sender_id: str) -> None:
    """The form, what is wrong with it, and the result of the last send."""
    if st.session_state.pop(_CLEAR, False):
        st.session_state["send-text"] = ""
    turn = st.session_state.setdefault(_TURN, _new_turn())
    pending = _pending(sender_id)
    number_problem, text_problem = (_problem(kind) for kind in ("number-", "text-"))
    _draw_recipient(number_problem)
    with st.form("compose", border=False):
        st.text_area(_("Message"), key="send-text", height=120, placeholder=_("Hello! This is a test."))
        if text_problem:
            st.error(text_problem, icon=":material/error:")
        st.form_submit_button(
            _("Send"),
            key="send",
            type="primary",
            icon=":material/send:",
            disabled=pending is not None,
            on_click=_press,
            args=(sender_id, turn),
        )
    outcome = st.container(key="send-result")
    if pending is not None:
        with outcome, st.spinner(_("Sending…")):
            _carry_out(sender_id, *pending)
        st.rerun()
    with outcome:
        draw_result(sender_id, *st.session_state.get(_LAST, ("", "", "")))


def _draw_recipient(problem: str) -> None:
    typed = st.text_input(
        _("Recipient's number"),
        key="send-to",
        type="phone",
        placeholder="+55 11 91234-5678",
        live="300ms",
        autocomplete="off",
    )
    if problem:
        st.error(problem, icon=":material/error:")
        return
    st.caption(_recognised(typed or ""))


def _recognised(typed: str) -> str:
    try:
        recipient = messages.parse_recipient(typed)
    except InvalidInputError:
        return _("With country code and area code, for example +55 11 91234-5678.")
    return _("The message goes to {number}.").format(number=f"**{literal_markdown(recipient.shown)}**")


def _problem(kind: str) -> str:
    """What is wrong with a field, until its content changes; empty when nothing is."""
    code, detail, to, text = st.session_state.get(_PROBLEM, ("", "", "", ""))
    field, typed = ("send-to", to) if kind == "number-" else ("send-text", text)
    if not code.startswith(kind) or (st.session_state.get(field) or "") != typed:
        return ""
    return say(INPUT_ERRORS, code, detail).what


def _press(sender_id: str, turn: str) -> None:
    """Take a press, once per turn: the second half of a double press finds its turn taken."""
    state = st.session_state
    if state.get(_TAKEN) == turn:
        return
    state[_TAKEN] = turn
    state[_PENDING] = (sender_id, state.get("send-to") or "", state.get("send-text") or "", time.monotonic())
    state[_PROBLEM] = ("", "", "", "")
    state[_LAST] = ("", "", "")


def _pending(sender_id: str) -> tuple[str, str] | None:
    """Number and text of a press that is to be carried out now."""
    found = st.session_state.get(_PENDING)
    if found is None:
        return None
    pressed_for, to, text, at = found
    if pressed_for != sender_id or time.monotonic() - at > _STALE_S:
        st.session_state[_PENDING] = None
        st.session_state[_TURN] = _new_turn()
        return None
    return to, text


def _new_turn() -> str:
    return uuid4().hex


def _carry_out(sender_id: str, to: str, text: str) -> None:
    """Send; from the first line to the last nothing is drawn, so no rerun can come in between."""
    state = st.session_state
    state[_PENDING] = None
    try:
        message = messages.send(
            sender_id, to=to, content=Content(Kind.TEXT, text=text), request_id=state[_TURN]
        )
    except InvalidInputError as error:
        state[_PROBLEM] = (error.code, error.detail, to, text)
    except AppError as error:
        sentence = say_error(error)
        state[_LAST] = (sender_id, "", f"{sentence.what} {sentence.todo}".strip())
    else:
        state[_LAST] = (sender_id, message.request_id, "")
        state[_CLEAR] = message.state is SendState.SENT
    state[_TURN] = _new_turn()
