"""Photos of phones (HEIC, HEIF): decoded by libheif, given out in rows, so that they are held only once."""

from __future__ import annotations

from typing import Final

import pillow_heif
from PIL import Image

from core.media.decoder.heif_tiles import Tiles
from core.media.decoder.scaling import fitting, scaled

_MODES: Final = {"L": "L", "RGB": "RGB", "LA": "RGBA", "RGBA": "RGBA", "RGBa": "RGBA"}


class _Rows:
    """What libheif decoded, of which a part at a time becomes a picture of Pillow's."""

    def __init__(self, picture: pillow_heif.HeifImage) -> None:
        self._pixels, self._stride = memoryview(picture.data), picture.stride
        self._mode = picture.mode
        self.width, self.height = picture.size

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return whole rows, from the second number of ``box`` up to the last."""
        _, top, _, bottom = box
        rows = self._pixels[top * self._stride : bottom * self._stride]
        size = self.width, bottom - top
        return Image.frombytes(self._mode, size, rows, "raw", self._mode, self._stride)


def prepare_heif() -> None:
    """Set libheif's own bounds; once in a process, before anything is opened."""
    # Each thread reserves address space, of which there is not much here.
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False


def decode_tiles(tiles: Tiles, *, longest: int) -> Image.Image:
    """Return a picture in tiles, upright, of at most ``longest`` pixels a side; a row of tiles at a time.

    Raises what libheif and Pillow raise.
    """
    image = scaled(tiles, fitting((tiles.width, tiles.height), longest), mode="RGB")
    for turn in tiles.turns:
        image = image.transpose(turn)
    if tiles.profile:
        image.info["icc_profile"] = tiles.profile
    return image


def decode_heif(data: bytes, *, longest: int) -> Image.Image:
    """Return the main picture, upright, of at most ``longest`` pixels a side.

    Raises what libheif and Pillow raise. Its size was checked before.
    """
    file = pillow_heif.open_heif(data, convert_hdr_to_8bit=True, remove_stride=False)
    picture = file[file.primary_index]
    profile = picture.info.get("icc_profile")
    image = scaled(_Rows(picture), fitting(picture.size, longest), mode=_MODES[picture.mode])
    if profile:
        image.info["icc_profile"] = profile
    return image
