"""What a file is, by its first bytes. Its name and what a browser says of it are never asked."""

from __future__ import annotations

import importlib
from typing import Final

from core.errors import InvalidInputError

_OTHERS: Final = (
    *(b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"),
    *(b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"MZ", b"\x7fELF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"),
)
"""How pictures, documents, archives and programs begin."""
_STILLS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})
"""Brands of pictures in the container of films. Source: ISO/IEC 23008-12, annex B."""
_NOT_IN_TEXT: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
_HEAD: Final = 4096
_BLANK: Final = 64 * 1024
_SAMPLE: Final = 256 * 1024
LONGEST_S: Final = 86_400.0
"""A file that says it plays for longer than a day has made that up; WhatsApp's field holds 32 bits."""


def container(data: bytes) -> str:
    """Return what holds a sound or film that can be read here (``mov``, ``ogg``); empty for all else."""
    if data[4:8] == b"ftyp":
        return "mov"
    return "ogg" if data.startswith(b"OggS") else ""


def is_something_else(data: bytes) -> bool:
    """Return whether ``data`` is surely no sound or film: a picture, a document, a program, words, zeros.

    Lists of other files are words. For all that may be one, ffmpeg has the last word.
    """
    head = data[:_HEAD]
    if head[4:8] == b"ftyp":
        return head[8:12] in _STILLS
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    words = not _NOT_IN_TEXT.intersection(head)
    return words or head.startswith(_OTHERS) or not data[:_BLANK].strip(b"\0")


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
