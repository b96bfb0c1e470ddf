"""Pictures of strangers, made harmless: decoded here and written anew, so that only pixels are left."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from functools import lru_cache
from typing import Final

from PIL import Image, ImageOps

SIDE: Final = 1_280
"""Pixels of the longer side that are shown."""
_MOST_PIXELS: Final = 50_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY: Final = 85


def shown(data: bytes, *, side: int = SIDE) -> bytes:
    """``data`` as a JPEG, or as a PNG where it is transparent; empty when it is no picture that can be shown.

    Of a moving one, the first frame. Nothing of the file itself is in it: no script, no place, no comment.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                width, height = picture.size
                if width * height > _MOST_PIXELS:
                    return b""
                picture.draft("RGB", (side, side))
                upright = ImageOps.exif_transpose(picture)
                clear = upright.has_transparency_data
                pixels = upright.convert("RGBA" if clear else "RGB")
    except Exception:
        # Whatever a decoder stumbles over in a stranger's file: then it is not shown.
        return b""
    pixels.thumbnail((side, side))
    made = io.BytesIO()
    if clear:
        pixels.save(made, "PNG")
    else:
        pixels.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


@lru_cache(maxsize=512)
def small(thumbnail: str) -> str:
    """A thumbnail (base64) as the address of a picture for a page; empty when it is none."""
    try:
        made = shown(base64.b64decode(thumbnail, validate=True), side=240)
    except (binascii.Error, ValueError):
        return ""
    kind = "png" if made.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(made).decode()}" if made else ""
