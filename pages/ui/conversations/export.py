"""A conversation as a file for a spreadsheet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import tzinfo
from functools import partial

from core.errors import AppError
from core.models.conversations import Conversation, ThreadMessage
from core.models.messages import SendState
from core.services import conversations
from core.services.phone_numbers import show_number
from pages.ui.conversations.drafts import Place, place_of
from pages.ui.formats import format_timestamp
from pages.ui.i18n import _
from pages.ui.texts.inbox import facts
from pages.ui.texts.message_kinds import inbox_label
from pages.ui.texts.sending import PROBLEMS, TICKS
from pages.ui.widgets.csv_download import draw_csv_download, file_name_of

ALL = 100_000
"""As many as can be kept."""


def draw_export(conversation: Conversation) -> None:
    """Draw the button that downloads the whole conversation."""
    place = place_of(conversation)
    file_name = file_name_of(_("Conversation"), conversation.instance_id)
    draw_csv_download(partial(rows, place), file_name=file_name, key="conversation-csv")


def rows(place: Place, zone: tzinfo) -> Iterator[tuple[str, ...]]:
    """Yield heads, then all messages, oldest first, with times of ``zone``; heads only when it is gone."""
    yield (
        *(_("Time"), _("Name"), _("Number"), _("Kind"), _("Text"), _("File"), _("In answer to")),
        *(_("Step"), _("Outcome"), _("Reactions")),
    )
    with contextlib.suppress(AppError):
        for message in conversations.thread(*place, limit=ALL).messages:
            yield _cells(message, zone)


def _cells(message: ThreadMessage, zone: tzinfo) -> tuple[str, ...]:
    content, changes = message.content, message.changes
    name, number = _author(message)
    place = (
        f"{content.latitude:.6f}, {content.longitude:.6f}" if content.latitude or content.longitude else ""
    )
    cards = [f"{card.name} {phone.written}" for card in content.cards for phone in card.phones]
    words = (content.text, content.name, content.address, place, *cards, " | ".join(content.options))
    return (
        format_timestamp(message.at, zone),
        name,
        number,
        inbox_label(content),
        "\n".join(filter(None, words)),
        facts(content),
        content.about.text if content.about else "",
        _step(message),
        _("deleted") if changes.deleted else _("edited") if changes.edited else "",
        " ".join(mark.text for mark in changes.reactions),
    )


def _author(message: ThreadMessage) -> tuple[str, str]:
    """Return name and number of another person who wrote it."""
    if message.from_me or message.received is None:
        return _("You"), ""
    return message.received.name, show_number(message.received.contact)


def _step(message: ThreadMessage) -> str:
    """Return how far an own message came."""
    if message.sent is None:
        return ""
    if message.sent.state in (SendState.FAILED, SendState.UNCERTAIN):
        return _(PROBLEMS[message.sent.state][0])
    return _(TICKS[message.sent.tick][0])
