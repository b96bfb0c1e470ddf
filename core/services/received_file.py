"""A file of a stranger, as it may be given to a browser: by what it is, not by what it says it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from core.models.content import Kind
from core.models.messages import InboxEntry
from core.services import safe_image

_PICTURES: Final = frozenset({Kind.IMAGE, Kind.STICKER})
_SOUNDS: Final = frozenset({Kind.AUDIO, Kind.VOICE})
_BEGINS: Final = (
    (re.compile(rb"OggS"), "ogg"),
    (re.compile(rb"ID3|\xff[\xfa\xfb\xf2\xf3\xe2\xe3]"), "mpeg"),
    (re.compile(rb"\xff[\xf1\xf9]"), "aac"),
    (re.compile(rb".{4}ftyp", re.DOTALL), "mp4"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "webm"),
    (re.compile(rb"RIFF.{4}WAVE", re.DOTALL), "wav"),
)
"""How files begin that browsers play."""
_FILMS: Final = frozenset({"mp4", "webm", "ogg"})
_ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "application/pdf": ".pdf",
}
_NAME: Final = 100
_NEVER: Final = re.compile(r'[\\/:*?"<>|]')


class DisplayKind(StrEnum):
    """How a page shows it."""

    PICTURE = "picture"
    SOUND = "sound"
    FILM = "film"
    FILE = "file"
    """To be downloaded only."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A fetched file."""

    view: DisplayKind
    data: bytes = field(repr=False)
    """As it came, to be downloaded and played."""
    name: str = field(repr=False)
    """For the download: no path, nothing invisible."""
    mime: str = ""
    """Of a sound or a film."""
    picture: bytes = field(default=b"", repr=False)
    """Of a picture: made anew, harmless."""
    gif: bool = False
    """Of a film: plays by itself, over and over and without sound."""


def prepare_for_display(entry: InboxEntry, data: bytes) -> ReceivedFile:
    """Return how the file of ``entry`` may be shown."""
    name = file_name(entry)
    if entry.kind in _PICTURES and (picture := safe_image.reencode(data)):
        return ReceivedFile(DisplayKind.PICTURE, data, name, picture=picture)
    played = next((each for begin, each in _BEGINS if begin.match(data)), "")
    if entry.kind in _SOUNDS and played:
        return ReceivedFile(DisplayKind.SOUND, data, name, mime=f"audio/{played}")
    if entry.kind is Kind.VIDEO and played in _FILMS:
        gif = entry.content.file is not None and entry.content.file.gif
        return ReceivedFile(DisplayKind.FILM, data, name, mime=f"video/{played}", gif=gif)
    return ReceivedFile(DisplayKind.FILE, data, name)


def file_name(entry: InboxEntry) -> str:
    """Return a name to save it under."""
    file = entry.content.file
    given = file.name if file else ""
    # What turns the direction of writing round makes "fdp.exe" of an "exe.pdf".
    seen = "".join(char for char in given if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))
    path = PurePosixPath(" ".join(_NEVER.sub("_", seen).split()).strip(". "))
    if path.name:
        return f"{path.stem[: _NAME - len(path.suffix[:12])]}{path.suffix[:12]}"
    mime = file.mime.partition(";")[0].strip().casefold() if file else ""
    return f"{entry.kind}-{int(entry.at)}{_ENDINGS.get(mime, '')}"
