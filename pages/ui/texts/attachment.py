"""What becomes of a file where that may surprise, in plain words, by the codes of ``Notice``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message

NOTICES: Final[Mapping[str, Message]] = {
    "as-gif": Message(
        N_("This picture moves: it is sent as a GIF."), N_("As a document it would be sent unchanged.")
    ),
    "shrunk": Message(
        N_("This picture is very long: as an image it becomes too small to read."),
        N_("Send it as a document to keep its full size."),
    ),
}
AS_DOCUMENT: Final = frozenset(
    {
        *("as-gif", "shrunk"),
        *("file-still-too-large", "file-too-wide", "file-too-long", "file-too-slow", "file-damaged"),
        *("file-not-image", "file-not-video", "file-not-audio", "file-not-opus"),
        *("file-needs-ffmpeg", "file-old-ffmpeg", "file-moving-needs-ffmpeg", "file-moving-too-long"),
    }
)
"""Codes beside which the file is offered to be sent as a document."""
