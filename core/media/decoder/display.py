"""Pictures to be shown on a page: written anew, so that only pixels are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

from core.media.decoder.opener import Bounds, open_untrusted
from core.media.decoder.scaling import fitting, scaled, turn, turned
from core.media.decoder.writing import OverLimitError, small_jpeg, written

_QUALITY: Final = 85
_MOST: Final = 1024**2
"""Bytes of a transparent picture that is shown as it is; a larger one is laid on white."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture for a page."""

    data: bytes
    mime: str


class _Middle:
    """The middle square of a picture, of which parts are copied, never the whole."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self.width = self.height = min(image.size)
        self._left, self._top = (image.width - self.width) // 2, (image.height - self.height) // 2

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return the part within left, top, right and bottom of the square."""
        left, top, right, bottom = box
        return self._image.crop((left + self._left, top + self._top, right + self._left, bottom + self._top))


def make_shown(data: bytes, bounds: Bounds, *, side: int) -> Shown:
    """Return ``data`` as a JPEG, or as a PNG where it is transparent; of a moving one, the first frame.

    Raises as ``open_untrusted`` does.
    """
    with open_untrusted(data, bounds, longest=side) as image:
        clear = image.has_transparency_data
        size = fitting(image.size, side)
        upright = turned(scaled(image, size, mode="RGBA" if clear else "RGB"), turn(image))
    return (_as_png(upright) if clear else None) or Shown(_jpeg(upright, side), "image/jpeg")


def make_square(data: bytes, bounds: Bounds, *, side: int) -> Shown:
    """Return the middle square of ``data`` as an upright JPEG of at most ``side`` pixels a side, on white.

    Raises as ``open_untrusted`` does.
    """
    # What is cut off is decoded too: of the shorter side enough must be left, unless it is a strip.
    with open_untrusted(data, bounds, longest=4 * side) as image:
        size = min(*image.size, side)
        square = scaled(_Middle(image), (size, size), mode="L" if image.mode == "L" else "RGB")
        upright = turned(square, turn(image))
    return Shown(_jpeg(upright, side), "image/jpeg")


def make_jpeg(data: bytes, bounds: Bounds, *, side: int, quality: int) -> Shown:
    """Return a small JPEG of ``data``, as it lies. Raises as ``open_untrusted`` does."""
    with open_untrusted(data, bounds, longest=side) as image:
        return Shown(small_jpeg(image, side=side, quality=quality), "image/jpeg")


def _as_png(image: Image.Image) -> Shown | None:
    try:
        return Shown(written(image, "PNG", limit=_MOST), "image/png")
    except OverLimitError:
        return None


def _jpeg(image: Image.Image, side: int) -> bytes:
    return small_jpeg(image, side=side, quality=_QUALITY)
