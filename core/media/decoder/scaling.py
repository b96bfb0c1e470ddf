"""Making pictures smaller, upright, and opaque, without a second copy of a large one."""

from __future__ import annotations

import math
from typing import Final, Protocol

from PIL import Image

_BAND: Final = 1_000_000
"""Pixels of the picture that are looked at together."""
_COARSE: Final = 4.0
"""From this scale on, the mean of an area is as good as anything finer, and reaches less far."""
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its orientation. Source: Exif 2.3."""


def fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return ``size`` with the same shape and at most ``longest`` pixels a side."""
    scale = min(1.0, longest / max(size))
    return max(1, int(size[0] * scale + 0.5)), max(1, int(size[1] * scale + 0.5))


class Rows(Protocol):
    """A picture, or something that gives parts of one."""

    @property
    def width(self) -> int:
        """Return the pixels of a row."""

    @property
    def height(self) -> int:
        """Return how many rows there are."""

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return the part within left, top, right and bottom."""


def scaled(image: Rows, size: tuple[int, int], *, mode: str) -> Image.Image:
    """Return a copy of that size in ``mode`` (L, RGB or RGBA); what is transparent is white without an A."""
    scaled = Image.new(mode, size)
    scale = image.height / size[1]
    way, reach = (Image.Resampling.BOX, 1) if scale > _COARSE else (Image.Resampling.LANCZOS, 3)
    reach = math.ceil(reach * max(1.0, scale))
    rows = max(1, int(_BAND / (image.width * scale)))
    for top in range(0, size[1], rows):
        bottom = min(top + rows, size[1])
        first = max(0, math.floor(top * scale) - reach)
        last = min(image.height, math.ceil(bottom * scale) + reach)
        band = converted(image.crop((0, first, image.width, last)), mode)
        box = (0, top * scale - first, image.width, min(bottom * scale - first, band.height))
        part = band.resize((size[0], bottom - top), way, box=box)
        scaled.paste(part, (0, top))
    return scaled


def converted(image: Image.Image, mode: str) -> Image.Image:
    """Return the picture in ``mode``; over white where that knows no transparency."""
    if image.mode.startswith("I;16"):  # Pillow would cut off what is brighter than 255
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if mode == "RGBA" or not image.has_transparency_data:
        return image.convert(mode)
    clear = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground.convert(mode)


def turn(image: Image.Image) -> Image.Transpose | None:
    """Return what turns the picture upright; None when it stands."""
    return _TURNS.get(image.getexif().get(0x0112, 1))


def turned(image: Image.Image, how: Image.Transpose | None) -> Image.Image:
    """Return the picture, turned so."""
    return image if how is None else image.transpose(how)
