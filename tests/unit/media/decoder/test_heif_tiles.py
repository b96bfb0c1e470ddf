"""Photos that are too large to be decoded at once: a row of tiles at a time."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache
from typing import Final

import pytest
from PIL import Image

from core.errors import InvalidInputError
from tests.support.media_samples import drawing, heic
from tests.support.media_tools import prepare_image

TURNS: Final = {
    1: (),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
}
"""How a photo that lies so is shown. Source: Exif 2.3."""
WIDE: Final = (8_192, 3_328)
"""Just above what is decoded at once."""


@cache
def wide(orientation: int) -> bytes:
    return heic(*WIDE, orientation=orientation, tile_size=1_024, quality=20)


def colours(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """Those at a share of its width and height."""
    found = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


def like(made: bytes, orientation: int, shape: tuple[int, int]) -> bool:
    """Whether it shows the drawing, turned so, wherever it is looked at."""
    expected = drawing(shape[0] // 16, shape[1] // 16)
    for turn in TURNS[orientation]:
        expected = expected.transpose(turn)
    shown = Image.open(io.BytesIO(made)).convert("RGB")
    places = [(x / 10 + 0.03, y / 10 + 0.03) for x in range(10) for y in range(10)]
    pairs = [(colours(shown, *place), colours(expected, *place)) for place in places]
    same = [max(abs(a - b) for a, b in zip(one, other, strict=True)) < 40 for one, other in pairs]
    return sum(same) >= 94  # edges fall a little differently


@pytest.mark.parametrize("orientation", [1, 5])
def test_it_is_the_same_picture_upright(orientation: int) -> None:
    """Each tile in its place, turned and mirrored as the phone says."""
    made = prepare_image(wide(orientation))
    assert max(made.width, made.height) == 4_096
    assert (made.width > made.height) == (orientation == 1)
    assert like(made.data, orientation, WIDE)


def test_48_megapixels_take_little_memory(child: Callable[[], int]) -> None:
    """As the newest phones write them; at once they would take 250 MB."""
    made = prepare_image(heic(8_064, 6_048, tile_size=512, quality=20))
    assert (made.width, made.height) == (3_072, 4_096)
    assert like(made.data, 6, (8_064, 6_048))
    assert child() < 220


def changed(old: bytes, new: bytes) -> bytes:
    """The photo with other bytes in its boxes."""
    data = wide(1)
    assert old in data
    return data.replace(old, new, 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: changed(b"dimg", b"dimx"), "file-too-wide"),
        (lambda: changed(b"ipma", b"ipmx"), "file-too-wide"),
        (lambda: changed(b"iloc", b"ilox"), "file-too-wide"),
        (lambda: changed(b"pitm\0\0\0\0", b"pitm\0\0\0\0\xff\xff"), "file-not-image"),
        (lambda: wide(1)[: len(wide(1)) // 2], "file-damaged"),
        (lambda: changed(struct.pack(">II", 1_024, 1_024), struct.pack(">II", 1, 1)), "file-too-wide"),
        (
            lambda: changed(struct.pack(">II", 1_024, 1_024), struct.pack(">II", 4_096, 4_096)),
            "file-too-wide",
        ),
    ],
    ids=["no parts", "no properties", "no places", "no such picture", "half", "too few", "too large"],
)
def test_what_is_no_whole_grid_is_refused(data: Callable[[], bytes], code: str) -> None:
    """And nothing is decoded at once that does not fit."""
    with pytest.raises(InvalidInputError) as error:
        prepare_image(data())
    assert error.value.code in {code, "file-damaged", "file-too-wide"}
