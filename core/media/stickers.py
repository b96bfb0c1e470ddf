"""Stickers: WebP of 512 by 512 pixels, small enough for WhatsApp; what moves stays moving."""

from __future__ import annotations

import struct
from typing import Final

from core.media.decoder_protocol import Task
from core.media.images import Picture, as_picture
from core.media.untrusted import Decoders

SIDE: Final = 512
"""Pixels; source: WhatsApp's guide for sticker makers, as are both limits."""
STILL_LIMIT: Final = 100 * 1024
MOVING_LIMIT: Final = 500 * 1024
MOST_FRAMES: Final = 150
MOST_WORK: Final = 100_000_000
"""Pixels of all frames together."""
_KEPT: Final = frozenset({b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"VP8 ", b"VP8L"})
_METADATA_FLAGS: Final = 0x20 | 0x08 | 0x04
"""Colour profile, Exif, XMP, in VP8X. Source: the WebP container specification."""


def prepare_sticker(data: bytes, decoders: Decoders) -> Picture:
    """Return the image as a sticker, with transparent room around it where it is not square.

    A WebP that is right already keeps its picture data. Raises InvalidInputError: file-not-image,
    file-damaged, file-too-wide, file-still-too-large (detail: the limit), file-too-slow.
    """
    return as_picture(decoders.ask(Task.STICKER, data))


def without_metadata(data: bytes) -> bytes:
    """Return the WebP with only what is needed to draw it; empty when it is no whole one."""
    parts: list[bytes] = []
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            return b""
        if name == b"VP8X" and size:
            body = bytes((body[0] & ~_METADATA_FLAGS,)) + body[1:]
        if name in _KEPT:
            parts.append(struct.pack("<4sI", name, size) + body + b"\0" * (size % 2))
        at += 8 + size + size % 2
    inner = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner if parts else b""
