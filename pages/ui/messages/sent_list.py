"""The last sends of an instance, each with how far it came and when."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.content import ABOUT_ANOTHER, Kind
from core.models.messages import Changes, SendState, SentMessage, Tick
from core.services import inbox, messages
from core.services.visible import seen
from pages.ui.conversations.sender import Sender
from pages.ui.escape import escape_html, isolated_html
from pages.ui.formats import format_clock
from pages.ui.i18n import N_, _
from pages.ui.messages.bubble import formatted, inside
from pages.ui.messages.inbox_card import poll_html, reactions_html
from pages.ui.messages.known_names import known_names
from pages.ui.messages.sent_actions import draw_actions
from pages.ui.presentation import shown_number
from pages.ui.state import Slot
from pages.ui.texts.message_kinds import label_of
from pages.ui.texts.sending import PROBLEMS, TICKS, outcome_message
from pages.ui.widgets.number_check import last_lookup

_CHANGES: Final = frozenset({Kind.REACTION, Kind.EDIT, Kind.DELETE})
_SHOWN: Final = 300
"""Characters of a text that a card shows."""
_OPEN: Final = 5
"""Cards that show at once; what arrived stands below them."""
_VERIFIED: Final = Slot("send-verified", str)
"""Request id of the message that was looked for last."""
_FOUND_NOTHING: Final = N_(
    "Checked: WhatsApp has not confirmed yet. The confirmation appears here as soon as it comes."
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What cards say beside the message itself."""

    later: Mapping[str, dict[Kind, SentMessage]]
    """The newest changes of each from here, by the id of the message they change."""
    answers: Mapping[str, Changes]
    """The changes of each by others, by its id."""
    names: Mapping[str, str]
    """What people are called, by the digits of their numbers."""
    now: float


def draw_sent(sender: Sender) -> None:
    """Draw the sends, the newest first; nothing before the first one."""
    sent = messages.recent_messages(sender.instance_id)
    if not sent:
        return
    known = _Known(
        _later(sent),
        inbox.changes_of_sent(sender.instance_id, sent),
        known_names(sender.instance_id, {message.to for message in sent}),
        now=time.time(),
    )
    shown = tuple(message for message in sent if not _is_folded(message, sent))
    st.subheader(_("Sent messages"), anchor=False)
    with st.container(key="sent-list", gap="xsmall"):
        _draw_cards(sender, shown[:_OPEN], known)
        if shown[_OPEN:]:
            with st.expander(_("Earlier messages")):
                _draw_cards(sender, shown[_OPEN:], known)


def _later(sent: tuple[SentMessage, ...]) -> dict[str, dict[Kind, SentMessage]]:
    """Return the newest edit, deletion and reaction that went out, by the id of the message they change."""
    changes: dict[str, dict[Kind, SentMessage]] = {}
    for message in sent:
        about = message.content.about
        if message.content.kind in ABOUT_ANOTHER and about is not None and message.state is SendState.SENT:
            changes.setdefault(about.message_id, {}).setdefault(message.content.kind, message)
    return changes


def _is_folded(message: SentMessage, sent: tuple[SentMessage, ...]) -> bool:
    """Return whether it is seen on the card of the message that it is about."""
    about = message.content.about
    if message.content.kind not in ABOUT_ANOTHER or message.state is not SendState.SENT or about is None:
        return False
    return any(other.message_id == about.message_id for other in sent if other is not message)


def _draw_cards(sender: Sender, sent: tuple[SentMessage, ...], known: _Known) -> None:
    for message in sent:
        changes = known.later.get(message.message_id, {}) if message.message_id else {}
        st.html(_card(message, changes, known))
        if message.state is SendState.UNCERTAIN:
            _draw_verify(message)
        draw_actions(sender, message, deleted=Kind.DELETE in changes)


def _draw_verify(message: SentMessage) -> None:
    """Draw the button that looks for how it ended; nothing is sent."""
    st.button(
        _("Verify"),
        key=f"verify-{message.request_id}",
        icon=":material/search:",
        on_click=_verify,
        args=(message.instance_id, message.request_id),
    )
    if _VERIFIED.get() == message.request_id:
        st.caption(_(_FOUND_NOTHING))


def _verify(instance_id: str, request_id: str) -> None:
    _VERIFIED.set(request_id)
    with contextlib.suppress(AppError):  # gone meanwhile: the page says so
        messages.verify(instance_id, request_id)


def _whom(message: SentMessage, names: Mapping[str, str]) -> str:
    """Return whom it went to as HTML: a group's name, or a person's name and number as far as known."""
    number = shown_number(message.to.partition("@")[0])
    lookup = last_lookup(message.instance_id, message.to)
    name = message.to_name or names.get(message.to) or (lookup.answer.name if lookup else "")
    if not seen(name):
        return f"<strong>{isolated_html(number)}</strong>"
    beside = "" if message.to_name else f' <span class="wa-muted wa-value">{escape_html(number)}</span>'
    return f"<strong>{isolated_html(name)}</strong>{beside}"


def _card(message: SentMessage, changes: dict[Kind, SentMessage], known: _Known) -> str:
    answers = known.answers.get(message.message_id, Changes())
    whom = _whom(message, known.names)
    return (
        f'<div class="wa-card"><div class="wa-step"><span>{whom}</span>{_badge(message)}</div>'
        f"{_body(message, changes, answers)}"
        f'<div class="wa-muted wa-count">{_steps(message, now=known.now)}</div>{_because(message)}</div>'
    )


def _body(message: SentMessage, changes: dict[Kind, SentMessage], answers: Changes) -> str:
    content = message.content
    if Kind.DELETE in changes:
        gone = escape_html(_("Deleted for everybody"))
        return f'<div class="wa-muted wa-gone">{gone}</div>'
    if content.kind in _CHANGES:
        name = escape_html(label_of(content))
        return f'<div class="wa-muted">{name}</div><div>{formatted(content.text, most=_SHOWN)}</div>'
    quoted = content.about.text if content.about else ""
    above = f'<div class="wa-quote">{isolated_html(quoted)}</div>' if quoted else ""
    edited = ""
    if edit := changes.get(Kind.EDIT):
        content = replace(content, text=edit.content.text)
        mark = escape_html(_("Edited"))
        edited = f'<div class="wa-muted">{mark}</div>'
    emoji = changes[Kind.REACTION].content.text if Kind.REACTION in changes else ""
    reaction = f'<div><span class="wa-badge wa-gray">{escape_html(emoji)}</span></div>' if emoji else ""
    shown = inside(content, most=_SHOWN)
    if content.options:
        shown = f"<strong>{isolated_html(content.text)}</strong>{poll_html(content.options, answers.votes)}"
    marks = "".join(reactions_html(answers.reactions))
    theirs = f'<div class="wa-count wa-marks">{marks}</div>' if marks else ""
    return f"{above}<div>{shown}</div>{edited}{reaction}{theirs}"


def _badge(message: SentMessage) -> str:
    if message.state in PROBLEMS:
        label, colour = PROBLEMS[message.state]
        marks = ""
    else:
        label, marks = TICKS[message.tick]
        colour = "blue" if message.tick >= Tick.READ else "green" if message.tick else "gray"
    shown = f' <span aria-hidden="true">{marks}</span>' if marks else ""
    return f'<span class="wa-badge wa-{colour}">{escape_html(_(label))}{shown}</span>'


def _steps(message: SentMessage, *, now: float) -> str:
    """Return each step that it took, with its time."""
    settled = message.settled_at if message.state is SendState.SENT else None
    checked = _checked_at(message)
    times = (message.created_at, settled, message.delivered_at, message.read_at, message.played_at)
    steps = (
        " ".join(filter(None, (_(label), marks, format_clock(at, now=now))))
        for (label, marks), at in zip(TICKS.values(), times, strict=True)
        if at is not None
    )
    first = [" ".join((_("Checked"), format_clock(checked, now=now)))] if checked is not None else []
    return "".join(f"<span>{escape_html(step)}</span>" for step in (*first, *steps))


def _checked_at(message: SentMessage) -> float | None:
    """Return when its number was found on WhatsApp in this visit, before the send; None when not known."""
    lookup = last_lookup(message.instance_id, message.to)
    if lookup is None or not lookup.answer.exists or lookup.at > message.created_at:
        return None
    return lookup.at


def _because(message: SentMessage) -> str:
    if not message.reason:
        return ""
    return f"<div>{escape_html(outcome_message(message.reason).text)}</div>"
