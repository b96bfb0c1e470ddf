"""Writing one message to one recipient, and sending it exactly once per press."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.content import FILES, Content, Kind
from core.models.messages import SendState
from core.services import chats, messages, rate_limits
from core.services.web_fetch import link_preview
from pages.ui.i18n import N_, _
from pages.ui.messages.answering import answered_group, draw_answered, quoted, stop_answering
from pages.ui.messages.attachment import MeantFor, draw_file, draw_meant_for, forget_file, meant_for
from pages.ui.messages.bubble import bubble
from pages.ui.messages.fields import clear_fields, content_of, draw_fields, is_empty
from pages.ui.messages.recipient import GROUP, WAY, draw_recipient, look_up, recipient, shown_recipient
from pages.ui.messages.send_result import NOTHING, Outcome, draw_result
from pages.ui.messages.sender import Sender, lost_name
from pages.ui.texts.errors import INPUT_ERRORS
from pages.ui.texts.message import text_for
from pages.ui.texts.message_kinds import KINDS
from pages.ui.texts.sending import SENDS
from pages.ui.widgets.press import draw_or_tell, error_text, problem_of

_TURN: Final = "send-turn"
"""Names the send that the button would make; a press belongs to the turn in which its button was drawn."""
_TAKEN: Final = "send-taken"
"""The last turn whose press was taken: a second press of the same turn does nothing."""
_PENDING: Final = "send-pending"
_PROBLEM: Final = "send-problem"
_LAST: Final = "send-last"
_CLEAR: Final = "send-clear"
_OF_THE_CHAT: Final = frozenset({"group-missing", "file-elsewhere", "about-elsewhere", "about-unknown"})
"""What is wrong with the chat: it goes away with another one."""
_STALE_S: Final = 5.0
"""A press that was not carried out by then (the visitor left the page) is dropped, not sent later."""
_UNEXPECTED: Final = N_(
    "Something unexpected went wrong, and was written to the log. Look at the last messages below before "
    "you press send again."
)


@dataclass(frozen=True, slots=True)
class _Press:
    """What was in the form when the button was pressed, and whose number was to send it."""

    sender: Sender
    to: str
    to_group: bool
    content: Content
    file_for: MeantFor | None
    preview: bool
    at: float


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is wrong with what was typed, for as long as it stays so."""

    code: str
    detail: str
    to: str
    content: str


def draw_composer(sender: Sender) -> None:
    """The form, a preview, what is wrong with it, and the result of the last send.

    Without a sender all that is typed stays, and a press says what to do.
    """
    if st.session_state.pop(_CLEAR, False):
        clear_fields()
        forget_file(sent=True)
    turn = st.session_state.setdefault(_TURN, uuid4().hex)
    pending = _pending(sender)
    _draw_warm_notice(sender.instance_id)
    group = answered_group(sender.instance_id)
    draw_recipient(sender.instance_id, _problem(sender, of_number=True), answered_group=group)
    draw_answered(sender.instance_id)
    kind = (
        st.pills(
            _("Kind of message"),
            list(KINDS),
            key="send-kind",
            default=Kind.TEXT,
            required=True,
            format_func=lambda kind: f"{KINDS[kind][1]} {_(KINDS[kind][0])}",
            label_visibility="collapsed",
        )
        or Kind.TEXT
    )
    draw_or_tell(lambda: draw_fields(kind, sender.instance_id))
    if kind in FILES:
        draw_meant_for(recipient(sender.instance_id), shown_recipient(sender.instance_id))
    if problem := _problem(sender, of_number=False):
        st.error(problem, icon=":material/error:")
    st.button(
        _("Send"),
        key="send",
        type="primary",
        icon=":material/send:",
        disabled=pending is not None,
        on_click=_press,
        args=(sender, turn),
    )
    outcome = st.container(key="send-result")
    if pending is not None:
        with outcome, st.spinner(_("Sending…"), show_time=pending.content.kind in FILES):
            _carry_out(pending)
        st.rerun()
    with outcome:
        draw_result(sender.instance_id, st.session_state.get(_LAST, NOTHING))
    draw_or_tell(lambda: _draw_preview(sender.instance_id, kind))


def _draw_warm_notice(sender_id: str) -> None:
    if sender_id and rate_limits.link_age(sender_id).is_new:
        with st.container(key="send-warm"):
            st.caption(
                ":material/eco: "
                + _(
                    "This number was linked here a short time ago. Begin with people who know it and answer: "
                    "WhatsApp watches new connections most closely."
                )
            )


def _draw_preview(sender_id: str, kind: Kind) -> None:
    content = content_of(kind)
    if is_empty(content):
        return
    with st.container(key="send-preview", gap="xsmall"):
        st.caption(_("As it will look"))
        draw_file(kind)
        about = quoted(sender_id, recipient(sender_id))
        st.html(bubble(content, quoted=about.text if about else ""))


def _problem(sender: Sender, *, of_number: bool) -> str:
    """What is wrong with the number, or with anything else, until it changes; empty for nothing."""
    found: _Problem | None = st.session_state.get(_PROBLEM)
    if found is None or found.code.startswith("number-") != of_number:
        return ""
    kind = st.session_state.get("send-kind") or Kind.TEXT
    same_to = recipient(sender.instance_id) == found.to
    # A wrong number has nothing to do with the words, and wrong words little with the number.
    same = same_to if of_number else content_of(kind).to_json() == found.content
    if found.code in _OF_THE_CHAT:
        same = same and same_to
    return text_for(INPUT_ERRORS, found.code, found.detail).what if same else ""


def _press(sender: Sender, turn: str) -> None:
    """Take a press, once per turn: the second half of a double press finds its turn taken."""
    state = st.session_state
    # A refusal may show before its new button is known to the server: that press is no double one.
    refused = bool(state.get(_PROBLEM) or state.get(_LAST, NOTHING).refusal)
    if state.get(_TAKEN) == turn and not refused:
        return
    state[_TAKEN] = turn
    state[_PROBLEM], state[_LAST] = None, NOTHING
    if problem := problem_of(lambda: _take(sender)):
        state[_LAST] = Outcome(sender.instance_id, refusal=problem)
        state[_TURN] = uuid4().hex


def _take(sender: Sender) -> None:
    state = st.session_state
    kind = state.get("send-kind") or Kind.TEXT
    to = recipient(sender.instance_id)
    state[_PENDING] = _Press(
        sender=sender,
        to=to,
        to_group=state.get(WAY) == GROUP,
        content=replace(content_of(kind), about=quoted(sender.instance_id, to)),
        file_for=meant_for() if kind in FILES else None,
        preview=kind is Kind.TEXT and bool(state.get("send-link")),
        at=time.monotonic(),
    )


def _pending(sender: Sender) -> _Press | None:
    """A press that is to be carried out now: for the number that it was made for, and in time."""
    found: _Press | None = st.session_state.get(_PENDING)
    if found is None:
        return None
    if not found.sender.is_also(sender):
        _drop(sender, _("Whose number sends has changed meanwhile: nothing was sent. Look, and press again."))
        return None
    if time.monotonic() - found.at > _STALE_S:
        _drop(sender, _("The page was busy for too long, or was left: nothing was sent. Press send again."))
        return None
    return found


def _drop(sender: Sender, why: str) -> None:
    state = st.session_state
    state[_PENDING], state[_TURN] = None, uuid4().hex
    state[_LAST] = Outcome(sender.instance_id, refusal=why)


def _carry_out(press: _Press) -> None:
    """Send; from the first line to the last nothing is drawn, so no rerun can come in between."""
    state = st.session_state
    state[_PENDING] = None
    try:
        problem = problem_of(
            lambda: _send(press), say=lambda error: _told(press, error), unexpected=_UNEXPECTED
        )
        if problem:
            state[_LAST] = Outcome(press.sender.instance_id, refusal=problem)
    finally:
        state[_TURN] = uuid4().hex


def _send(press: _Press) -> None:
    state, sender = st.session_state, press.sender
    _check(press)
    content, note = _with_preview(press)
    message = messages.send(
        sender.instance_id,
        to=press.to,
        content=content,
        request_id=state[_TURN],
        account=sender.phone,
    )
    state[_LAST] = Outcome(sender.instance_id, message.request_id, note=note)
    if message.state is SendState.SENT:
        state[_CLEAR] = True
        stop_answering()


def _check(press: _Press) -> None:
    """Raise AppError for what the page knows to be wrong before it asks to send."""
    if not press.sender.instance_id:
        raise AppError("sender-missing")
    if press.to_group and not press.to:
        raise InvalidInputError("group-missing")
    if press.file_for is not None and not chats.same_recipient(press.file_for.to, press.to):
        raise InvalidInputError("file-elsewhere", detail=press.file_for.shown)
    if not press.to_group:
        checked = look_up(press.sender.instance_id, press.to)
        if checked is not None and not checked.exists:
            raise AppError("wa-not-on-whatsapp")


def _with_preview(press: _Press) -> tuple[Content, str]:
    """The content with the link's preview if one was asked for; without, and why, when it cannot be had."""
    link = link_preview.find_link(press.content.text) if press.preview else ""
    made: list[str] = []
    problem = problem_of(lambda: made.append(link_preview.link_preview(link))) if link else ""
    if problem:
        bare = _("Sent without the preview of the link.")
        return press.content, f"{bare} {problem}"
    return (replace(press.content, link=made[0]), "") if made else (press.content, "")


def _told(press: _Press, error: AppError) -> str:
    """The words for a refusal; those for what was typed stand at the form and go when it changes."""
    if isinstance(error, InvalidInputError):
        content = replace(press.content, about=None).to_json()
        st.session_state[_PROBLEM] = _Problem(error.code, error.detail, press.to, content)
        return ""
    if error.code == "sender-missing" and (name := lost_name()):
        said = _("“{name}” was disconnected: nothing was sent. Choose again whose number sends.")
        return said.replace("{name}", name)
    sentence = text_for(SENDS, error.code) if error.code in SENDS else None
    return f"{sentence.what} {sentence.next_step}".strip() if sentence else error_text(error)
