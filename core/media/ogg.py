"""What an Ogg file with Opus in it holds. Sources: RFC 3533, RFC 7845."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.media.file_type import LONGEST_S, rejected

_RATE: Final = 48_000
"""Samples a second in which Opus counts, whatever was recorded."""
_MOST_PAGES: Final = 200_000
"""Programs write one a second; the shortest packets, one to a page, for an hour."""
_HEADER: Final = struct.Struct("<4sBBqIIIB")


@dataclass(frozen=True, slots=True)
class Opus:
    """One Ogg/Opus file."""

    seconds: float
    channels: int


def read_opus(data: bytes) -> Opus:
    """Return what ``data`` holds.

    Raises InvalidInputError: file-not-opus (Ogg with something else, or more than one stream), file-damaged
    (not whole, or without a length).
    """
    first, longest, count = b"", 0, 0
    serials: set[int] = set()
    for position, serial, content in _pages(data):
        if not count:
            first = content
        longest, count = max(longest, position), count + 1
        serials.add(serial)
        if len(serials) > 1 or first[:8] != b"OpusHead":
            raise rejected("not-opus")
        if count > _MOST_PAGES:
            raise rejected("damaged")
    if len(first) < 19:
        raise rejected("not-opus")
    samples = longest - int.from_bytes(first[10:12], "little")
    if not 0 < samples <= LONGEST_S * _RATE or count < 3:
        raise rejected("damaged")
    return Opus(samples / _RATE, first[9])


def _pages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield position, stream and content of each page. Raises InvalidInputError (file-damaged)."""
    at = 0
    while at < len(data):
        try:
            mark, _, _, position, serial, _, _, count = _HEADER.unpack_from(data, at)
        except struct.error:
            raise rejected("damaged") from None
        lengths = data[at + _HEADER.size : at + _HEADER.size + count]
        start = at + _HEADER.size + count
        at = start + sum(lengths)
        if mark != b"OggS" or len(lengths) < count or at > len(data):
            raise rejected("damaged")
        yield position, serial, data[start:at]
