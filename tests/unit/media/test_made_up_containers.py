"""MP4 and Ogg files that lie about themselves are refused in the words of the page, and quickly."""

from __future__ import annotations

import struct

import pytest

from core.errors import InvalidInputError
from core.media.mp4 import read_mp4
from core.media.ogg import read_opus

DAY_S = 86_400


def box(name: bytes, *content: bytes) -> bytes:
    whole = b"".join(content)
    return struct.pack(">I4s", 8 + len(whole), name) + whole


def mp4(*moov: bytes) -> bytes:
    return box(b"ftyp", b"isomisom") + box(b"mdat") + box(b"moov", *moov)


def lasting(seconds: int) -> bytes:
    return box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1, seconds))


def opus(samples: int) -> bytes:
    head = b"OpusHead\x01\x01" + bytes(9)
    pages = [(0, head), (0, b"OpusTags"), (samples, b"sound")]
    return b"".join(
        struct.pack("<4sBBqIIIB", b"OggS", 0, 0, position, 7, 0, 0, 1) + bytes([len(part)]) + part
        for position, part in pages
    )


@pytest.mark.parametrize("header", [box(b"mvhd"), lasting(1) + box(b"trak", box(b"tkhd"))])
def test_a_header_without_content_at_the_end_of_the_file(header: bytes) -> None:
    """There is no byte left to be read."""
    with pytest.raises(InvalidInputError, match="file-damaged"):
        read_mp4(mp4(header))


def test_lengths_that_no_file_has() -> None:
    """WhatsApp's field would not hold them: 32 bits."""
    assert read_mp4(mp4(lasting(DAY_S))).seconds == DAY_S
    assert read_opus(opus(DAY_S * 48_000)).seconds == DAY_S
    with pytest.raises(InvalidInputError, match="file-damaged"):
        read_mp4(mp4(lasting(2**32 - 1)))
    with pytest.raises(InvalidInputError, match="file-damaged"):
        read_opus(opus(2**62))


def test_only_the_first_tracks_are_looked_at() -> None:
    """The rest may hold anything."""
    tracks = box(b"trak", box(b"free")) * 16
    broken = box(b"trak", struct.pack(">I4s", 1_000, b"more"))
    assert read_mp4(mp4(lasting(1), tracks, broken)).seconds == 1


def test_pages_without_end_are_refused_by_their_number() -> None:
    """A page may have 27 bytes and nothing in it: 16 MB of them would be looked at for seconds."""
    empty = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, 100, 7, 0, 0, 0)
    with pytest.raises(InvalidInputError, match="file-damaged"):
        read_opus(opus(48_000) + empty * 200_001)
    assert read_opus(opus(48_000) + empty * 100).seconds == 1
