"""What the header of a picture says of it, read without decoding anything: its size, and how it is coded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

THUMBNAIL_SIDE: Final = 512
"""Pixels that a message's thumbnail has at most, in either direction; phones send about 100."""
THUMBNAIL_BYTES: Final = 64 * 1024
_STANDS_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers of a JPEG without a segment behind them. Source: ITU-T T.81, table B.1, as are the next three."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SCAN: Final = 0xDA


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a picture claims to be."""

    format: str
    """``JPEG``, ``PNG`` or ``WEBP``, as Pillow calls them."""
    width: int
    height: int
    samples: float = 0.0
    """Of a JPEG whose decoder holds all its coefficients at once: how many there are for each pixel."""


def is_thumbnail(data: bytes) -> bool:
    """Return whether ``data`` may be the thumbnail of a message: by its header, a small JPEG or PNG."""
    if len(data) > THUMBNAIL_BYTES:
        return False
    header = read_header(data)
    return (
        header is not None
        and header.format in {"JPEG", "PNG"}
        and max(header.width, header.height) <= THUMBNAIL_SIDE
    )


def read_header(data: bytes) -> PictureHeader | None:
    """Return what the header says; None for a damaged one, for no pixels, and for every other format."""
    try:
        header = _read(data)
    except IndexError:  # it ends within its header
        return None
    return header if header is not None and header.width > 0 and header.height > 0 else None


def _read(data: bytes) -> PictureHeader | None:
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return PictureHeader("PNG", _big(data, 16, 4), _big(data, 20, 4))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _webp(data: bytes) -> PictureHeader | None:
    """Read a WebP's header. Source: the WebP container specification and RFC 6386, section 9.1."""
    match data[12:16]:
        case b"VP8X":
            return PictureHeader("WEBP", 1 + _little(data, 24, 3), 1 + _little(data, 27, 3))
        case b"VP8L" if data[20] == 0x2F:
            sides = _little(data, 21, 4)
            return PictureHeader("WEBP", 1 + (sides & 0x3FFF), 1 + (sides >> 14 & 0x3FFF))
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            return PictureHeader("WEBP", _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF)
    return None


def _jpeg(data: bytes) -> PictureHeader | None:
    """Read segment after segment up to the first scan; two frames, or bytes between segments, are damage."""
    at, frame = 2, -1
    while True:
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDS_ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            return _frame(data, frame, scanned=data[at + 4]) if frame >= 0 else None
        if marker in _FRAMES:
            if frame >= 0:
                return None
            frame = at
        length = _big(data, at + 2, 2)
        if length < 2:
            return None
        at += 2 + length


def _frame(data: bytes, at: int, *, scanned: int) -> PictureHeader:
    """Read a frame's segment, of whose components the first scan holds ``scanned``."""
    components = data[at + 9]
    factors = [data[at + 11 + 3 * number] for number in range(components)]
    blocks = [(factor >> 4) * (factor & 15) for factor in factors]
    largest = max((factor >> 4 for factor in factors), default=1) * max(
        (factor & 15 for factor in factors), default=1
    )
    held = data[at + 1] in _PROGRESSIVE or scanned < components
    return PictureHeader(
        "JPEG",
        width=_big(data, at + 7, 2),
        height=_big(data, at + 5, 2),
        samples=sum(blocks) / max(1, largest) if held else 0.0,
    )


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(data, at, size), "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(data, at, size), "little")


def _exactly(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise IndexError
    return data[at : at + size]
