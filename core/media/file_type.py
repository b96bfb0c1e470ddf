"""What a file is, by its first bytes. Its name and what a browser says of it are never asked."""

from __future__ import annotations

import importlib
from typing import Final

from core.errors import InvalidInputError

_STARTS: Final = (
    (b"OggS", "ogg"),
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"#!AMR", "amr"),
    (b"FLV\x01", "flv"),
    (b"caff", "caf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
)
_RIFF: Final = {b"AVI ": "avi", b"WAVE": "wav"}
_SAMPLE: Final = 256 * 1024
LONGEST_S: Final = 86_400.0
"""A file that says it plays for longer than a day has made that up; WhatsApp's field holds 32 bits."""


def container(data: bytes) -> str:
    """Return what holds a sound or film, by the name of ffmpeg's demuxer; empty for anything else.

    A list of other files (a playlist), of which ffmpeg knows many, is none of these.
    """
    if data[4:8] == b"ftyp":
        return "mov"
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "")
    if data[:4] == b"FORM" and data[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    for start, name in _STARTS:
        if data.startswith(start):
            return name
    return _mpeg_audio(data[:4])


def _mpeg_audio(head: bytes) -> str:
    """Find frames without container: twelve set bits, then the layer. Source: ISO/IEC 11172-3, 13818-7."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xF0 != 0xF0:
        return ""
    layer = head[1] & 0x06
    if layer == 0:
        return "aac"
    whole = head[2] >> 4 not in {0, 15} and head[2] & 0x0C != 0x0C
    return "mp3" if layer == 0x02 and whole else ""


def mime(data: bytes) -> str:
    """Return a document's type, as libmagic sees it; ``application/octet-stream`` where it cannot tell."""
    try:
        # Brings a libmagic where the system has none. Both load late: most pages never need them.
        importlib.import_module("pylibmagic")
        import magic  # noqa: PLC0415
    except ImportError:
        return "application/octet-stream"
    try:
        return str(magic.from_buffer(data[:_SAMPLE], mime=True))
    except magic.MagicException:
        return "application/octet-stream"


def rejected(code: str, detail: str = "") -> InvalidInputError:
    """Return the error that says what is wrong with a file."""
    return InvalidInputError(f"file-{code}", detail=detail)


def shown(size: int) -> str:
    """Return ``size`` bytes as a limit is written: ``16 MB``, ``500 KB``."""
    return f"{size // 1024**2} MB" if size >= 1024**2 else f"{size // 1024} KB"
