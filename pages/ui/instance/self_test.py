"""A message to one's own number: it proves in one press, without a second phone, that an instance works."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st

from core.models.health.sending import SelfTest, SelfTestStep
from core.models.instance import InstanceState, InstanceView
from core.models.messages import SendState
from core.services import messages
from core.services.health import self_test
from pages.ui.escape import escape_html
from pages.ui.formats import format_number, format_time
from pages.ui.i18n import _
from pages.ui.state import Slot
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets import alert
from pages.ui.widgets.press import PressToken


@dataclass(frozen=True, slots=True)
class _Press:
    """This visitor's last press."""

    instance_id: str = ""
    at: float = 0.0
    """Seconds since the epoch."""
    refusal: str = ""
    """Why nothing was sent, as Markdown."""


_TURN: Final = PressToken("self-message-turn")
_LAST: Final = Slot("self-message-last", _Press)
_FIRST: Final = Slot("self-test-first", str)
"""Id of the instance whose first test is the next step of this visit: it stays in its place then."""
_SWITCH: Final = "self-test-daily"
_FAILURE: Final = Slot("self-test-daily-failure", str)


def has_sent(view: InstanceView) -> bool:
    """Return whether ``view`` has sent a message that may have arrived."""
    return any(message.state is not SendState.FAILED for message in messages.recent_messages(view.id))


def is_proven(view: InstanceView) -> bool:
    """Return whether this visitor has just seen that ``view`` works."""
    test = _tested_here(view)
    return test is not None and test.step is SelfTestStep.PASSED


def is_shown_first(view: InstanceView, *, tested: bool) -> bool:
    """Return whether the test comes first: it is the next step, or was so in this visit."""
    if not tested:
        _FIRST.set(view.id)
    return _FIRST.get() == view.id


def forget_result() -> None:
    """Show the result of this visitor's last test no more than others': it is of an earlier visit."""
    _LAST.clear()
    _FIRST.clear()


def draw_self_test(view: InstanceView, *, tested: bool) -> None:
    """Draw the last test, the button for one, and the switch for one a day."""
    last, test = _last(view), view.sending.self_test
    with st.container(key="self-test", gap="small"):
        if not tested and test is None:
            _draw_title(_("The phone is linked. Only a test is left."))
            st.markdown(_("Send yourself a test: it arrives in your WhatsApp, in the chat with yourself."))
        elif test is not None:
            _draw_result(test, here=_tested_here(view) is not None)
        alert.show(last.refusal)
        with st.container(horizontal=True, vertical_alignment="center", key="self-test-row"):
            _draw_button(view, first=not tested)
            if tested:
                _draw_switch(view)
        alert.show(_FAILURE.pop())


def _draw_button(view: InstanceView, *, first: bool) -> None:
    test = view.sending.self_test
    st.button(
        _("Test now"),
        key="self-message",
        type="primary" if first or view.sending.trouble else "secondary",
        icon=":material/send_to_mobile:",
        disabled=not view.phone or (test is not None and not test.step.ended),
        on_click=_press,
        args=(view, _TURN.current()),
    )


def _draw_switch(view: InstanceView) -> None:
    # What is stored is shown: another visitor may have switched it.
    st.session_state[_SWITCH] = bool(view.sending.daily_since)
    st.toggle(_("Test once a day, by itself"), key=_SWITCH, on_change=_switch, args=(view.id,))


def _draw_title(title: str, *, symbol: str = "") -> None:
    mark = f'<span class="wa-symbol wa-good" aria-hidden="true">{symbol}</span>' if symbol else ""
    st.html(f'<h2 class="wa-card-title">{mark}{escape_html(title)}</h2>')


def _draw_result(test: SelfTest, *, here: bool) -> None:
    """Draw how far ``test`` came; ``here``: this visitor has just pressed for it."""
    match test.step:
        case SelfTestStep.SENDING:
            st.info(_("Sending the test…"), icon=":material/schedule_send:")
        case SelfTestStep.RETURNING:
            st.info(_("Sent ✓ Waiting for your phone to confirm…"), icon=":material/hourglass_top:")
        case SelfTestStep.PASSED if here:
            _draw_title(_("Done, it works"), symbol="check_circle")
            st.markdown(_("Sent ✓ See it on your phone, in the chat with yourself."))
            st.caption(_steps(test))
        case SelfTestStep.PASSED:
            when = format_time(test.at, now=time.time())
            st.caption(_("Last test: {when}, it works.").format(when=when) + " " + _steps(test))
        case _:
            _draw_failure(test)


def _draw_failure(test: SelfTest) -> None:
    because = outcome_message(test.reason).text if test.reason else ""
    when = format_time(test.at, now=time.time())
    tested = _("Tested {when}.").format(when=when)
    match test.step:
        case SelfTestStep.NOT_SENT:
            st.error(f"{because} {tested}", title=_("Not sent"), icon=":material/error:")
        case SelfTestStep.NO_ANSWER:
            title = _("Not known whether it went out")
            st.warning(f"{because} {tested}", title=title, icon=":material/help:")
        case _:
            hint = _("WhatsApp took it. Your phone has not confirmed it: it may be off or without internet.")
            title = _("Sent, but not confirmed by the phone")
            st.warning(f"{hint} {tested}", title=title, icon=":material/phonelink_erase:")


def _steps(test: SelfTest) -> str:
    """Return how long each step took."""
    if test.accepted_s is None or test.returned_s is None:
        return ""
    sent = _("WhatsApp took it in {sent} s, your phone confirmed it after {back} s.")
    shown = {"sent": test.accepted_s, "back": test.returned_s}
    return sent.format(**{name: format_number(seconds, digits=1) for name, seconds in shown.items()})


def _press(view: InstanceView, token: str) -> None:
    if not _TURN.take(token):
        return
    text = _("Hello! This is a test of “{name}”: if you can read it, everything works.").format(
        name=view.name
    )
    at = time.time()
    with _TURN.released():
        refusal = alert.problem_of(
            partial(self_test.start, view.id, text=text, request_id=token, account=view.phone)
        )
    _LAST.set(_Press(view.id, at, refusal))


def _switch(instance_id: str) -> None:
    on = bool(st.session_state[_SWITCH])
    _FAILURE.set(alert.problem_of(lambda: self_test.set_daily(instance_id, on=on)))


def _last(view: InstanceView) -> _Press:
    last = _LAST.get()
    return last if last.instance_id == view.id and view.state is InstanceState.CONNECTED else _Press()


def _tested_here(view: InstanceView) -> SelfTest | None:
    last, test = _last(view), view.sending.self_test
    return test if test is not None and last.at and not last.refusal and test.at >= last.at else None
