"""Stickers: WebP of 512 by 512 pixels, small enough for WhatsApp; what moves stays moving."""

from __future__ import annotations

from typing import Final

from PIL import Image

from core.media.decoder.opener import MOVING, Bounds, open_untrusted
from core.media.decoder.scaling import scaled, turn, turned
from core.media.decoder.writing import OverLimitError, thumbnail, written
from core.media.file_type import rejected, shown
from core.media.images import Picture
from core.media.stickers import MOST_FRAMES, MOST_WORK, MOVING_LIMIT, SIDE, STILL_LIMIT, without_metadata

_QUALITIES: Final = (85, 65, 45, 25, 10)
_SHOWS_MS: Final = 100
"""Of a frame that does not say how long it shows."""
_LEAST_MS: Final = 20


def make_sticker(data: bytes) -> Picture:
    """Return what ``core.media.stickers.prepare_sticker`` says, and raise as that does."""
    with open_untrusted(data, Bounds(), longest=SIDE) as image:
        frames = int(getattr(image, "n_frames", 1)) if image.format in MOVING else 1
        if frames > MOST_FRAMES or frames * image.width * image.height > MOST_WORK:
            raise rejected("still-too-large", shown(MOVING_LIMIT))
        limit = MOVING_LIMIT if frames > 1 else STILL_LIMIT
        first = _square(image)
        made = _as_it_is(image, data, frames)
        if not made or len(made) > limit:
            made = _smallest(_Squares(image, frames) if frames > 1 else first, limit)
        return Picture(made, "image/webp", SIDE, SIDE, thumbnail(first))


def _as_it_is(image: Image.Image, data: bytes, frames: int) -> bytes:
    """Keep the data of a WebP that has the right size, once each of its frames was read; empty otherwise."""
    if image.format != "WEBP" or image.size != (SIDE, SIDE):
        return b""
    for frame in range(1, frames):
        image.seek(frame)
        image.load()
    return without_metadata(data)


def _square(image: Image.Image) -> Image.Image:
    """Return the picture upright, as large as a sticker, with transparent room around it."""
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    fitted = turned(scaled(image, size, mode="RGBA"), turn(image))
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2))
    return square


class _Squares(Image.Image):
    """The frames of a moving picture, each made when Pillow seeks it: all together are 150 MB."""

    def __init__(self, source: Image.Image, frames: int) -> None:
        super().__init__()
        self._source = source
        self.n_frames = frames
        self.durations: list[int] = []
        """Milliseconds of each frame that was sought; known only once it is decoded."""
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show that frame."""
        self._source.seek(frame)
        self._source.load()
        square = _square(self._source)
        self._im, self._mode, self._size = square.im, square.mode, square.size
        del self.durations[frame:]
        shows = int(self._source.info.get("duration", 0) or _SHOWS_MS)
        self.durations.append(max(_LEAST_MS, shows))


def _smallest(image: Image.Image, limit: int) -> bytes:
    moving = {"save_all": True, "duration": image.durations, "loop": 0} if isinstance(image, _Squares) else {}
    for quality in _QUALITIES:
        try:
            return written(image, "WEBP", limit=limit, quality=quality, **moving)
        except OverLimitError:
            continue
    raise rejected("still-too-large", shown(limit))
