"""What arrived at an instance, newest first."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.models.received import ReceivedMessage
from core.services import inbox, messages
from pages.ui.i18n import N_, _
from pages.ui.text import literal_html, literal_lines
from pages.ui.when import moment

_KINDS: Final = {
    "image": (N_("Image received"), N_("Image sent from the phone")),
    "video": (N_("Video received"), N_("Video sent from the phone")),
    "audio": (N_("Audio received"), N_("Audio sent from the phone")),
    "document": (N_("Document received"), N_("Document sent from the phone")),
    "sticker": (N_("Sticker received"), N_("Sticker sent from the phone")),
    "location": (N_("Location received"), N_("Location sent from the phone")),
    "contact": (N_("Contact received"), N_("Contact sent from the phone")),
    "poll": (N_("Poll received"), N_("Poll sent from the phone")),
    "vote": (N_("Vote in a poll received"), N_("Vote in a poll sent from the phone")),
    "reaction": (N_("Reaction received"), N_("Reaction sent from the phone")),
    "deleted": (N_("A message was deleted by its sender"), N_("A message was deleted on the phone")),
    "edited": (N_("A message was edited"), N_("A message was edited on the phone")),
}
_OTHER: Final = (
    N_("A message of a kind that is not shown here"),
    N_("A message of another kind sent from the phone"),
)
_SHOWN: Final = 1_000
"""Characters of a text that the list shows."""


def draw_inbox(instance_id: str) -> None:
    """The newest arrivals first, or that there is none yet."""
    st.subheader(_("Received"), anchor=False)
    arrived = inbox.received_messages(instance_id)
    with st.container(key="inbox"):
        if not arrived:
            st.caption(_("What people write to this instance appears here by itself."))
            return
        now = time.time()
        st.html("".join(_card(message, now=now) for message in arrived))


def _card(message: ReceivedMessage, *, now: float) -> str:
    when = literal_html(moment(message.at, now=now))
    return (
        f'<div class="wa-card"><div class="wa-step"><span>{_who(message)}</span>'
        f'<span class="wa-muted wa-count">{when}</span></div>{_content(message)}</div>'
    )


def _who(message: ReceivedMessage) -> str:
    number = messages.show_number(message.contact) if message.contact else _("Hidden number")
    if message.from_me:
        whom = _("a group") if message.group else number
        written = _("From the phone, to {number}").format(number=whom)
        return f"<strong>{literal_html(written)}</strong>"
    parts = [f"<strong>{literal_html(number)}</strong>", literal_html(message.name)]
    if message.group:
        group = literal_html(_("Group"))
        parts.append(f'<span class="wa-badge wa-gray">{group}</span>')
    return " ".join(filter(None, parts))


def _content(message: ReceivedMessage) -> str:
    parts = []
    if message.kind != "text":
        label = _KINDS.get(message.kind, _OTHER)[message.from_me]
        parts.append(f'<div class="wa-muted">{literal_html(_(label))}</div>')
    if message.text:
        parts.append(f"<div>{literal_lines(message.text, most=_SHOWN)}</div>")
    return "".join(parts)
