"""Bombs, lies and halves, every way that a picture comes in: refused, or made small and harmless."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.media.decoder_protocol import Task
from core.media.images import MEMORY_BUDGET
from core.media.untrusted import Decoders
from core.models.profile.own_profile import PICTURE_SIDE
from core.services import safe_image
from tests.support.hostile_pictures import hostile_pictures, one_colour_webp, png
from tests.support.media_samples import drawing, image
from tests.support.media_tools import TOOLS, prepare_image, prepare_sticker, small_jpeg
from tests.support.runtimes import installed, with_media

MB: Final = 1024 * 1024
GROWTH_MB: Final = 40
CHILD_MB: Final = (MEMORY_BUDGET // MB) + 80
"""The budget, Python and Pillow (20), the file twice, what is made of it."""
REFUSALS: Final = {"", "file-not-image", "file-damaged", "file-too-wide", "file-still-too-large"}
BOMB: Final = one_colour_webp(16_383, 3_051)


def _stored_thumbnail(data: bytes) -> bytes:
    address = safe_image.thumbnail_data_uri(base64.b64encode(data).decode())
    return base64.b64decode(address.partition(",")[2])


def _own_profile(data: bytes) -> bytes:
    return TOOLS.decoders.ask(Task.PROFILE, data, side=PICTURE_SIDE).data


WAYS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "image": lambda data: prepare_image(data).data,
    "sticker": lambda data: prepare_sticker(data).data,
    "file that arrived": safe_image.reencode,
    "link preview": partial(small_jpeg, side=300),
    "own profile": _own_profile,
    "profile picture": safe_image.face,
    "thumbnail": _stored_thumbnail,
}


def _taken(take: Callable[[bytes], bytes], data: bytes) -> tuple[bytes, str]:
    """What is made of it, and the code of why nothing is."""
    try:
        return take(data), ""
    except InvalidInputError as error:
        return b"", error.code


@pytest.fixture(autouse=True)
def _new_children(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Children that remember nothing and held nothing yet."""
    monkeypatch.setattr(TOOLS, "decoders", Decoders(quick_s=60.0, slow_s=60.0))
    with installed(with_media(TOOLS)):
        yield
    TOOLS.decoders.close()


def _most_memory(pid: int) -> int:
    """The most megabytes that a process ever held."""
    words = Path(f"/proc/{pid}/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) // 1024


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.timeout(300)
def test_no_picture_is_more_than_refused(way: str) -> None:
    """Two hundred of them: no other error, no growth here, a child that lives and keeps its budget."""
    take, process = WAYS[way], psutil.Process()
    pictures = hostile_pictures()
    assert len(pictures) >= 200
    take(image("PNG", 64, 64))
    lane = TOOLS.decoders.quick if way in {"profile picture", "thumbnail"} else TOOLS.decoders.slow
    before, pid, most = process.memory_info().rss, lane.child.pid, 0
    for name, data in pictures.items():
        made, code = _taken(take, data)
        assert code in REFUSALS, (name, code)
        assert not made or max(Image.open(io.BytesIO(made)).size) <= 4096, name
        most = max(most, process.memory_info().rss)
        assert lane.child.pid == pid, f"{name} killed the child"
    assert (most - before) / MB < GROWTH_MB
    assert _most_memory(pid) < CHILD_MB
    assert take(image("PNG", 64, 64))


@pytest.mark.parametrize("way", [*WAYS][:5])
@pytest.mark.parametrize(
    "data",
    [BOMB, one_colour_webp(3_000, 3_000), png(60_000, 60_000), png(7_000, 6_000), image("GIF", 9_000, 6_000)],
    ids=["webp", "webp of 9 MP", "png", "png of 42 MP", "gif"],
)
def test_what_is_over_the_budget_is_refused_before_it_is_decoded(way: str, data: bytes) -> None:
    """By its header alone: the child holds no more than before."""
    take = WAYS[way]
    take(image("PNG", 8, 8))
    before = _most_memory(TOOLS.decoders.slow.child.pid)
    if way == "file that arrived":
        assert take(data) == b""
    else:
        with pytest.raises(InvalidInputError, match=r"^file-too-wide: \d+ MP$"):
            take(data)
    assert _most_memory(TOOLS.decoders.slow.child.pid) < before + 8


@pytest.mark.parametrize("data", [one_colour_webp(100, 100), image("GIF", 40, 40), image("PNG", 513, 20)])
def test_a_stored_thumbnail_of_another_kind_is_not_even_given_to_the_child(data: bytes) -> None:
    """What was taken in before thumbnails were looked at; a harmless one stays."""
    assert safe_image.thumbnail_data_uri(base64.b64encode(data).decode()) == ""
    assert TOOLS.decoders.quick.child.pid == 0
    assert safe_image.thumbnail_data_uri(base64.b64encode(image("PNG", 512, 20)).decode())


@pytest.mark.parametrize(
    ("format_", "size", "options"),
    [
        ("JPEG", (4_000, 3_000), {}),
        ("JPEG", (4_000, 3_000), {"progressive": True}),
        ("JPEG", (8_160, 6_120), {}),
        ("JPEG", (8_192, 6_144), {}),
        ("JPEG", (5_000, 4_000), {"mode": "CMYK"}),
        ("PNG", (1_080, 20_000), {"mode": "RGBA", "compress_level": 1}),
        ("PNG", (20_000, 1_080), {"compress_level": 1}),
        ("WEBP", (2_560, 1_920), {"method": 0, "quality": 50}),
        ("AVIF", (4_032, 3_024), {"speed": 10}),
    ],
)
def test_large_and_honest_ones_are_taken(
    format_: str, size: tuple[int, int], options: dict[str, Any]
) -> None:
    """A telephone's photo of 12 to 50 megapixels, a screenshot of a long page: within the budget."""
    mode = str(options.get("mode", "RGB"))
    data = image(format_, *size, **options)
    made = prepare_image(data)
    scale = min(1.0, 4096 / max(size))
    shape = made.width / made.height
    assert shape == pytest.approx(size[0] / size[1], rel=0.01)
    assert max(made.width, made.height) >= 0.7 * scale * max(size)
    shown = Image.open(io.BytesIO(made.data)).convert("RGB")
    seen = shown.getpixel((int(0.15 * made.width), int(0.15 * made.height)))
    drawn = drawing(400, 400, mode=mode).convert("RGB").getpixel((60, 60))
    assert seen == pytest.approx(drawn, abs=25)
    assert prepare_sticker(data).width == 512
    assert _most_memory(TOOLS.decoders.slow.child.pid) < CHILD_MB


def test_sixteen_bits_of_grey_are_not_cut_off() -> None:
    """Pillow's own conversion would make everything white."""
    made = io.BytesIO()
    Image.new("I;16", (40, 40), 32_768).save(made, "PNG")
    shown = Image.open(io.BytesIO(safe_image.reencode(made.getvalue()))).convert("L")
    assert shown.getpixel((20, 20)) == pytest.approx(128, abs=2)


def test_a_photo_with_a_second_shot_becomes_no_moving_sticker() -> None:
    """Telephones put two pictures into one JPEG; they are no frames."""
    made = io.BytesIO()
    first, second = (Image.new("RGB", (600, 400), colour) for colour in ("red", "blue"))
    first.save(made, "MPO", save_all=True, append_images=[second])
    sticker = Image.open(io.BytesIO(prepare_sticker(made.getvalue()).data))
    assert not getattr(sticker, "is_animated", False)
    assert prepare_image(made.getvalue()).mime == "image/jpeg"


def test_a_long_moving_sticker_is_made_frame_by_frame() -> None:
    """All of 150 frames at once would be 150 MB."""
    frames = [Image.new("RGB", (64, 64), (5 * number % 256, 40, 90)) for number in range(150)]
    made = io.BytesIO()
    frames[0].save(
        made, "GIF", save_all=True, append_images=frames[1:], duration=[20 + n for n in range(150)]
    )
    sticker = Image.open(io.BytesIO(prepare_sticker(made.getvalue()).data))
    assert getattr(sticker, "n_frames", 1) == 150
    sticker.seek(100)
    sticker.load()
    assert sticker.info["duration"] == 120
    assert _most_memory(TOOLS.decoders.slow.child.pid) < 90
