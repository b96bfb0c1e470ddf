"""What one line of the list says of a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from core.models.content import Content, Kind
from core.models.conversations import Conversation
from core.models.messages import LatestMessage, SendState, Tick
from core.services import recipients
from core.services.visible import seen
from pages.ui.conversations.bubbles import bodies
from pages.ui.conversations.line_list import LastWords, Line, Mood
from pages.ui.escape import isolated
from pages.ui.formats import format_recent
from pages.ui.i18n import N_, _, ngettext
from pages.ui.links import conversation_address
from pages.ui.presentation import covered, is_on, shown_number
from pages.ui.texts.message_kinds import inbox_icon, inbox_label
from pages.ui.widgets.face import colour_of, initials

NAME: Final = 60
"""Characters of a name that a person gave themselves."""
_WORDS: Final = 160
_READ: Final = 4 * _WORDS
"""Characters that are looked through for marks, whose end may lie beyond those that are shown."""
_WRITTEN: Final = frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO})
_PLAIN: Final = re.compile(r"[\w-]+")
_MOST: Final = 99
"""Unread messages that are counted out."""
_TICKS: Final[Mapping[Tick, tuple[str, str]]] = {
    Tick.QUEUED: ("schedule", N_("Queued")),
    Tick.SERVER: ("check", N_("Sent")),
    Tick.DELIVERED: ("done_all", N_("Delivered")),
    Tick.READ: ("done_all", N_("Read")),
    Tick.PLAYED: ("done_all", N_("Played")),
}
_PROBLEMS: Final[Mapping[SendState, tuple[str, str]]] = {
    SendState.FAILED: ("error", N_("Not sent")),
    SendState.UNCERTAIN: ("help", N_("Not known")),
}


def called(conversation: Conversation) -> str:
    """Return what the other side is called, for a plain place; never empty."""
    if seen(conversation.name):
        return isolated(conversation.name[:NAME])
    if conversation.group:
        return _("Group without a name")
    return shown_number(conversation.number) or _("Hidden number")


def face_seed(conversation: Conversation) -> str:
    """Return what chooses the colour of a face: of a group what it has before there is a conversation."""
    return conversation.address if conversation.group else conversation.id


def line_of(conversation: Conversation, *, now: float, typing: bool = False) -> Line:
    """Return the line of a conversation; ``typing``: the other side writes at this moment."""
    latest, unread = conversation.latest, conversation.unread
    return replace(
        _blank(conversation),
        when=format_recent(latest.at, now=now) if latest else "",
        moment=datetime.fromtimestamp(latest.at, UTC).isoformat(timespec="seconds") if latest else "",
        last=_typing() if typing else _last_words(latest, group=conversation.group),
        unread=unread,
        badge=_badge(unread),
        counted=ngettext("{count} unread", "{count} unread", unread).format(count=unread) if unread else "",
    )


def person_line(conversation: Conversation) -> Line:
    """Return a person as one of those to write to: with their number, without what was said."""
    number = shown_number(conversation.number)
    return replace(_blank(conversation), last=LastWords(number if seen(conversation.name) else ""))


def _blank(conversation: Conversation) -> Line:
    named = conversation.name[:NAME] if seen(conversation.name) else ""
    marked = bool(named) and conversation.group
    return Line(
        id=conversation.id,
        href=f"?{urlencode(conversation_address(conversation.instance_id, conversation.id))}",
        name=called(conversation),
        letters=initials(covered(named)) if named else "",
        icon="group" if conversation.group else "person",
        sign="group" if marked else "",
        signed=_("Group") if marked else "",
        colour=colour_of(face_seed(conversation)),
    )


def faces_style(listed: Iterable[Conversation]) -> str:
    """Return the style that shows the pictures of people that are known, in place of their initials.

    Apart from the lines: it is sent to the browser once, and not with each message that arrives.
    """
    pictures = {} if is_on() else {one.id: recipients.face(one.instance_id, one.number) for one in listed}
    rules = (
        f'.wa-face[data-face="{key}"] {{ background-image: url("{picture}"); color: transparent; }}'
        for key, picture in pictures.items()
        if picture and _PLAIN.fullmatch(key)
    )
    return f"<span></span><style>{' '.join(rules)}</style>"


def _badge(unread: int) -> str:
    if not unread:
        return ""
    return f"{_MOST}+" if unread > _MOST else str(unread)


def _typing() -> LastWords:
    return LastWords(_("typing…"), mood="typing")


def _last_words(latest: LatestMessage | None, *, group: bool) -> LastWords:
    if latest is None:
        return LastWords()
    if latest.deleted:
        gone = _("This message was deleted")
        return LastWords(gone, writer=_writer(latest, group=group), symbol="block", mood="gone")
    tick, state, mood = _progress(latest)
    words, symbol = isolated(_unmarked(latest)[:_WORDS]), ""
    if latest.kind is not Kind.TEXT:
        content = Content(latest.kind, name=latest.text)
        symbol = inbox_icon(content)
        words = inbox_label(content) if latest.kind is Kind.CALL or not seen(words) else words
    return LastWords(words, _writer(latest, group=group), symbol, tick, state, mood)


def _unmarked(latest: LatestMessage) -> str:
    """Return what was said without the marks of its looks; what is no text, a file's name, as it is."""
    if latest.kind not in _WRITTEN:
        return latest.text
    return "".join(piece[0] for piece in bodies.words(latest.text[:_READ]))


def _writer(latest: LatestMessage, *, group: bool) -> str:
    """Return who wrote it, where that is not clear: of two people, only the own messages are marked."""
    if latest.from_me:
        return _("You:")
    if not group:
        return ""
    name = isolated(latest.name[:NAME]) if seen(latest.name) else ""
    return f"{name or shown_number(latest.contact) or _('Hidden number')}:"


def _progress(latest: LatestMessage) -> tuple[str, str, Mood]:
    """Return symbol, words and colour of how far an own message came; nothing for those of others."""
    if latest.state is not None and latest.state in _PROBLEMS:
        symbol, words = _PROBLEMS[latest.state]
        return symbol, _(words), "failed"
    if latest.tick is None:
        return "", "", ""
    symbol, words = _TICKS[latest.tick]
    return symbol, _(words), "read" if latest.tick >= Tick.READ else ""
