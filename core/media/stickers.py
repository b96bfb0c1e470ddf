"""Stickers: WebP of 512 by 512 pixels, small enough for WhatsApp; what moves stays moving."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from core.media.pictures import Picture, opened, thumbnail
from core.media.sniff import refuse, shown

SIDE: Final = 512
"""Pixels; source: WhatsApp's guide for sticker makers, as are both limits."""
STILL_LIMIT: Final = 100 * 1024
MOVING_LIMIT: Final = 500 * 1024
MOST_FRAMES: Final = 150
MOST_WORK: Final = 100_000_000
"""Pixels of all frames together."""
_QUALITIES: Final = (85, 65, 45, 25, 10)
_KEPT: Final = frozenset({b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"VP8 ", b"VP8L"})
_METADATA_FLAGS: Final = 0x20 | 0x08 | 0x04
"""Colour profile, Exif, XMP, in VP8X. Source: the WebP container specification."""


def prepare_sticker(data: bytes) -> Picture:
    """The image as a sticker, with transparent room around it where it is not square.

    A WebP that is right already keeps its picture data. Raises InvalidInputError: file-not-image,
    file-damaged, file-too-wide, file-still-too-large (detail: the limit).
    """
    with opened(data) as image:
        frames = int(getattr(image, "n_frames", 1))
        if frames > MOST_FRAMES or frames * image.width * image.height > MOST_WORK:
            raise refuse("still-too-large", shown(MOVING_LIMIT))
        limit = MOVING_LIMIT if frames > 1 else STILL_LIMIT
        pictures = list(_frames(image))
        made = without_metadata(data) if image.format == "WEBP" and image.size == (SIDE, SIDE) else b""
        if not made or len(made) > limit:
            made = _smallest(pictures, limit)
        return Picture(made, "image/webp", SIDE, SIDE, thumbnail(pictures[0][0]))


def without_metadata(data: bytes) -> bytes:
    """The WebP with what is needed to draw it, and nothing after its end; empty when it is no whole one."""
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


def _frames(image: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    """Each picture on its square, with the milliseconds that it shows."""
    for frame in ImageSequence.Iterator(image):
        square = ImageOps.pad(
            ImageOps.exif_transpose(frame).convert("RGBA"), (SIDE, SIDE), color=(0, 0, 0, 0)
        )
        yield square, max(20, int(frame.info.get("duration", 0) or 100))


def _smallest(pictures: list[tuple[Image.Image, int]], limit: int) -> bytes:
    first, *others = (picture for picture, _ in pictures)
    for quality in _QUALITIES:
        out = io.BytesIO()
        first.info = {}
        if others:
            first.save(
                out,
                "WEBP",
                quality=quality,
                save_all=True,
                append_images=others,
                duration=[shows for _, shows in pictures],
                loop=0,
            )
        else:
            first.save(out, "WEBP", quality=quality)
        if out.tell() <= limit:
            return out.getvalue()
    raise refuse("still-too-large", shown(limit))
