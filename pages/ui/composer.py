"""Writing one message to one recipient, and sending it exactly once per press."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.content import FILES, Content, Kind, Reference
from core.models.message import SendState
from core.services import messages, previews
from pages.ui.bubble import bubble
from pages.ui.composer_fields import clear_fields, content_of, draw_fields, is_empty
from pages.ui.composer_file import draw_file, forget_file
from pages.ui.composer_recipient import GROUP, PERSON, WAY, draw_recipient, look_up, recipient
from pages.ui.i18n import _
from pages.ui.kind_words import KINDS
from pages.ui.send_result import draw_result
from pages.ui.sentences import INPUT_ERRORS, SENDS, say, say_error
from pages.ui.text import literal_markdown

_TURN: Final = "send-turn"
"""Names the send that the button would make; a press belongs to the turn in which its button was drawn."""
_TAKEN: Final = "send-taken"
"""The last turn whose press was taken: a second press of the same turn does nothing."""
_PENDING: Final = "send-pending"
_PROBLEM: Final = "send-problem"
_LAST: Final = "send-last"
_CLEAR: Final = "send-clear"
_ABOUT: Final = "send-about"
"""What is answered: instance, reference, and what is shown of it."""
_WAKE: Final = "send-wake"
_STALE_S: Final = 5.0
"""A press that was not carried out by then (the visitor left the page) is dropped, not sent later."""


@dataclass(frozen=True, slots=True)
class _Press:
    """What was in the form when the button was pressed."""

    sender_id: str
    to: str
    content: Content
    preview: bool
    at: float


def answer(sender_id: str, to: str, reference: Reference, shown: str) -> None:
    """Make the next message from ``sender_id`` an answer to ``reference``; works as a callback of a button.

    ``to`` is a number (digits suffice) or a group's address; ``shown`` is who wrote it.
    """
    state = st.session_state
    if to.endswith("@g.us"):
        state[WAY], state["send-group"] = GROUP, to
    else:
        state[WAY], state["send-to"] = PERSON, messages.show_number(to.removeprefix("+"))
    state[_ABOUT] = (sender_id, reference, shown)
    state[_WAKE] = True


def woken() -> bool:
    """Whether the composer, a part of its own, has to be drawn anew for an answer; says so once."""
    return bool(st.session_state.pop(_WAKE, False))


def draw_composer(sender_id: str) -> None:
    """The form, a preview, what is wrong with it, and the result of the last send."""
    if st.session_state.pop(_CLEAR, False):
        clear_fields()
        forget_file(sent=True)
    turn = st.session_state.setdefault(_TURN, uuid4().hex)
    pending = _pending(sender_id)
    _draw_warm_notice(sender_id)
    draw_recipient(sender_id, _problem("number-"))
    _draw_about(sender_id)
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
    draw_fields(kind, sender_id)
    if problem := _problem(""):
        st.error(problem, icon=":material/error:")
    st.button(
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
        with outcome, st.spinner(_("Sending…"), show_time=pending.content.kind in FILES):
            _carry_out(pending)
        st.rerun()
    with outcome:
        draw_result(sender_id, *st.session_state.get(_LAST, ("", "", "")))
    _draw_preview(sender_id, kind)


def _draw_warm_notice(sender_id: str) -> None:
    newness = messages.newness(sender_id)
    if newness.is_new:
        with st.container(key="send-warm"):
            st.caption(
                ":material/eco: "
                + _(
                    "This number was linked here a short time ago. Begin with people who know it and answer: "
                    "WhatsApp watches new connections most closely."
                )
            )


def _about(sender_id: str) -> tuple[Reference, str] | None:
    found = st.session_state.get(_ABOUT)
    return (found[1], found[2]) if found is not None and found[0] == sender_id else None


def _draw_about(sender_id: str) -> None:
    """What is being answered, with a cross to leave it."""
    found = _about(sender_id)
    if found is None:
        return
    reference, shown = found
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="send-answering"):
        words = " ".join(reference.text.split())[:120]
        st.markdown(
            _("Answer to {whom}: {words}").format(
                whom=f"**{literal_markdown(shown)}**", words=literal_markdown(words)
            ),
            width="stretch",
        )
        st.button(
            "",
            key="send-answer-leave",
            icon=":material/close:",
            help=_("Do not answer it"),
            on_click=lambda: st.session_state.pop(_ABOUT, None),
        )


def _draw_preview(sender_id: str, kind: Kind) -> None:
    content = content_of(kind)
    if is_empty(content):
        return
    with st.container(key="send-preview", gap="xsmall"):
        st.caption(_("As it will look"))
        draw_file(kind)
        found = _about(sender_id)
        st.html(bubble(content, quoted=found[0].text if found else ""))


def _signature(to: str, content: Content) -> tuple[str, str]:
    return to, content.to_json()


def _problem(family: str) -> str:
    """What is wrong with the number (``number-``) or anything else, until it changes; empty for nothing."""
    code, detail, to, content = st.session_state.get(_PROBLEM, ("", "", "", ""))
    if not code or code.startswith("number-") != bool(family):
        return ""
    if family:
        return say(INPUT_ERRORS, code, detail).what if recipient() == to else ""
    kind = st.session_state.get("send-kind") or Kind.TEXT
    return say(INPUT_ERRORS, code, detail).what if content_of(kind).to_json() == content else ""


def _press(sender_id: str, turn: str) -> None:
    """Take a press, once per turn: the second half of a double press finds its turn taken."""
    state = st.session_state
    # A refusal may show before its new button is known to the server: that press is no double one.
    refused = bool(state.get(_PROBLEM, ("",))[0] or state.get(_LAST, ("", "", ""))[2])
    if state.get(_TAKEN) == turn and not refused:
        return
    state[_TAKEN] = turn
    kind = state.get("send-kind") or Kind.TEXT
    preview = kind is Kind.TEXT and bool(state.get("send-link"))
    state[_PENDING] = _Press(sender_id, recipient(), content_of(kind), preview, time.monotonic())
    state[_PROBLEM] = ("", "", "", "")
    state[_LAST] = ("", "", "")


def _pending(sender_id: str) -> _Press | None:
    """A press that is to be carried out now."""
    found: _Press | None = st.session_state.get(_PENDING)
    if found is None:
        return None
    if found.sender_id != sender_id or time.monotonic() - found.at > _STALE_S:
        st.session_state[_PENDING] = None
        st.session_state[_TURN] = uuid4().hex
        late = _("The page was busy for too long, or was left: nothing was sent. Press send again.")
        st.session_state[_LAST] = (found.sender_id, "", late)
        return None
    return found


def _carry_out(press: _Press) -> None:
    """Send; from the first line to the last nothing is drawn, so no rerun can come in between."""
    state = st.session_state
    state[_PENDING] = None
    about = _about(press.sender_id)
    content = replace(press.content, about=about[0]) if about else press.content
    try:
        if not press.to.endswith("@g.us"):
            checked = look_up(press.sender_id, press.to)
            if checked is not None and not checked.exists:
                raise AppError("wa-not-on-whatsapp")
        if press.preview and (link := previews.find_link(content.text)):
            content = replace(content, link=previews.link_preview(link))
        message = messages.send(press.sender_id, to=press.to, content=content, request_id=state[_TURN])
    except InvalidInputError as error:
        state[_PROBLEM] = (error.code, error.detail, *_signature(press.to, press.content))
    except AppError as error:
        sentence = say(SENDS, error.code) if error.code in SENDS else say_error(error)
        state[_LAST] = (press.sender_id, "", f"{sentence.what} {sentence.todo}".strip())
    else:
        state[_LAST] = (press.sender_id, message.request_id, "")
        state[_CLEAR] = message.state is SendState.SENT
        if message.state is SendState.SENT:
            state.pop(_ABOUT, None)
    state[_TURN] = uuid4().hex
