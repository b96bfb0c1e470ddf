"""Kinds of messages: what each is called and how it looks, where it is written and where it arrives."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.models.content import REJECTED, VIDEO_CALL, CardPhone, Content, Kind
from core.models.messages import Mark
from pages.ui.escape import isolated
from pages.ui.formats import format_time
from pages.ui.i18n import N_, _
from pages.ui.presentation import covered, shown_number


@dataclass(frozen=True, slots=True)
class KindText:
    """Label and icons (names of Material Symbols) of one kind."""

    label: str
    icon: str = ""
    """In the composer; empty for what cannot be written there."""
    sign: str = ""
    """For places of plain text."""
    inbox_icon: str = ""
    """In the inbox; empty for what has no line of its own there."""
    inbox_label: str = ""
    """In the inbox, where it is called otherwise than in the composer."""
    group: str = "places"
    """Key of ``GROUPS``: what it is found under in the inbox."""


KINDS: Final[Mapping[Kind, KindText]] = {
    Kind.TEXT: KindText(N_("Text"), "notes", "💬", "chat", group="text"),
    Kind.IMAGE: KindText(N_("Image"), "image", "🖼️", "image", group="pictures"),
    Kind.VIDEO: KindText(N_("Video"), "movie", "🎬", "videocam", group="pictures"),
    Kind.AUDIO: KindText(N_("Audio"), "music_note", "🎵", "music_note", group="sounds"),
    Kind.VOICE: KindText(N_("Voice"), "mic", "🎤", "mic", N_("Voice message"), group="sounds"),
    Kind.DOCUMENT: KindText(N_("Document"), "description", "📄", "description", group="documents"),
    Kind.STICKER: KindText(N_("Sticker"), "mood", "🏷️", "mood", group="pictures"),
    Kind.LOCATION: KindText(N_("Location"), "location_on", "📍", "location_on"),
    Kind.CONTACT: KindText(N_("Contact"), "person", "👤", "contact_page"),
    Kind.POLL: KindText(N_("Poll"), "ballot", "📊", "ballot"),
    Kind.EVENT: KindText(N_("Event"), sign="📅", inbox_icon="event"),
    Kind.REACTION: KindText(N_("Reaction")),
    Kind.EDIT: KindText(N_("Edit of a message")),
    Kind.DELETE: KindText(N_("Deletion for everybody")),
    Kind.CALL: KindText(N_("Call"), "", "", "phone_missed", N_("Missed call"), group="calls"),
    Kind.PHONE_ONLY: KindText(
        N_("A message that only the phone shows"), sign="📱", inbox_icon="phone_locked"
    ),
    Kind.UNREADABLE: KindText(
        N_("A message that could not be read here"), sign="🔒", inbox_icon="lock_clock"
    ),
    Kind.OTHER: KindText(N_("A message of a kind that is not shown here"), inbox_icon="help"),
}
WRITABLE: Final = tuple(kind for kind, text in KINDS.items() if text.icon)
"""Kinds that can be written, in the order of the picker."""
_CALLS: Final[Mapping[str, tuple[str, str]]] = {
    VIDEO_CALL: (N_("Missed video call"), "missed_video_call"),
    REJECTED[""]: (N_("Call rejected automatically"), "phone_disabled"),
    REJECTED[VIDEO_CALL]: (N_("Video call rejected automatically"), "videocam_off"),
}
"""Label and icon in the inbox, by the name of a call."""
GROUPS: Final = {
    "text": N_("Texts"),
    "pictures": N_("Images and videos"),
    "sounds": N_("Audio"),
    "documents": N_("Documents"),
    "places": N_("Locations, contacts, polls"),
    "calls": N_("Calls"),
}
"""What the inbox can be narrowed to."""
_GIF: Final = "GIF"
"""The same in every language."""
EVENT_ANSWERS: Final = {
    "going": N_("Going"),
    "maybe": N_("Maybe"),
    "not_going": N_("Not going"),
}
"""What one can answer to an event."""
FETCH: Final = {
    Kind.IMAGE: (N_("Show image"), "image"),
    Kind.STICKER: (N_("Show sticker"), "mood"),
    Kind.VIDEO: (N_("Show video"), "play_circle"),
    Kind.AUDIO: (N_("Listen"), "play_circle"),
    Kind.VOICE: (N_("Listen"), "play_circle"),
    Kind.DOCUMENT: (N_("Fetch document"), "download"),
}
"""What a press on a file that was not fetched yet does, and its icon."""
REACTIONS: Final = ("👍", "❤️", "😂", "😮", "😢", "🙏")
"""What can be answered with one press."""


def kinds_of(group: str) -> frozenset[Kind]:
    """Return the kinds of a key of ``GROUPS``."""
    return frozenset(kind for kind, text in KINDS.items() if text.inbox_icon and text.group == group)


def label_of(content: Content) -> str:
    """Return what the kind is called where it is written, in the session's language."""
    text = KINDS.get(content.kind, KINDS[Kind.OTHER])
    return _GIF if _is_gif(content) else _(text.label)


def _is_gif(content: Content) -> bool:
    return content.kind is Kind.VIDEO and content.file is not None and content.file.gif


def lines_of(content: Content) -> tuple[str, ...]:
    """Return what a kind says beside its text, line by line, as plain text; some may be empty."""
    match content.kind:
        case Kind.LOCATION:
            return content.name, content.address, f"{content.latitude:.6f}, {content.longitude:.6f}"
        case Kind.CONTACT:
            return tuple(
                line for card in content.cards for line in (card.name, *map(card_number, card.phones))
            )
        case Kind.EVENT:
            when = format_time(content.starts_at, now=time.time()) if content.starts_at else ""
            return content.name, when, content.address, _("Cancelled") if content.cancelled else ""
        case Kind.PHONE_ONLY:
            return (_("Open WhatsApp on the phone to see it. It may be a picture to be seen only once."),)
        case Kind.UNREADABLE:
            return (_("Open WhatsApp on the phone to read it. It may still arrive here."),)
    return ()


def event_answers(votes: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return the answers to an event as they are called in the session's language."""
    return tuple(replace(vote, text=_(EVENT_ANSWERS[vote.text])) for vote in votes)


def card_number(phone: CardPhone) -> str:
    """Return a number of a contact card as its author wrote it; with the country where that is known."""
    shown = shown_number(phone.number) if phone.number else covered(phone.written)
    if not phone.extension:
        return shown
    return _("{number}, extension {extension}").format(number=shown, extension=covered(phone.extension))


def inbox_label(content: Content) -> str:
    """Return what the kind is called in the inbox, in the session's language."""
    if content.kind is Kind.CALL and content.name in _CALLS:
        return _(_CALLS[content.name][0])
    if _is_gif(content):
        return _GIF
    text = _in_inbox(content.kind)
    return _(text.inbox_label or text.label)


def inbox_icon(content: Content) -> str:
    """Return the name of its icon in the inbox."""
    if content.kind is Kind.CALL and content.name in _CALLS:
        return _CALLS[content.name][1]
    if _is_gif(content):
        return "gif_box"
    return _in_inbox(content.kind).inbox_icon


def _in_inbox(kind: Kind) -> KindText:
    text = KINDS.get(kind)
    return text if text is not None and text.inbox_icon else KINDS[Kind.OTHER]


def place_of(content: Content) -> tuple[float, float] | None:
    """Return latitude and longitude of a place, in degrees; None for any other kind."""
    return (content.latitude, content.longitude) if content.kind is Kind.LOCATION else None


def choices_of(content: Content) -> dict[str, str]:
    """Return what people can choose in a poll, or answer to an event: labels by what a vote says."""
    if content.kind is Kind.EVENT:
        return {answer: _(label) for answer, label in EVENT_ANSWERS.items()}
    return {option: isolated(option) for option in content.options}
