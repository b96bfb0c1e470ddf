"""A message to one's own number: it proves in one press, without a second phone, that an instance works."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.content import Content, Kind
from core.models.instance import InstanceState, InstanceView
from core.models.messages import SendState, SentMessage
from core.models.recipients import Recipient
from core.services import messages
from pages.ui.escape import escape_html
from pages.ui.i18n import _
from pages.ui.state import Slot, nothing
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets import alert
from pages.ui.widgets.press import PressToken


@dataclass(frozen=True, slots=True)
class _Press:
    """A press that is to be carried out."""

    instance_id: str
    account: str
    """Digits of the number that was linked when it was pressed."""
    text: str
    at: float
    """Seconds, monotonic."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How this visitor's last press ended."""

    instance_id: str = ""
    request_id: str = ""
    refusal: str = ""
    """Why nothing was sent, as Markdown."""


_TURN: Final = PressToken("self-message-turn")
_PENDING: Final = Slot[_Press | None]("self-message-pending", nothing)
_LAST: Final = Slot("self-message-last", _Outcome)
_STALE_S: Final = 5.0
"""A press that was not carried out by then (the visitor left the page) is dropped, not sent later."""


def has_sent(view: InstanceView) -> bool:
    """Return whether ``view`` has sent a message that may have arrived."""
    return any(message.state is not SendState.FAILED for message in messages.recent_messages(view.id))


def is_proven(view: InstanceView) -> bool:
    """Return whether this visitor has just seen that ``view`` works."""
    sent = _last_sent(view)
    return sent is not None and sent.state is SendState.SENT


def forget_result() -> None:
    """Show the result of this visitor's last test no more: it is of an earlier visit."""
    _LAST.clear()


def draw_self_test(view: InstanceView, *, offered: bool) -> None:
    """Draw the result of this visitor's last test, and the button for one if it is ``offered`` here."""
    pending = _pending(view)
    last, sent = _last(view), _last_sent(view)
    if not (offered or pending or last.request_id or last.refusal):
        return
    with st.container(key="self-test"):
        if sent is not None and pending is None:
            _draw_result(sent)
        elif offered:
            _draw_title(_("The phone is linked. Only a test is left."))
            st.markdown(_("Send yourself a test: it arrives in your WhatsApp, in the chat with yourself."))
        alert.show(last.refusal if pending is None else "")
        if offered and not is_proven(view):
            draw_self_message(view)
        if pending is not None:
            with st.spinner(_("Sending…")):
                _carry_out(pending)
            st.rerun()


def draw_self_message(view: InstanceView, *, first: bool = True) -> bool:
    """Draw the button that sends the test, and return whether it was pressed; a ``first`` one stands out."""
    return st.button(
        _("Send a test to myself"),
        key="self-message",
        type="primary" if first else "secondary",
        width="content" if first else "stretch",
        icon=":material/send_to_mobile:",
        disabled=not view.phone or _pending(view) is not None,
        on_click=_press,
        args=(view, _TURN.current()),
    )


def _draw_title(title: str, *, symbol: str = "") -> None:
    mark = f'<span class="wa-symbol wa-good" aria-hidden="true">{symbol}</span>' if symbol else ""
    st.html(f'<h2 class="wa-card-title">{mark}{escape_html(title)}</h2>')


def _draw_result(sent: SentMessage) -> None:
    because = outcome_message(sent.reason).text if sent.reason else ""
    match sent.state:
        case SendState.SENT:
            _draw_title(_("Done, it works"), symbol="check_circle")
            st.markdown(_("Sent ✓ See it on your phone, in the chat with yourself."))
        case SendState.FAILED:
            st.error(because, title=_("Not sent"), icon=":material/error:")
        case SendState.UNCERTAIN:
            st.warning(because, title=_("Not known whether it went out"), icon=":material/help:")
        case SendState.SENDING:
            st.info(_("Sending…"), icon=":material/schedule_send:")


def _press(view: InstanceView, token: str) -> None:
    if not _TURN.take(token):
        return
    text = _("Hello! This is a test of “{name}”: if you can read it, everything works.").format(
        name=view.name
    )
    _PENDING.set(_Press(view.id, view.phone, text, time.monotonic()))


def _pending(view: InstanceView) -> _Press | None:
    """Return the press that is to be carried out; one that is stale or of another instance is dropped."""
    press = _PENDING.get()
    if press is None:
        return None
    if press.instance_id == view.id and time.monotonic() - press.at < _STALE_S:
        return press
    _PENDING.clear()
    _TURN.renew()
    return None


def _carry_out(press: _Press) -> None:
    _PENDING.clear()
    token = _TURN.current()
    with _TURN.released():
        refusal = alert.problem_of(
            lambda: messages.send(
                press.instance_id,
                to=Recipient(press.account),
                content=Content(Kind.TEXT, text=press.text),
                request_id=token,
                account=press.account,
            )
        )
    _LAST.set(_Outcome(press.instance_id, "" if refusal else token, refusal))


def _last(view: InstanceView) -> _Outcome:
    last = _LAST.get()
    return last if last.instance_id == view.id and view.state is InstanceState.CONNECTED else _Outcome()


def _last_sent(view: InstanceView) -> SentMessage | None:
    request_id = _last(view).request_id
    if not request_id:
        return None
    sent = messages.recent_messages(view.id)
    return next((message for message in sent if message.request_id == request_id), None)
