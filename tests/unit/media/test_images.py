"""Images and stickers."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import InvalidInputError
from core.media.images import LONGEST_SIDE, Picture
from core.media.stickers import MOVING_LIMIT, STILL_LIMIT, without_metadata
from tests.support.media_samples import drawing, image, moving, photo
from tests.support.media_tools import prepare_image, prepare_sticker


def read(picture: Picture) -> Image.Image:
    """What a recipient's phone would read."""
    return Image.open(io.BytesIO(picture.data))


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """Its colours."""
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


def refused(prepare: Callable[[bytes], object], data: bytes) -> str:
    """The code with which `data` is refused."""
    with pytest.raises(InvalidInputError) as error:
        prepare(data)
    return error.value.code


def test_a_photo_is_turned_upright_and_tells_nothing() -> None:
    """No place, no camera, no comment; the picture as the phone showed it."""
    data = photo()
    assert b"Exif" in data
    assert b"a comment" in data
    made = prepare_image(data)
    assert (made.mime, made.width, made.height) == ("image/jpeg", 200, 320)
    found = read(made)
    assert found.size == (200, 320)
    assert not found.getexif()
    assert b"Exif" not in made.data
    assert b"comment" not in made.data
    red, _, blue = pixel(found, 150, 50)  # the red corner came from the left
    assert red > 200 > blue


def test_an_upright_jpeg_is_not_coded_anew_from_scratch() -> None:
    """Same tables as before: as large as it was, within a little."""
    data = image("JPEG", 600, 400, quality=71)
    made = prepare_image(data)
    assert read(made).quantization == Image.open(io.BytesIO(data)).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_a_png_stays_one(mode: str) -> None:
    """Pixel for pixel."""
    data = image("PNG", mode=mode)
    made = prepare_image(data)
    assert (made.mime, made.width, made.height) == ("image/png", 320, 200)
    assert read(made).convert("RGBA").tobytes() == Image.open(io.BytesIO(data)).convert("RGBA").tobytes()


@pytest.mark.parametrize("format_", ["WEBP", "GIF", "BMP", "AVIF"])
def test_other_images_become_jpeg(format_: str) -> None:
    """What WhatsApp takes everywhere."""
    made = prepare_image(image(format_))
    assert (made.mime, read(made).format, made.width) == ("image/jpeg", "JPEG", 320)


def test_what_is_transparent_becomes_white_in_a_jpeg() -> None:
    """Not black."""
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "WEBP", lossless=True)
    assert min(pixel(read(prepare_image(out.getvalue())), 20, 20)) > 250


def test_a_huge_image_is_scaled_down() -> None:
    """To a side that phones show."""
    made = prepare_image(image("PNG", LONGEST_SIDE + 1000, 300))
    assert (made.mime, made.width) == ("image/jpeg", LONGEST_SIDE)
    assert read(made).size == (made.width, made.height)


def test_the_thumbnail_is_a_small_jpeg() -> None:
    """In base64; it travels inside the message."""
    small = Image.open(io.BytesIO(base64.b64decode(prepare_image(image("PNG")).thumbnail)))
    assert (small.format, small.size) == ("JPEG", (100, 63))


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be as large as that."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("prepare", [prepare_image, prepare_sticker])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bomb(30_000, 30_000), "file-too-wide"),
        (bomb(2_000_000_000, 2_000_000_000), "file-too-wide"),
        (bomb(500, 500), "file-damaged"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "file-not-image"),
        (b"<!doctype html><img src=x>", "file-not-image"),
        (b"GIF89a<script>alert(1)</script>", "file-not-image"),
        (b"%PDF-1.7 ...", "file-not-image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "file-not-image"),
        (b"#EXTM3U\nhttp://127.0.0.1/x.ts", "file-not-image"),
        (image("PNG")[:600], "file-damaged"),
        (image("JPEG", 640, 400)[:2500], "file-damaged"),
    ],
)
def test_what_is_no_whole_image_is_refused(
    prepare: Callable[[bytes], object], data: bytes, code: str
) -> None:
    """In words, whatever it is called."""
    assert refused(prepare, data) == code


def test_what_hides_behind_an_image_is_not_sent() -> None:
    """A file that is two things at once becomes one."""
    hidden = b"PK\x03\x04<script>alert(1)</script>"
    for data in (image("JPEG"), image("PNG"), image("GIF")):
        assert hidden not in prepare_image(data + hidden).data
    webp = image("WEBP", 512, 512)
    assert hidden not in prepare_sticker(webp + hidden).data


@settings(max_examples=60)
@given(st.data())
def test_no_damage_makes_anything_but_a_refusal(data: st.DataObject) -> None:
    """Bytes overwritten, cut or pushed in: an image comes out, or a code."""
    start = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(start) - 1))
        start[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    for prepare in (prepare_image, prepare_sticker):
        try:
            made = prepare(bytes(start))
        except InvalidInputError:
            continue
        assert read(made).size == (made.width, made.height)


SEEDS = [
    *(image(format_, 40, 30) for format_ in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")),
    moving("WEBP", 32, 32),
    moving("GIF", 32, 32),
    moving("PNG", 32, 32),
    image("PNG", 40, 30, mode="P"),
]


@pytest.mark.parametrize("data", [image("JPEG"), image("PNG", mode="RGBA"), image("GIF", 900, 300)])
def test_a_sticker_is_a_small_square_webp(data: bytes) -> None:
    """512 by 512, within WhatsApp's limit, with nothing around what was not square."""
    made = prepare_sticker(data)
    found = read(made)
    assert (made.mime, found.format, found.size) == ("image/webp", "WEBP", (512, 512))
    assert len(made.data) <= STILL_LIMIT
    assert pixel(found.convert("RGBA"), 0, 0)[3] == 0


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
def test_what_moves_stays_moving(format_: str) -> None:
    """All its pictures, each as long as before."""
    made = prepare_sticker(moving(format_))
    found = read(made)
    assert (found.size, found.n_frames) == ((512, 512), 4)  # type: ignore[attr-defined]
    assert len(made.data) <= MOVING_LIMIT
    found.seek(1)
    found.load()
    assert found.info["duration"] == 80


def test_a_right_sticker_keeps_its_picture_and_loses_its_metadata() -> None:
    """Nothing is coded twice; who made it where is nobody's business."""
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    out = io.BytesIO()
    drawing(512, 512).save(out, "WEBP", exif=exif, xmp=b"<x:xmpmeta/>", quality=80)
    made = prepare_sticker(out.getvalue())
    assert b"Camera" in out.getvalue()
    assert b"Camera" not in made.data
    assert b"xmpmeta" not in made.data
    assert read(made).tobytes() == Image.open(out).tobytes()
    assert made.data == without_metadata(out.getvalue())


def test_a_sticker_that_cannot_be_made_small_enough_is_refused() -> None:
    """Too many pictures; the limit is named."""
    assert refused(prepare_sticker, moving("GIF", 20, 20, frames=200)) == "file-still-too-large"
