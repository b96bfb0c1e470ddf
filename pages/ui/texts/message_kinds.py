"""What kinds of messages are called, and their signs."""

from __future__ import annotations

from typing import Final

from core.models.content import Kind
from pages.ui.i18n import N_

KINDS: Final = {
    Kind.TEXT: (N_("Text"), ":material/notes:", "💬"),
    Kind.IMAGE: (N_("Image"), ":material/image:", "🖼️"),
    Kind.VIDEO: (N_("Video"), ":material/movie:", "🎬"),
    Kind.AUDIO: (N_("Audio"), ":material/music_note:", "🎵"),
    Kind.VOICE: (N_("Voice"), ":material/mic:", "🎤"),
    Kind.DOCUMENT: (N_("Document"), ":material/description:", "📄"),
    Kind.STICKER: (N_("Sticker"), ":material/mood:", "🏷️"),
    Kind.LOCATION: (N_("Location"), ":material/location_on:", "📍"),
    Kind.CONTACT: (N_("Contact"), ":material/person:", "👤"),
    Kind.POLL: (N_("Poll"), ":material/ballot:", "📊"),
}
"""Kinds that can be written, in the order of the picker: name, icon, and a sign for places of plain text."""
