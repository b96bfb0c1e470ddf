"""Writing one message to one recipient, and sending it exactly once per press."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.errors import AppError, InvalidInputError
from core.models.content import FILES, Content, Kind
from core.models.messages import SendState
from core.models.recipients import Recipient
from core.services import chats, messages, phone_numbers, rate_limits
from core.services.web_fetch import link_preview
from pages.ui.conversations.sender import Sender, lost_name, sender_unclear
from pages.ui.i18n import N_, _
from pages.ui.messages.answering import (
    answered_group,
    draw_answered,
    note_drawn_for_answer,
    quoted,
    stop_answering,
)
from pages.ui.messages.attachment import MeantFor, draw_file, draw_meant_for, forget_file, meant_for
from pages.ui.messages.bubble import bubble
from pages.ui.messages.fields import clear_fields, content_of, draw_fields, is_empty
from pages.ui.messages.recipient import (
    GROUP,
    WAY,
    draw_recipient,
    fell_back,
    group_name,
    recipient,
    recipient_unclear,
    shown_recipient,
)
from pages.ui.messages.send_result import Outcome, draw_result
from pages.ui.state import Slot, nothing
from pages.ui.texts.errors import INPUT_ERRORS
from pages.ui.texts.message import text_for
from pages.ui.texts.message_kinds import KINDS, WRITABLE
from pages.ui.texts.sending import SENDS
from pages.ui.widgets import alert
from pages.ui.widgets.number_check import look_up
from pages.ui.widgets.press import PressToken

_PRESS: Final = PressToken("send-turn")
"""Names the send that the button would make."""
_LAST: Final = Slot("send-last", Outcome)
_CLEAR: Final = Slot("send-clear", bool)
"""Whether the fields are to be emptied before they are drawn."""
_OF_THE_CHAT: Final = frozenset({"group-missing", "file-elsewhere", "about-elsewhere", "about-unknown"})
"""What is wrong with the chat: it goes away with another one."""
_STALE_S: Final = 5.0
"""A press that was not carried out by then (the visitor left the page) is dropped, not sent later."""
_RECIPIENT_CHANGED: Final = N_(
    "The recipient has changed meanwhile: nothing was sent. Check it and press again."
)
_UNEXPECTED: Final = N_(
    "Something went wrong inside the app. Look at the last messages below before you send again."
)


@dataclass(frozen=True, slots=True)
class _Press:
    """What was in the form when the button was pressed, and the sender that was chosen."""

    sender: Sender
    to: str
    to_group: bool
    group_name: str
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


_PENDING: Final = Slot[_Press | None]("send-pending", nothing)
_PROBLEM: Final = Slot[_Problem | None]("send-problem", nothing)


def draw_composer(sender: Sender) -> None:
    """Draw the form, a preview, what is wrong with it, and the result of the last send.

    Without a sender all that is typed stays, and a press says what to do.
    """
    note_drawn_for_answer()
    if _CLEAR.pop():
        clear_fields()
        forget_file(sent=True)
    token = _PRESS.current()
    pending = _pending(sender)
    _draw_warm_notice(sender.instance_id)
    group = answered_group(sender.instance_id)
    draw_recipient(sender.instance_id, _problem(sender, of_number=True), answered_group=group)
    draw_answered(sender.instance_id)
    kind = (
        st.pills(
            _("Kind of message"),
            WRITABLE,
            key="send-kind",
            default=Kind.TEXT,
            required=True,
            format_func=lambda kind: f":material/{KINDS[kind].icon}: {_(KINDS[kind].label)}",
            label_visibility="collapsed",
        )
        or Kind.TEXT
    )
    alert.draw_or_show(lambda: draw_fields(kind, sender.instance_id))
    if kind in FILES:
        draw_meant_for(recipient(sender.instance_id), shown_recipient(sender.instance_id))
    alert.show(_problem(sender, of_number=False))
    st.button(
        _("Send"),
        key="send",
        type="primary",
        icon=":material/send:",
        disabled=pending is not None,
        on_click=_press,
        args=(sender, token),
    )
    outcome = st.container(key="send-result")
    if pending is not None:
        with outcome, st.spinner(_("Sending…"), show_time=pending.content.kind in FILES):
            _carry_out(pending)
        st.rerun()
    with outcome:
        draw_result(sender.instance_id, _LAST.get(), form=_form(sender.instance_id, kind))
    alert.draw_or_show(lambda: _draw_preview(sender.instance_id, kind))


def _form(sender_id: str, kind: Kind) -> str:
    """Return all that is in the form as one text, for comparing."""
    to = recipient(sender_id)
    return f"{to}\n{content_of(kind).to_json()}\n{quoted(sender_id, to)}"


def _draw_warm_notice(sender_id: str) -> None:
    if sender_id and rate_limits.link_age(sender_id).is_new:
        with st.container(key="send-warm"):
            st.caption(
                ":material/eco: "
                + _(
                    "Newly connected number: start with people who already talk to you. WhatsApp watches new "
                    "connections more closely."
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
    """Return what is wrong with the number, or with anything else, until it changes; empty for nothing."""
    problem = _PROBLEM.get()
    if problem is None or problem.code.startswith("number-") != of_number:
        return ""
    kind = st.session_state.get("send-kind") or Kind.TEXT
    same_to = recipient(sender.instance_id) == problem.to
    # A wrong number has nothing to do with the words, and wrong words little with the number.
    same = same_to if of_number else content_of(kind).to_json() == problem.content
    if problem.code in _OF_THE_CHAT:
        same = same and same_to
    return text_for(INPUT_ERRORS, problem.code, problem.detail).what if same else ""


def _press(sender: Sender, token: str) -> None:
    """Take a press, once for each token: the second half of a double press finds its token taken."""
    # A refusal may show before its new button is known to the server: that press is no double one.
    refused = bool(_PROBLEM.get() or _LAST.get().refusal)
    if not _PRESS.take(token, again=refused):
        return
    _PROBLEM.clear()
    _LAST.clear()
    if fell_back(sender.instance_id):
        _refuse(sender, _(_RECIPIENT_CHANGED))
        return
    if problem := alert.problem_of(lambda: _take(sender)):
        _refuse(sender, problem)


def _take(sender: Sender) -> None:
    fields = st.session_state
    kind = fields.get("send-kind") or Kind.TEXT
    to = recipient(sender.instance_id)
    _PENDING.set(
        _Press(
            sender=sender,
            to=to,
            to_group=fields.get(WAY) == GROUP,
            group_name=group_name(sender.instance_id),
            content=replace(content_of(kind), about=quoted(sender.instance_id, to)),
            file_for=meant_for() if kind in FILES else None,
            preview=kind is Kind.TEXT and bool(fields.get("send-link")),
            at=time.monotonic(),
        )
    )


def _pending(sender: Sender) -> _Press | None:
    """Return a press that is to be carried out now: for the number that it was made for, and in time."""
    sender_changed, recipient_changed = sender_unclear(), recipient_unclear()
    press = _PENDING.get()
    if press is None:
        return None
    if sender_changed or not press.sender.is_also(sender):
        _drop(
            sender, _("The sending number has changed meanwhile: nothing was sent. Check it and press again.")
        )
        return None
    if recipient_changed:
        _drop(sender, _(_RECIPIENT_CHANGED))
        return None
    if time.monotonic() - press.at > _STALE_S:
        _drop(sender, _("The page was busy for too long, or was left: nothing was sent. Press send again."))
        return None
    return press


def _drop(sender: Sender, why: str) -> None:
    _PENDING.clear()
    _refuse(sender, why)


def _refuse(sender: Sender, why: str) -> None:
    _LAST.set(Outcome(sender.instance_id, refusal=why))
    _PRESS.renew()


def _carry_out(press: _Press) -> None:
    """Send; from the first line to the last nothing is drawn, so no rerun can come in between."""
    _PENDING.clear()
    with _PRESS.released():
        problem = alert.problem_of(
            lambda: _send(press), text_of=lambda error: _refusal(press, error), unexpected=_UNEXPECTED
        )
        if problem:
            _LAST.set(Outcome(press.sender.instance_id, refusal=problem))


def _send(press: _Press) -> None:
    sender = press.sender
    to = _checked_recipient(press)
    content, note = _with_preview(press)
    message = messages.send(
        sender.instance_id,
        to=to,
        content=content,
        request_id=_PRESS.current(),
        account=sender.phone,
    )
    _LAST.set(Outcome(sender.instance_id, message.request_id, note=note))
    if message.state is SendState.SENT:
        _CLEAR.set(True)
        stop_answering()


def _checked_recipient(press: _Press) -> Recipient:
    """Return the recipient; raise AppError for what the page knows to be wrong before it asks to send."""
    if not press.sender.instance_id:
        raise AppError("sender-missing")
    if press.to_group and not press.to:
        raise InvalidInputError("group-missing")
    if press.file_for is not None and not chats.same_recipient(press.file_for.to, press.to):
        raise InvalidInputError("file-elsewhere", detail=press.file_for.shown)
    if press.to_group:
        return Recipient(press.to, press.group_name)
    digits = phone_numbers.parse_number(press.to).digits
    lookup = look_up(press.sender.instance_id, digits, to_send=True)
    if lookup is not None and not lookup.exists:
        raise AppError("wa-not-on-whatsapp")
    return Recipient(lookup.number if lookup is not None else digits)


def _with_preview(press: _Press) -> tuple[Content, str]:
    """Return the content with the link's preview if one was asked for; without, and why, if it failed."""
    link = link_preview.find_link(press.content.text) if press.preview else ""
    previews: list[str] = []
    problem = alert.problem_of(lambda: previews.append(link_preview.link_preview(link))) if link else ""
    if problem:
        bare = _("Sent without the preview of the link.")
        return press.content, f"{bare} {problem}"
    return (replace(press.content, link=previews[0]), "") if previews else (press.content, "")


def _refusal(press: _Press, error: AppError) -> str:
    """Return the text of a refusal; that of what was typed stands at the form and goes when it changes."""
    if isinstance(error, InvalidInputError):
        content = replace(press.content, about=None).to_json()
        _PROBLEM.set(_Problem(error.code, error.detail, press.to, content))
        return ""
    if error.code == "sender-missing" and (name := lost_name()):
        text = _("“{name}” was disconnected: nothing was sent. Choose the sending number again.")
        return text.replace("{name}", name)
    return text_for(SENDS, error.code).text if error.code in SENDS else alert.text(error)
