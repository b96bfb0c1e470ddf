"""Images to be sent and small pictures: what they may be. They are decoded in a child process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.media.decoder_protocol import REQUEST_LIMIT, Task, Verdict
from core.media.file_type import rejected, shown
from core.media.untrusted import Decoders

LIMIT: Final = REQUEST_LIMIT
MOST_PIXELS: Final = 8192 * 6144
"""Read at once, 50 megapixels; a file of a few kilobytes can claim a thousand times that."""
MEMORY_BUDGET: Final = 140 * 1024**2
"""Bytes for decoding one picture and for what is made of it, known from its header; beside it, a service of
512 MB has room for the web process (190 MB) and the workers of some instances."""
LONGEST_SIDE: Final = 4096
"""Pixels, sent; what is larger is scaled down."""
THUMBNAIL_SIDE: Final = 100


@dataclass(frozen=True, slots=True)
class Picture:
    """An image ready to be sent."""

    data: bytes
    mime: str
    width: int
    height: int
    thumbnail: str
    """JPEG in base64."""
    moves: bool = False
    """What it was made from moves."""
    percent: int = 100
    """How long its sides are, of what they were."""


def prepare_image(data: bytes, decoders: Decoders) -> Picture:
    """Return the image upright, without metadata: JPEG and PNG stay, everything else becomes JPEG.

    Of something animated, the first picture. Raises InvalidInputError: file-not-image, file-damaged,
    file-too-wide (detail: megapixels), file-still-too-large (detail: the limit), file-too-slow.
    """
    return as_picture(decoders.ask(Task.IMAGE, data))


def as_picture(verdict: Verdict) -> Picture:
    """Return what the child made as something that can be sent."""
    return Picture(
        verdict.data,
        verdict.mime,
        verdict.width,
        verdict.height,
        verdict.thumbnail,
        moves=verdict.moves,
        percent=verdict.percent,
    )


def small_jpeg(data: bytes, decoders: Decoders, *, side: int) -> bytes:
    """Return a JPEG of at most ``side`` pixels a side. Raises InvalidInputError as ``prepare_image`` does."""
    return decoders.ask(Task.PREVIEW, data, side=side).data


def check_size(data: bytes, limit: int) -> None:
    """Check a file's size. Raises InvalidInputError: file-empty, file-too-large (detail: the limit)."""
    if not data:
        raise rejected("empty")
    if len(data) > limit:
        raise rejected("too-large", shown(limit))
