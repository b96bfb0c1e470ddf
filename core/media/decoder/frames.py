"""Pictures that move, as a row of JPEGs at an even pace: what a film is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

from core.media.decoder.opener import MOVING, Bounds, open_untrusted
from core.media.decoder.scaling import fitting, scaled
from core.media.decoder.writing import OverLimitError, thumbnail, written
from core.media.decoder_protocol import ANSWER_LIMIT
from core.media.file_type import rejected

_SIDE: Final = 720
"""Pixels of the longer side, sent."""
_MOST_FRAMES: Final = 1_500
_MOST_WORK: Final = 600_000_000
"""Pixels of all frames together."""
_QUALITY: Final = 90
_SHOWS_MS: Final = 100
"""Of a frame that does not say how long it shows, or so short that browsers do not believe it."""
_LEAST_MS: Final = 20
_PACE_MS: Final = (33, 1000)
"""Shortest and longest time that a picture of the film shows; phones play others badly."""
_ROUND_MS: Final = 1000
"""What is shorter is repeated: films of a few pictures do not play everywhere."""
_ROOM: Final = ANSWER_LIMIT - 512 * 1024


@dataclass(frozen=True, slots=True)
class Frames:
    """The pictures of one round, one after the other."""

    data: bytes
    """JPEGs without anything between them."""
    mime: str
    shows_ms: int
    """How long each shows."""
    thumbnail: str


def make_frames(data: bytes) -> Frames:
    """Return the frames of a moving picture, over white.

    Raises as ``open_untrusted`` does, and InvalidInputError: file-not-video (it stands still),
    file-moving-too-long.
    """
    with open_untrusted(data, Bounds(), longest=_SIDE) as image:
        count = int(getattr(image, "n_frames", 1)) if image.format in MOVING else 1
        if count < 2:
            raise rejected("not-video")
        if count > _MOST_FRAMES or count * image.width * image.height > _MOST_WORK:
            raise rejected("moving-too-long")
        small = thumbnail(image)
        shots = _shots(image, count)
    pace = min(_PACE_MS[1], max(_PACE_MS[0], min(shows for _, shows in shots)))
    return Frames(_paced(shots, pace), "image/jpeg", pace, small)


def _shots(image: Image.Image, count: int) -> list[tuple[bytes, int]]:
    """Return each frame as a JPEG, and for how many milliseconds it shows."""
    shots, size, room = [], fitting(image.size, _SIDE), _ROOM
    for number in range(count):
        image.seek(number)
        image.load()
        shows = int(image.info.get("duration", 0) or 0)
        try:
            flat = scaled(image, size, mode="RGB")
            shot = written(flat, "JPEG", limit=room, quality=_QUALITY)
        except OverLimitError:
            raise rejected("moving-too-long") from None
        room -= len(shot)
        shots.append((shot, shows if shows >= _LEAST_MS else _SHOWS_MS))
    return shots


def _paced(shots: list[tuple[bytes, int]], pace: int) -> bytes:
    """Return what is seen at each step of the film."""
    whole = sum(shows for _, shows in shots)
    rounds = -(-_ROUND_MS // whole)
    film, size, at, until = [], 0, 0, 0
    for shot, shows in shots * rounds:
        until += shows
        while at < until:
            film.append(shot)
            size, at = size + len(shot), at + pace
            if size > _ROOM:
                raise rejected("moving-too-long")
    return b"".join(film)
