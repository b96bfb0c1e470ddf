"""The last sends of an instance, as a small table."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.models.message import SendState, SentMessage
from core.services import messages
from pages.ui.i18n import N_, _
from pages.ui.text import literal_html
from pages.ui.when import moment

_LABELS: Final = {
    SendState.SENDING: (N_("Sending"), "blue"),
    SendState.SENT: (N_("Sent ✓"), "green"),
    SendState.FAILED: (N_("Not sent"), "red"),
    SendState.UNCERTAIN: (N_("Not known"), "orange"),
}
_SHOWN: Final = 120
"""Characters of a text that the table shows."""


def draw_sent(instance_id: str) -> None:
    """The newest sends first; nothing before the first one."""
    sent = messages.recent_messages(instance_id)
    if not sent:
        return
    now = time.time()
    rows = "".join(_row(message, now=now) for message in sent)
    heads = "".join(
        f'<th scope="col"{extra}>{literal_html(head)}</th>'
        for head, extra in (
            (_("Time"), ""),
            (_("To"), ""),
            (_("Message"), ' class="wa-wide"'),
            (_("Result"), ""),
        )
    )
    st.subheader(_("Last messages"), anchor=False)
    with st.container(key="sent-table"):
        st.html(f'<table class="wa-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')


def _row(message: SentMessage, *, now: float) -> str:
    text = message.text if len(message.text) <= _SHOWN else f"{message.text[:_SHOWN]}…"
    label, colour = _LABELS[message.state]
    return (
        f'<tr><td class="wa-nowrap">{literal_html(moment(message.created_at, now=now))}</td>'
        f'<td class="wa-nowrap">{literal_html(messages.show_number(message.to))}</td>'
        f'<td class="wa-wide">{literal_html(text)}</td>'
        f'<td><span class="wa-badge wa-{colour}">{literal_html(_(label))}</span></td></tr>'
    )
