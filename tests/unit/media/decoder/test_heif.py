"""Photos of phones: upright, in their colours, without what they tell; hostile ones are refused cheaply."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.errors import InvalidInputError
from core.media.images import LONGEST_SIDE
from core.services import safe_image
from tests.support.media_samples import drawing, heic, image
from tests.support.media_tools import TOOLS, prepare_image, prepare_sticker
from tests.support.runtimes import installed, with_media

PHOTO = heic()


def refused(data: bytes) -> str:
    """The code with which it is refused as an image."""
    with pytest.raises(InvalidInputError) as error:
        prepare_image(data)
    return error.value.code


def read(data: bytes) -> Image.Image:
    """What a recipient's phone would read."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def colours(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """Those at a share of its width and height."""
    found = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


@pytest.mark.parametrize("options", [{}, {"tile_size": 64}, {"chroma": 444}], ids=["whole", "tiles", "444"])
def test_it_becomes_a_jpeg_upright_that_tells_nothing(options: dict[str, Any]) -> None:
    """No place, no camera; turned as the phone showed it, from one piece and from many."""
    data = heic(**options)
    assert b"Exif" in data
    assert b"Camera" in data
    made = prepare_image(data)
    assert (made.mime, made.width, made.height) == ("image/jpeg", 200, 320)
    assert b"Exif" not in made.data
    assert b"Camera" not in made.data
    assert not read(made.data).getexif()
    red, _, blue = colours(read(made.data), 0.75, 0.16)  # the red corner came from the left
    assert red > 200 > blue
    assert made.thumbnail


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA"])
def test_grey_and_transparent_ones_are_taken(mode: str) -> None:
    """What is transparent becomes white."""
    made = prepare_image(heic(mode=mode))
    assert made.mime == "image/jpeg"
    if "A" in mode:
        assert min(colours(read(made.data), 0.98, 0.02)) > 240


def test_the_colours_stay_those_of_its_profile() -> None:
    """An iPhone's photo has a wider range than a screen; its profile says how to read it."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = Image.open(io.BytesIO(prepare_image(heic(icc_profile=profile)).data))
    assert out.info["icc_profile"] == profile


def test_it_may_be_a_sticker_and_is_no_preview_for_a_page() -> None:
    """Stickers are made of whatever is an image; a page shows what arrived in fewer formats."""
    assert prepare_sticker(PHOTO).mime == "image/webp"
    with installed(with_media(TOOLS)):
        assert safe_image.reencode(PHOTO) == b""


def test_an_avif_with_a_name_of_the_family_is_still_read() -> None:
    """Both lie in the same container; cameras name the family first."""
    avif = image("AVIF")
    renamed = avif[:8] + b"mif1" + avif[12:]
    assert prepare_image(renamed).mime == "image/jpeg"


def claiming(width: int, height: int) -> bytes:
    """A photo whose header claims another size."""
    at = PHOTO.index(b"ispe") + 8
    return PHOTO[:at] + struct.pack(">II", width, height) + PHOTO[at + 8 :]


@pytest.mark.parametrize("size", [(60_000, 60_000), (2**32 - 1, 2**32 - 1), (9_000, 6_000)])
def test_one_that_claims_to_be_huge_is_refused_by_its_header(
    child: Callable[[], int], size: tuple[int, int]
) -> None:
    """With the limit, and before anything is decoded."""
    prepare_image(image("PNG", 8, 8))
    before = child()
    with pytest.raises(InvalidInputError, match=r"^file-too-wide: \d+ MP$"):
        prepare_image(claiming(*size))
    assert child() < before + 8


def test_one_with_thousands_of_items_is_refused() -> None:
    """Before libheif looks at them."""
    at = PHOTO.index(b"iinf") + 8
    assert refused(PHOTO[:at] + struct.pack(">H", 60_000) + PHOTO[at + 2 :]) == "file-damaged"


@pytest.mark.parametrize("share", [0.01, 0.02, 0.1, 0.2, 0.5, 0.9, 0.99])
def test_one_that_ends_early_is_refused(share: float) -> None:
    """Wherever it ends."""
    whole = heic(tile_size=64)
    assert refused(whole[: int(share * len(whole))]) in {"file-not-image", "file-damaged"}


def test_a_sequence_without_a_picture_is_refused() -> None:
    """A film in the same container is no photo."""
    head = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"hevc", 0, b"msf1", b"hevc")
    film = struct.pack(">I4s", 16, b"moov") + bytes(8)
    assert refused(head + film) == "file-not-image"


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_damage_makes_anything_but_a_refusal(data: st.DataObject) -> None:
    """Bytes overwritten, cut or pushed in: a picture comes out, or a code."""
    start = bytearray(data.draw(st.sampled_from([PHOTO, heic(96, 64, tile_size=64)])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(start) - 1))
        start[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        made = prepare_image(bytes(start))
    except InvalidInputError:
        return
    assert read(made.data).size == (made.width, made.height)


@pytest.mark.parametrize("size", [(4_032, 3_024), (5_712, 4_284)], ids=["12 MP", "24 MP"])
def test_a_photo_of_a_phone_fits_into_the_budget(child: Callable[[], int], size: tuple[int, int]) -> None:
    """As phones write them, in tiles: scaled down to what is sent, and the child stays small."""
    made = prepare_image(heic(*size, tile_size=512, quality=30))
    assert max(made.width, made.height) == min(max(size), LONGEST_SIDE)
    shown = read(made.data).transpose(Image.Transpose.ROTATE_90)
    seen = colours(shown, 0.15, 0.15)
    assert seen == pytest.approx(colours(drawing(400, 400), 0.15, 0.15), abs=25)
    assert child() < 220
