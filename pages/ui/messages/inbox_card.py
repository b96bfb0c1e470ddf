"""One message of the inbox as HTML: everything in it was written by another person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from core.models.content import Kind
from core.models.messages import InboxEntry, Mark
from core.services import safe_image
from pages.ui.escape import escape_html, isolated, isolated_html
from pages.ui.formats import format_time
from pages.ui.i18n import _
from pages.ui.messages.bubble import formatted
from pages.ui.texts.inbox import facts, mark_author, name_and_number
from pages.ui.texts.message_kinds import event_answers, inbox_icon, inbox_label, lines_of

_SHOWN: Final = 2_000
"""Characters of a text that a card shows."""


def card(
    entry: InboxEntry, *, now: float, names: Mapping[str, str] | None = None, whole: bool = False
) -> str:
    """Return who, when, what; what the message answers, and how it was changed later.

    ``names``: what people are called, by number, where a message does not say so. ``whole``: its picture
    stands below, so that a small one would say nothing.
    """
    deleted = entry.changes.deleted
    parts = [
        _head(entry, names, now=now),
        "" if deleted else _quote(entry),
        _deleted() if deleted else _content(entry, whole=whole),
        _marks(entry),
    ]
    side = " wa-own" if entry.from_me else ""
    return f'<div class="wa-card wa-message{side}">{"".join(parts)}</div>'


def _head(entry: InboxEntry, names: Mapping[str, str] | None, *, now: float) -> str:
    when = escape_html(format_time(entry.at, now=now))
    who = _who(entry, names)
    return f'<div class="wa-step"><span>{who}</span><span class="wa-muted wa-count">{when}</span></div>'


def _who(entry: InboxEntry, names: Mapping[str, str] | None) -> str:
    name, number = name_and_number(entry, names)
    group = entry.group_name or _("Group")
    if entry.from_me:
        whom = group if entry.group else name
        written = _("From the phone, to {number}").format(number=isolated(whom))
        return f"<strong>{escape_html(written)}</strong>{'' if entry.group else _beside(number)}"
    who = f"<strong>{isolated_html(name)}</strong>{_beside(number)}"
    if entry.group:
        who += f' <span class="wa-badge wa-gray">{_symbol("group")}{isolated_html(group)}</span>'
    return who


def _beside(number: str) -> str:
    """Return a number as it stands beside a name; nothing for none."""
    return f' <span class="wa-muted wa-value">{escape_html(number)}</span>' if number else ""


def _quote(entry: InboxEntry) -> str:
    about = entry.content.about
    if about is None or not about.message_id:
        return ""
    words = about.text or _("an earlier message")
    return f'<div class="wa-quote">{_symbol("reply")}{isolated_html(words)}</div>'


def _deleted() -> str:
    text = escape_html(_("This message was deleted"))
    return f'<div class="wa-muted">{_symbol("block")}<em>{text}</em></div>'


def _content(entry: InboxEntry, *, whole: bool) -> str:
    content = entry.content
    parts = []
    if content.kind is not Kind.TEXT:
        line = " · ".join(filter(None, (inbox_label(content), facts(content, quote=isolated))))
        parts.append(
            f'<div class="wa-kind">{_symbol(inbox_icon(content))}<span>{escape_html(line)}</span></div>'
        )
    if content.file and not whole and (address := safe_image.thumbnail_data_uri(content.file.thumbnail)):
        alt = escape_html(_("Small preview of the file"))
        parts.append(f'<img class="wa-thumbnail" src="{address}" alt="{alt}">')
    if lines := lines_of(content):
        parts.append(_lines(lines))
    if content.text:
        parts.append(f"<div>{formatted(content.text, most=_SHOWN)}</div>")
    if content.options:
        parts.append(poll_html(content.options, entry.changes.votes))
    elif content.kind is Kind.EVENT and entry.changes.votes:
        parts.append(poll_html((), event_answers(entry.changes.votes)))
    return "".join(parts)


def poll_html(options: Iterable[str], votes: Iterable[Mark]) -> str:
    """Return each option with how many chose it, and who."""
    voters: dict[str, list[str]] = {option: [] for option in options}
    for vote in votes:
        voters.setdefault(vote.text, []).append(mark_author(vote))
    rows = "".join(
        f"<li><span>{isolated_html(option)}</span>"
        f'<span class="wa-muted" title="{escape_html(", ".join(names))}">{len(names)}</span></li>'
        for option, names in voters.items()
    )
    return f'<ul class="wa-options">{rows}</ul>'


def _marks(entry: InboxEntry) -> str:
    parts = [*reactions_html(entry.changes.reactions)]
    if entry.changes.edited:
        parts.append(_note("edit", _("Edited")))
    if entry.read:
        parts.append(_note("done_all", _("Marked as read")))
    return f'<div class="wa-count wa-marks">{"".join(parts)}</div>' if parts else ""


def reactions_html(marks: Iterable[Mark]) -> Iterable[str]:
    """Yield each emoji once, with who put it there."""
    marks = list(marks)
    for emoji, count in Counter(mark.text for mark in marks).items():
        names = ", ".join(mark_author(mark) for mark in marks if mark.text == emoji)
        shown = names if count == 1 else str(count)
        yield (
            f'<span class="wa-reaction" title="{escape_html(names)}">{escape_html(emoji)} '
            f"{escape_html(shown)}</span>"
        )


def _note(symbol: str, words: str) -> str:
    return f'<span class="wa-muted">{_symbol(symbol)}{escape_html(words)}</span>'


def _lines(lines: Iterable[str]) -> str:
    return f"<div>{'<br>'.join(isolated_html(line) for line in lines if line)}</div>"


def _symbol(name: str) -> str:
    """Return one of Streamlit's own icons; a screen reader skips it."""
    return f'<span class="wa-symbol" translate="no" aria-hidden="true">{name}</span>'
