"""Writing pictures anew: pixels and colours, nothing else that their files said; never above a limit."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image

from core.media.decoder.scaling import fitting, scaled
from core.media.images import THUMBNAIL_SIDE

_THUMBNAIL_QUALITY: Final = 60


class OverLimitError(Exception):
    """What would be written is larger than it may be."""


class _Bounded(io.BytesIO):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: object) -> int:
        """Write, up to the limit. Raises OverLimitError."""
        written = super().write(data)  # type: ignore[arg-type]
        if self.tell() > self._limit:
            raise OverLimitError
        return written


def written(image: Image.Image, format_: str, *, limit: int, **options: object) -> bytes:
    """Return ``image`` as a file. Raises OverLimitError for more than ``limit`` bytes."""
    out = _Bounded(limit)
    # Pillow writes Exif and comments only when told to; what it read must not slip through.
    for name in [name for name in image.info if name != "transparency"]:
        del image.info[name]
    image.save(out, format_, exif=b"", **{key: value for key, value in options.items() if value is not None})
    return out.getvalue()


def small_jpeg(image: Image.Image, *, side: int, quality: int) -> bytes:
    """Return ``image`` as a JPEG of at most ``side`` pixels a side."""
    small = scaled(image, fitting(image.size, side), mode="L" if image.mode == "L" else "RGB")
    return written(small, "JPEG", limit=4 * side * side + 4096, quality=quality)


def thumbnail(image: Image.Image) -> str:
    """Return the JPEG in base64 that travels within a message."""
    return base64.b64encode(small_jpeg(image, side=THUMBNAIL_SIDE, quality=_THUMBNAIL_QUALITY)).decode()
