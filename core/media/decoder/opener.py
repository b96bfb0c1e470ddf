"""Opening a picture of a stranger: what it may be, and what it may cost, known before anything is decoded."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import AvifImagePlugin, Image, PngImagePlugin, WebPImagePlugin

from core.errors import InvalidInputError
from core.media.decoder.heif import decode_heif, decode_tiles, prepare_heif
from core.media.decoder.heif_tiles import read_tiles
from core.media.file_type import rejected
from core.media.heif_header import MOST_ITEMS, is_heif, read_heif
from core.media.images import MEMORY_BUDGET, MOST_PIXELS
from core.models.picture_header import PictureHeader, read_header

# Pillow knows a format of this list only once its part is loaded.
_LOADED: Final = (AvifImagePlugin, PngImagePlugin, WebPImagePlugin)
_HEIF: Final = "HEIF"
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", _HEIF)
MOVING: Final = frozenset({"PNG", "WEBP", "GIF", "AVIF"})
"""Formats whose further pictures are frames; those of a JPEG are other shots of the same."""
_WHILE_DECODING: Final = {"WEBP": 18, "AVIF": 12, _HEIF: 5.5}
"""Bytes for each pixel that a decoder of whole pictures holds, what it gives included; measured."""
_MOVING: Final = 16
"""Bytes for each pixel while frames are put over one another: this one, the one before, what is cleared."""
_PIXEL: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2}
"""Bytes for each pixel that Pillow holds, where it is not four."""
_COEFFICIENT: Final = 2
_TEXT: Final = 4 * 1024**2
_WHOLE: Final = "side in the file"
# Whatever Pillow raises for files that are not what they begin as.
_DAMAGE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_TOO_MUCH: Final = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is opened, and for how much."""

    formats: tuple[str, ...] = FORMATS
    pixels: int = MOST_PIXELS
    memory: int = MEMORY_BUDGET
    """Bytes, for decoding and for what is made of it."""


def prepare_pillow() -> None:
    """Set Pillow's own bounds; once in a process, before anything is opened."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    PngImagePlugin.MAX_TEXT_MEMORY = _TEXT
    # Each thread reserves address space, of which there is not much here.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    prepare_heif()


@contextmanager
def open_untrusted(data: bytes, bounds: Bounds, *, longest: int) -> Iterator[Image.Image]:
    """Open ``data``, of which a picture of at most ``longest`` pixels a side is to be made; gives it decoded.

    A JPEG comes scaled down as far as that allows and the budget demands. Whatever Pillow raises within the
    block is said as InvalidInputError: file-not-image, file-damaged, file-too-wide (detail: megapixels).
    """
    header = read_header(data)
    if header is not None:
        # The decoder of WebP takes its whole canvas as soon as it opens a file.
        _check(header.width, header.height, _WHILE_DECODING.get(header.format, 0), bounds)
    image = _of_phone(data, bounds, longest) if is_heif(data) else _opened(data, bounds)
    with closing(image):  # not Pillow's own block, which keeps the pixels
        try:
            image.info.setdefault(_WHOLE, max(image.size))
            _fit(image, header, bounds, longest)
            image.load()
            _release(image)
            yield image
        except _TOO_MUCH:  # it is not what it said, or no memory is left
            raise _too_wide(image.width * image.height // 2) from None
        except _DAMAGE:
            raise rejected("damaged") from None


def _opened(data: bytes, bounds: Bounds) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=[name for name in bounds.formats if name != _HEIF])
    except _TOO_MUCH:
        raise _too_wide(bounds.pixels) from None
    except _DAMAGE:
        raise rejected("not-image") from None


def _of_phone(data: bytes, bounds: Bounds, longest: int) -> Image.Image:
    """Return a HEIF's picture, decoded already; all that it costs is known from its header."""
    header = read_heif(data)
    if header is None or _HEIF not in bounds.formats:
        raise rejected("not-image")
    if header.items > MOST_ITEMS:
        raise rejected("damaged")
    tiles = None
    if header.width * header.height * _WHILE_DECODING[_HEIF] > bounds.memory:
        tiles = read_tiles(data)
    if tiles is None:
        _check(header.width, header.height, _WHILE_DECODING[_HEIF], bounds)
    else:
        _check(tiles.width, tiles.height, 0, bounds)
    try:
        image = decode_tiles(tiles, longest=longest) if tiles else decode_heif(data, longest=longest)
    except _TOO_MUCH:
        raise _too_wide(header.width * header.height // 2) from None
    except _DAMAGE:
        raise rejected("damaged") from None
    image.info[_WHOLE] = max(header.width, header.height)
    return image


def is_moving(image: Image.Image) -> bool:
    """Return whether there are further frames."""
    return image.format in MOVING and bool(getattr(image, "is_animated", False))


def whole_side(image: Image.Image) -> int:
    """Return the pixels of the longer side as they are in the file, before anything was scaled."""
    return int(image.info[_WHOLE])


def _release(image: Image.Image) -> None:
    """Free the canvases that a decoder of whole pictures holds on to, where no further frame is needed."""
    if image.format in _WHILE_DECODING and not getattr(image, "is_animated", False):
        for name in ("fp", "_decoder"):
            setattr(image, name, None)


def _fit(image: Image.Image, header: PictureHeader | None, bounds: Bounds, longest: int) -> None:
    """Scale a JPEG down before it is decoded, as far as need be; refuse what is still over its budget."""
    _check(*image.size, 0, bounds)
    if image.format not in {"JPEG", "MPO"}:
        _check(*image.size, _cost(image, longest) / (image.width * image.height), bounds)
        return
    held = _COEFFICIENT * (header.samples if header else len(image.getbands()))
    for scale in _scales(image, longest):
        if _cost(image, longest, scale=scale, held=held) <= bounds.memory:
            if scale > 1:
                image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
            return
    raise _too_wide(int(bounds.memory / (held + 1)))


def _scales(image: Image.Image, longest: int) -> list[int]:
    """Return by how much a JPEG may be scaled down: first the most that still gives ``longest`` pixels."""
    useful = max((scale for scale in (2, 4, 8) if max(image.size) >= scale * longest), default=1)
    return [scale for scale in (1, 2, 4, 8) if scale >= useful]


def _cost(image: Image.Image, longest: int, *, scale: int = 1, held: float = 0.0) -> float:
    """Return the bytes for decoding the picture, of which ``held`` a pixel, and for what is made of it."""
    pixels = image.width * image.height
    decoded = pixels / scale**2 * (_MOVING if is_moving(image) else _PIXEL.get(image.mode, 4))
    made = 4 * pixels * min(1.0, longest / max(image.size)) ** 2
    whole = pixels * _WHILE_DECODING.get(image.format or "", 0)
    return max(whole, pixels * held + decoded, decoded + made)


def _check(width: int, height: int, each: float, bounds: Bounds) -> None:
    """Raise file-too-wide for more pixels than there may be, of ``each`` so many bytes."""
    most = min(bounds.pixels, int(bounds.memory / each)) if each else bounds.pixels
    if width * height > most or width < 1 or height < 1:
        raise _too_wide(most)


def _too_wide(pixels: int) -> InvalidInputError:
    return rejected("too-wide", f"{max(1, pixels // 1_000_000)} MP")
