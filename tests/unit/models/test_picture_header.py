"""Sizes of pictures by their headers: as a decoder would see them, whatever else the file says."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.models.picture_header import THUMBNAIL_BYTES, is_thumbnail, read_header
from tests.support.hostile_pictures import hostile_pictures, one_colour_webp, png
from tests.support.media_samples import image, moving, photo


@pytest.mark.parametrize(
    ("format_", "options"),
    [
        *(("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"mode": "L"}), ("JPEG", {"mode": "CMYK"})),
        *(("PNG", {}), ("PNG", {"mode": "P"}), ("WEBP", {}), ("WEBP", {"lossless": True})),
        ("WEBP", {"mode": "RGBA"}),
    ],
)
def test_the_size_is_what_pillow_reads(format_: str, options: dict[str, Any]) -> None:
    """For each way to code it."""
    header = read_header(image(format_, 333, 77, **options))
    assert header is not None
    assert (header.format, header.width, header.height) == (format_, 333, 77)


def test_a_photo_and_a_moving_picture_are_read_too() -> None:
    """With all that stands before the frame."""
    for data in (photo(), moving("WEBP", 40, 30), moving("PNG", 40, 30)):
        header = read_header(data)
        assert header is not None
        assert (header.width, header.height) == Image.open(io.BytesIO(data)).size


@pytest.mark.parametrize(
    ("options", "samples"),
    [
        ({}, 0.0),
        ({"progressive": True, "subsampling": "4:2:0"}, 1.5),
        ({"progressive": True, "subsampling": "4:4:4"}, 3.0),
        ({"progressive": True, "mode": "L"}, 1.0),
    ],
)
def test_a_jpeg_whose_coefficients_are_all_held_is_known(options: dict[str, Any], samples: float) -> None:
    """A progressive one takes two bytes for each of them, whatever it is scaled to."""
    header = read_header(image("JPEG", 64, 64, **options))
    assert header is not None
    assert header.samples == samples


def test_a_jpeg_in_several_scans_holds_them_though_it_is_not_progressive() -> None:
    """Its first scan has one component of three."""
    data = image("JPEG", 64, 64)
    at = data.index(b"\xff\xda")
    header = read_header(data[: at + 4] + b"\1" + data[at + 5 :])
    assert header is not None
    assert header.samples == 1.5


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xc0\0\0",
        image("JPEG")[:100],
        png(0, 5),
        png(5, 0),
        png(5, 5)[:22],
        one_colour_webp(9, 9)[:27],
        b"\xff\xd8\xff\xda\0\x08\1\1\0\0\x3f\0",
        b"\xff\xd8\xff\xc0\0\x0b\x08\0\2\0\2\0\xff\xda\0\x08\1\1\0\0\x3f\0",
        image("GIF"),
        image("BMP"),
        image("AVIF"),
        b"<svg/>",
    ],
)
def test_what_is_damaged_or_foreign_has_no_header(data: bytes) -> None:
    """And raises nothing."""
    assert not is_thumbnail(data)


@given(st.sampled_from([image("JPEG", 9, 9), png(9, 9), one_colour_webp(9, 9)]), st.data())
def test_no_bytes_raise_anything(seed: bytes, data: st.DataObject) -> None:
    """Whatever is overwritten or cut."""
    changed = bytearray(seed)
    for _ in range(data.draw(st.integers(0, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    read_header(bytes(changed[: data.draw(st.integers(0, len(changed)))]))


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        (image("JPEG", 512, 512), True),
        (image("PNG", 512, 20), True),
        (image("JPEG", 513, 20), False),
        (image("PNG", 20, 513), False),
        (image("WEBP", 20, 20), False),
        (image("GIF", 20, 20), False),
        (image("JPEG", 20, 20) + bytes(THUMBNAIL_BYTES), False),
        (struct.pack(">I", 5), False),
    ],
)
def test_a_thumbnail_is_a_small_jpeg_or_png(data: bytes, fits: bool) -> None:
    """At most 512 by 512, and 64 kB."""
    assert is_thumbnail(data) is fits


def test_no_hostile_picture_passes_as_a_large_thumbnail() -> None:
    """What passes is small whichever header a decoder believes."""
    passed = {name: data for name, data in hostile_pictures().items() if is_thumbnail(data)}
    assert 0 < len(passed) < len(hostile_pictures()) / 3
    assert not [name for name in passed if "one-colour" in name or "60000" in name or "7000" in name]
