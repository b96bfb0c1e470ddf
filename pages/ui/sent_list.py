"""The last sends of an instance, each with how far it came and when."""

from __future__ import annotations

import contextlib
import time
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.message import SendState, SentMessage, Tick
from core.services import messages
from pages.ui.i18n import N_, _
from pages.ui.sentences import say_send
from pages.ui.text import literal_html, literal_lines
from pages.ui.when import moment

_TICKS: Final = {
    Tick.QUEUED: (N_("Queued"), ""),
    Tick.SERVER: (N_("Sent"), "✓"),
    Tick.DELIVERED: (N_("Delivered"), "✓✓"),
    Tick.READ: (N_("Read"), "✓✓"),
    Tick.PLAYED: (N_("Played"), "✓✓"),
}
_PROBLEMS: Final = {
    SendState.FAILED: (N_("Not sent"), "red"),
    SendState.UNCERTAIN: (N_("Not known"), "orange"),
}
_SHOWN: Final = 300
"""Characters of a text that a card shows."""
_OPEN: Final = 5
"""Cards that show at once; what arrived stands below them."""
_VERIFIED: Final = "send-verified"
_FOUND_NOTHING: Final = N_(
    "Checked: the message was handed to the connection, and no confirmation has come yet. "
    "When one comes, it appears here by itself."
)


def draw_sent(instance_id: str) -> None:
    """The newest sends first; nothing before the first one."""
    sent = messages.recent_messages(instance_id)
    if not sent:
        return
    now = time.time()
    st.subheader(_("Last messages"), anchor=False)
    with st.container(key="sent-list", gap="xsmall"):
        _draw_cards(sent[:_OPEN], now=now)
        if sent[_OPEN:]:
            with st.expander(_("Earlier messages")):
                _draw_cards(sent[_OPEN:], now=now)


def _draw_cards(sent: tuple[SentMessage, ...], *, now: float) -> None:
    for message in sent:
        st.html(_card(message, now=now))
        if message.state is SendState.UNCERTAIN:
            _draw_verify(message)


def _draw_verify(message: SentMessage) -> None:
    """A look for what became of it; nothing is sent."""
    st.button(
        _("Verify"),
        key=f"verify-{message.request_id}",
        icon=":material/search:",
        on_click=_verify,
        args=(message.instance_id, message.request_id),
    )
    if st.session_state.get(_VERIFIED) == message.request_id:
        st.caption(_(_FOUND_NOTHING))


def _verify(instance_id: str, request_id: str) -> None:
    st.session_state[_VERIFIED] = request_id
    with contextlib.suppress(AppError):  # gone meanwhile: the page says so
        messages.verify(instance_id, request_id)


def _card(message: SentMessage, *, now: float) -> str:
    number = literal_html(messages.show_number(message.to))
    return (
        f'<div class="wa-card"><div class="wa-step"><strong>{number}</strong>{_badge(message)}</div>'
        f"<div>{literal_lines(message.content.text, most=_SHOWN)}</div>"
        f'<div class="wa-muted wa-count">{_steps(message, now=now)}</div>{_because(message)}</div>'
    )


def _badge(message: SentMessage) -> str:
    if message.state in _PROBLEMS:
        label, colour = _PROBLEMS[message.state]
        marks = ""
    else:
        label, marks = _TICKS[message.tick]
        colour = "blue" if message.tick >= Tick.READ else "green" if message.tick else "gray"
    shown = f' <span aria-hidden="true">{marks}</span>' if marks else ""
    return f'<span class="wa-badge wa-{colour}">{literal_html(_(label))}{shown}</span>'


def _steps(message: SentMessage, *, now: float) -> str:
    """Each step that it took, with its time."""
    settled = message.settled_at if message.state is SendState.SENT else None
    times = (message.created_at, settled, message.delivered_at, message.read_at, message.played_at)
    steps = (
        " ".join(filter(None, (_(label), marks, moment(at, now=now))))
        for (label, marks), at in zip(_TICKS.values(), times, strict=True)
        if at is not None
    )
    return "".join(f"<span>{literal_html(step)}</span>" for step in steps)


def _because(message: SentMessage) -> str:
    if not message.reason:
        return ""
    sentence = say_send(message.reason)
    return f"<div>{literal_html(f'{sentence.what} {sentence.todo}'.strip())}</div>"
