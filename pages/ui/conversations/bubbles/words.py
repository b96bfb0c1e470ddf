"""The words of a thread that its script sets, in the session's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from babel.dates import format_date as long_date

from pages.ui import i18n
from pages.ui.conversations.bubbles import items
from pages.ui.i18n import _
from pages.ui.texts.message_kinds import REACTIONS


def words() -> dict[str, object]:
    """Return the words, by the names that the script knows them by."""
    return {
        "language": i18n.language(),
        "pane": _("Messages"),
        "empty": _("Nothing was said here yet."),
        "older": _("Earlier messages"),
        "newest": _("Go to the newest message"),
        "one": _("{count} new message"),
        "many": _("{count} new messages"),
        "unread": _("Unread"),
        "unfold": _("Read more"),
        "edited": _("Edited"),
        "marked": _("Marked as read"),
        "queued": _("Queued"),
        "ticks": _("{state}, {time}. See each step"),
        "steps": _("Steps of the message"),
        "actions": _("Actions for the message of {time}"),
        "menu": _("Actions"),
        "acts": {
            items.REPLY: _("Answer"),
            items.REACT: _("React"),
            items.EDIT: _("Edit"),
            items.COPY: _("Copy"),
            items.READ: _("Mark as read"),
            items.RESEND: _("Send again"),
            items.DELETE: _("Delete for everybody"),
            "unreact": _("Remove reaction"),
        },
        "emojis": list(REACTIONS),
        "sure": _("Delete this message for everybody? It cannot be undone."),
        "delete": _("Delete"),
        "cancel": _("Cancel"),
        "again": _("Try again"),
        "verify": _("Verify"),
        "jump": _("Go to the message"),
        "map": _("Open the map"),
        "play": _("Listen"),
        "pause": _("Pause"),
    }


def days(dates: Iterable[date], *, zone: tzinfo) -> dict[str, str]:
    """Return what the mark above each day says: today, yesterday, a weekday, a date."""
    today = datetime.now(zone).date()
    return {day.isoformat(): _day(day, today) for day in dates}


def _day(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    shown = long_date(
        day, "EEEE" if timedelta() < today - day < timedelta(days=7) else "long", i18n.language()
    )
    return f"{shown[:1].upper()}{shown[1:]}"
