"""Images: read within bounds, turned upright, freed of what a camera wrote about the place, made small."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import AvifImagePlugin, Image, ImageOps, WebPImagePlugin

from core.errors import InvalidInputError
from core.media.sniff import refuse, shown

LIMIT: Final = 16 * 1024**2
MOST_PIXELS: Final = 50_000_000
"""Read at once; a file of a few kilobytes can claim a thousand times that."""
LONGEST_SIDE: Final = 4096
"""Pixels, sent; what is larger is scaled down."""
THUMBNAIL_SIDE: Final = 100
# Pillow knows a format of this list only once its part is loaded.
_LOADED: Final = (AvifImagePlugin, WebPImagePlugin)
_READ: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
_QUALITY: Final = 88
# What Pillow raises for files that are not what they begin as.
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
    MemoryError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image ready to be sent."""

    data: bytes
    mime: str
    width: int
    height: int
    thumbnail: str
    """JPEG in base64."""


def prepare_image(data: bytes) -> Picture:
    """The image upright, without metadata: JPEG and PNG stay what they are, everything else becomes JPEG.

    Of something animated, the first picture. Raises InvalidInputError: file-not-image, file-damaged,
    file-too-wide (detail: megapixels).
    """
    with opened(data) as image:
        kind = "JPEG" if image.format in {"JPEG", "MPO"} else image.format
        upright = ImageOps.exif_transpose(image)
        turned = upright.size != image.size or _is_turned(image)
        profile = image.info.get("icc_profile")
        large = max(upright.size) > LONGEST_SIDE
        if kind == "PNG" and not large:
            plain = (
                upright.convert("RGBA") if upright.mode == "P" and "transparency" in image.info else upright
            )
            made = _written(plain, "PNG", icc_profile=profile)
            if len(made) <= LIMIT:
                return _picture(made, "image/png", upright)
        if image.format == "JPEG" and not large and not turned:
            # The same figures with the same tables: nothing is lost again.
            made = _written(image, "JPEG", quality="keep", icc_profile=profile)
            if len(made) <= LIMIT:
                return _picture(made, "image/jpeg", image)
        flat = _flat(upright)
        flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        made = _written(
            flat, "JPEG", quality=_QUALITY, icc_profile=profile if flat.mode == upright.mode else None
        )
        return _picture(made, "image/jpeg", flat)


@contextmanager
def opened(data: bytes) -> Iterator[Image.Image]:
    """The image in ``data``, of bounded size and read to its end.

    Whatever Pillow raises for it within the block is said as ``prepare_image`` says it.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=_READ)
    except Image.DecompressionBombError:
        raise _too_wide() from None
    except _DAMAGE:
        raise refuse("not-image") from None
    with image:
        if image.width * image.height > MOST_PIXELS or not all(image.size):
            raise _too_wide()
        try:
            image.load()
            yield image
        except _DAMAGE:
            raise refuse("damaged") from None


def _too_wide() -> InvalidInputError:
    return refuse("too-wide", f"{MOST_PIXELS // 1_000_000} MP")


def thumbnail(image: Image.Image) -> str:
    """A small JPEG of ``image``, in base64."""
    small = _flat(image)
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return base64.b64encode(_written(small, "JPEG", quality=60)).decode()


def check_size(data: bytes, limit: int) -> None:
    """Raises InvalidInputError: file-empty, file-too-large (detail: the limit)."""
    if not data:
        raise refuse("empty")
    if len(data) > limit:
        raise refuse("too-large", shown(limit))


def _picture(made: bytes, mime: str, image: Image.Image) -> Picture:
    return Picture(made, mime, *image.size, thumbnail=thumbnail(image))


def _is_turned(image: Image.Image) -> bool:
    return bool(image.getexif().get(0x0112, 1) != 1)  # Orientation; source: Exif 2.3


def _flat(image: Image.Image) -> Image.Image:
    """A copy in RGB or grey; what was transparent becomes white."""
    if image.mode in {"RGB", "L"}:
        return image.copy()
    if image.mode in {"RGBA", "LA", "PA", "P"}:
        clear = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    return image.convert("RGB")


def _written(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    # Pillow writes Exif and comments only when told to; what it read must not slip through.
    for name in [name for name in image.info if name != "transparency"]:
        del image.info[name]
    image.save(out, format_, exif=b"", **{key: value for key, value in options.items() if value is not None})
    return out.getvalue()
