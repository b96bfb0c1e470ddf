"""What the boxes of a HEIF say of its pictures, without decoding. Sources: ISO/IEC 14496-12, 23008-12."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PHOTOS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_MAJOR: Final = _PHOTOS | {b"mif1", b"mif2", b"msf1", b"hevc", b"hevx", b"heif"}
_AVIF: Final = frozenset({b"avif", b"avis"})
_MOST_BOXES: Final = 4_096
MOST_ITEMS: Final = 1_000
"""Pieces of pictures, small pictures and notes; a photo of 48 megapixels has about 300."""
_LONG_BOX: Final = 1
_TO_THE_END: Final = 0


@dataclass(frozen=True, slots=True)
class HeifHeader:
    """What a HEIF claims to hold."""

    width: int
    height: int
    """Pixels of the largest picture, as it lies."""
    items: int


def is_heif(data: bytes) -> bool:
    """Return whether ``data`` begins as a HEIF whose pictures are not AVIF."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[at : at + 4] for at in range(16, end - 3, 4)}
    major = data[8:12]
    if major in _AVIF or (brands & _AVIF and major not in _PHOTOS):
        return False
    return major in _MAJOR or bool(brands & _PHOTOS)


def read_heif(data: bytes) -> HeifHeader | None:
    """Return what the header says; None when it names no picture, or is damaged."""
    view = memoryview(data)
    try:
        meta = next((body for name, body in boxes(view) if name == b"meta"), None)
        if meta is None:
            return None
        inside = dict(boxes(meta[4:]))
        properties = dict(boxes(inside[b"iprp"]))
        sizes = [_size(body) for name, body in boxes(properties[b"ipco"]) if name == b"ispe"]
        width, height = max(sizes, key=lambda size: size[0] * size[1])
        return HeifHeader(width, height, _count(inside[b"iinf"]))
    except (KeyError, ValueError):
        return None


def boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield name and content of each box. Raises ValueError when one is longer than what it stands in."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 8 > len(data):
            return
        size, name, head = number(data, at, 4), bytes(data[at + 4 : at + 8]), 8
        if size == _LONG_BOX:
            size, head = number(data, at + 8, 8), 16
        elif size == _TO_THE_END:
            size = len(data) - at
        if size < head or at + size > len(data):
            raise ValueError("a box that is not whole")
        yield name, data[at + head : at + size]
        at += size
    raise ValueError("too many boxes")


def _size(ispe: memoryview) -> tuple[int, int]:
    return number(ispe, 4, 4), number(ispe, 8, 4)


def _count(iinf: memoryview) -> int:
    return number(iinf, 4, 4 if number(iinf, 0, 1) else 2)


def number(data: memoryview, at: int, size: int) -> int:
    """Return an unsigned number. Raises ValueError where it is not whole."""
    if at + size > len(data):
        raise ValueError("it ends within a number")
    return int.from_bytes(data[at : at + size], "big")
