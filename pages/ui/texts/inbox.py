"""What the kinds of messages are called, and how each looks in a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.models.content import Content, Kind
from core.models.messages import InboxContact, InboxEntry
from core.services.phone_numbers import show_number
from core.services.visible import seen
from pages.ui.escape import isolated
from pages.ui.formats import length, size
from pages.ui.i18n import N_, _

KINDS: Final = {
    Kind.TEXT: (N_("Text"), "chat"),
    Kind.IMAGE: (N_("Image"), "image"),
    Kind.VIDEO: (N_("Video"), "videocam"),
    Kind.AUDIO: (N_("Audio"), "music_note"),
    Kind.VOICE: (N_("Voice message"), "mic"),
    Kind.DOCUMENT: (N_("Document"), "description"),
    Kind.STICKER: (N_("Sticker"), "mood"),
    Kind.LOCATION: (N_("Location"), "location_on"),
    Kind.CONTACT: (N_("Contact"), "contact_page"),
    Kind.POLL: (N_("Poll"), "ballot"),
    Kind.CALL: (N_("Missed call"), "phone_missed"),
    Kind.OTHER: (N_("A message of a kind that is not shown here"), "help"),
}
"""Label and icon (Material Symbols) of all that has a line of its own."""
GROUPS: Final = {
    "text": (N_("Texts"), frozenset({Kind.TEXT})),
    "pictures": (N_("Images and videos"), frozenset({Kind.IMAGE, Kind.VIDEO, Kind.STICKER})),
    "sounds": (N_("Audio"), frozenset({Kind.AUDIO, Kind.VOICE})),
    "documents": (N_("Documents"), frozenset({Kind.DOCUMENT})),
    "places": (
        N_("Locations, contacts, polls"),
        frozenset({Kind.LOCATION, Kind.CONTACT, Kind.POLL, Kind.OTHER}),
    ),
    "calls": (N_("Missed calls"), frozenset({Kind.CALL})),
}
"""What can be picked, and which kinds that is."""


def label(content: Content) -> str:
    """What the kind is called, in the session's language."""
    if content.kind is Kind.CALL and content.name:
        return _("Missed video call")
    return _(KINDS.get(content.kind, KINDS[Kind.OTHER])[0])


def icon(content: Content) -> str:
    """Its icon's name."""
    if content.kind is Kind.CALL and content.name:
        return "missed_video_call"
    return KINDS.get(content.kind, KINDS[Kind.OTHER])[1]


def facts(content: Content, *, quote: Callable[[str], str] = str) -> str:
    """What is worth knowing of a file before it is fetched; empty when there is none.

    ``quote`` is for its name, which somebody else chose.
    """
    file = content.file
    if file is None:
        return ""
    measure = f"{file.width} × {file.height}" if file.width and file.height else ""
    return " · ".join(
        filter(None, (quote(file.name), length(file.seconds), measure, size(file.size) if file.size else ""))
    )


def who(entry: InboxEntry) -> tuple[str, str]:
    """Name and number of the other person, as far as they are known; one of the two is always there."""
    number = show_number(entry.contact) or _("Hidden number")
    return (entry.name, number) if seen(entry.name) else (number, "")


def contact_label(contact: InboxContact) -> str:
    """Somebody, or a group, in a list to choose from."""
    if contact.group:
        name = isolated(contact.name)
        return _("Group: {name}").format(name=name) if seen(name) else _("Group without a name")
    number = show_number(contact.number) or _("Hidden number")
    return f"{isolated(contact.name)} · {number}" if seen(contact.name) else number
