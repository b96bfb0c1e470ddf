"""The frames of a moving picture, at an even pace."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.media.decoder_protocol import Task, Verdict
from tests.support.media_samples import image, moving
from tests.support.media_tools import TOOLS


def frames(data: bytes) -> Verdict:
    return TOOLS.decoders.ask(Task.FRAMES, data)


def gif(*shows_ms: int) -> bytes:
    """A frame of another grey for each length."""
    pictures = [Image.new("L", (16, 16), 40 * number) for number in range(len(shows_ms))]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=list(shows_ms))
    return out.getvalue()


def greys(film: Verdict) -> list[int]:
    """What is seen at each step, as the number of the frame."""
    shots = film.data.split(b"\xff\xd8\xff")[1:]
    pictures = [Image.open(io.BytesIO(b"\xff\xd8\xff" + shot)).convert("L") for shot in shots]
    values = [picture.getpixel((8, 8)) for picture in pictures]
    return [round(float(value) / 40) for value in values if isinstance(value, int | float)]


@pytest.mark.parametrize(
    ("shows_ms", "pace", "seen"),
    [
        ((500, 500), 500, [0, 1]),
        ((500, 1000), 500, [0, 1, 1]),
        ((1000, 5000), 1000, [0, 1, 1, 1, 1, 1]),
        ((250, 250), 250, [0, 1, 0, 1]),
        ((10, 10), 100, [0, 1] * 5),
    ],
    ids=["even", "uneven", "slow", "repeated", "not believed"],
)
def test_each_frame_is_seen_as_long_as_it_says(shows_ms: tuple[int, ...], pace: int, seen: list[int]) -> None:
    """In steps of the shortest; a short round is repeated up to a second."""
    film = frames(gif(*shows_ms))
    assert film.shows_ms == pace
    assert greys(film) == seen


def test_frames_are_bounded_and_stills_have_none() -> None:
    """A large one is scaled down; a still picture is said to be none."""
    film = frames(moving("GIF", 1_000, 400, frames=3))
    first = Image.open(io.BytesIO(film.data))
    assert (first.format, first.size) == ("JPEG", (720, 288))
    for still in (image("GIF"), image("JPEG")):
        with pytest.raises(InvalidInputError, match="file-not-video"):
            frames(still)
