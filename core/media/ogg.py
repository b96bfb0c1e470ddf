"""What an Ogg file with Opus in it holds. Sources: RFC 3533, RFC 7845."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from core.media.sniff import LONGEST_S, refuse

_RATE: Final = 48_000
"""Samples a second in which Opus counts, whatever was recorded."""
_HEADER: Final = struct.Struct("<4sBBqIIIB")


@dataclass(frozen=True, slots=True)
class Opus:
    """One Ogg/Opus file."""

    seconds: float
    channels: int


def read_opus(data: bytes) -> Opus:
    """What ``data`` holds.

    Raises InvalidInputError: file-not-opus (Ogg with something else, or more than one stream), file-damaged
    (not whole, or without a length).
    """
    pages = list(_pages(data))
    first = pages[0][2] if pages else b""
    if first[:8] != b"OpusHead" or len(first) < 19 or len({serial for _, serial, _ in pages}) != 1:
        raise refuse("not-opus")
    skip = int.from_bytes(first[10:12], "little")
    samples = max(position for position, _, _ in pages) - skip
    if not 0 < samples <= LONGEST_S * _RATE or len(pages) < 3:
        raise refuse("damaged")
    return Opus(samples / _RATE, first[9])


def _pages(data: bytes) -> list[tuple[int, int, bytes]]:
    """Position, stream and content of each page. Raises InvalidInputError (file-damaged)."""
    pages, at = [], 0
    while at < len(data):
        try:
            mark, _, _, position, serial, _, _, count = _HEADER.unpack_from(data, at)
        except struct.error:
            raise refuse("damaged") from None
        lengths = data[at + _HEADER.size : at + _HEADER.size + count]
        start = at + _HEADER.size + count
        at = start + sum(lengths)
        if mark != b"OggS" or len(lengths) < count or at > len(data):
            raise refuse("damaged")
        pages.append((position, serial, data[start:at]))
    return pages
