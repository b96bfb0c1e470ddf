"""What a HEIF says of itself, before anything is decoded."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.media.heif_header import HeifHeader, is_heif, read_heif
from tests.support.media_samples import h264_mp4, heic, image


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def ispe(width: int, height: int) -> bytes:
    return box(b"ispe", struct.pack(">III", 0, width, height))


def photo(*sizes: bytes, items: bytes = b"\0\0\0\0\0\x01") -> bytes:
    inside = box(b"iinf", items) + box(b"iprp", box(b"ipco", b"".join(sizes)))
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4) + inside)


def test_it_names_the_largest_picture_and_how_many_items_there_are() -> None:
    """Tiles and the small picture have sizes too."""
    found = read_heif(photo(ispe(512, 512), ispe(4_032, 3_024), ispe(320, 240)))
    assert found == HeifHeader(4_032, 3_024, 1)
    assert read_heif(photo(ispe(1, 1), items=b"\1\0\0\0\0\1\0\0")) == HeifHeader(1, 1, 65_536)
    genuine = read_heif(heic(300, 200, tile_size=64))
    assert genuine is not None
    assert (genuine.width, genuine.height) == (300, 200)
    assert genuine.items > 20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        box(b"ftyp", b"heic"),
        photo(),
        box(b"meta", bytes(4)),
        box(b"meta", b""),
        photo(ispe(1, 1))[:-4],
        photo(box(b"ispe", b"\0\0")),
        photo(*[box(b"free", b"")] * 5_000),
        struct.pack(">I4sQ", 1, b"meta", 2**63),
    ],
)
def test_a_damaged_header_is_none(data: bytes) -> None:
    """Half a number, a box that is longer than the file, thousands of boxes, nothing at all."""
    assert read_heif(data) is None


@given(st.binary(max_size=200), st.integers(0, 150))
def test_no_header_is_more_than_none(noise: bytes, at: int) -> None:
    """Whatever the bytes are."""
    read_heif(noise)
    start = photo(ispe(9, 9))
    read_heif(start[:at] + noise + start[at:])


def test_only_photos_of_phones_are_meant() -> None:
    """AVIF has a decoder of its own; films, and pictures of other kinds, are none."""
    assert is_heif(heic())
    assert is_heif(photo())
    assert is_heif(box(b"ftyp", b"mif1\0\0\0\0mif1heic"))
    assert not is_heif(image("AVIF"))
    assert not is_heif(box(b"ftyp", b"mif1\0\0\0\0mif1avif"))
    assert not is_heif(h264_mp4())
    assert not is_heif(image("PNG"))
    assert not is_heif(b"")
