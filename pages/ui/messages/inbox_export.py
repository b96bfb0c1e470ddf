"""The inbox as a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import tzinfo
from functools import partial
from typing import Final

from core.errors import AppError
from core.models.messages import InboxEntry
from core.services import inbox
from core.services.phone_numbers import show_number
from pages.ui.formats import format_timestamp
from pages.ui.i18n import _
from pages.ui.texts.inbox import facts
from pages.ui.texts.message_kinds import card_number, inbox_label
from pages.ui.widgets.csv_download import draw_csv_download, file_name_of

ALL: Final = 100_000
"""As many as can be kept."""


def draw_export(instance_id: str) -> None:
    """Draw the button that downloads everything."""
    file_name = file_name_of(_("Messages"), instance_id)
    draw_csv_download(partial(rows, instance_id), file_name=file_name, key="inbox-csv")


def rows(instance_id: str, zone: tzinfo) -> Iterator[tuple[str, ...]]:
    """Yield heads, then all that arrived with times of ``zone``; heads only when the instance is gone."""
    yield (
        *(_("Time"), _("Name"), _("Number"), _("Group"), _("From the phone"), _("Kind"), _("Text")),
        *(_("File"), _("In answer to"), _("Outcome"), _("Reactions")),
    )
    with contextlib.suppress(AppError):
        for entry in inbox.conversation(instance_id, limit=ALL):
            yield _cells(entry, zone)


def _cells(entry: InboxEntry, zone: tzinfo) -> tuple[str, ...]:
    content, changes = entry.content, entry.changes
    change = _("deleted") if changes.deleted else _("edited") if changes.edited else ""
    place = (
        f"{content.latitude:.6f}, {content.longitude:.6f}" if content.latitude or content.longitude else ""
    )
    phones = [line for card in content.cards for line in map(card_number, card.phones)]
    words = (content.text, content.name, content.address, place, *phones, " | ".join(content.options))
    return (
        format_timestamp(entry.at, zone),
        entry.name,
        show_number(entry.contact),
        entry.group_name or (_("Group") if entry.group else ""),
        _("yes") if entry.from_me else "",
        inbox_label(content),
        "\n".join(filter(None, words)),
        facts(content),
        content.about.text if content.about else "",
        change,
        " ".join(mark.text for mark in changes.reactions),
    )
