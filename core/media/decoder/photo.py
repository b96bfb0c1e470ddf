"""Images: turned upright, freed of what a camera wrote about the place, made small enough to be sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PIL import Image

from core.media.decoder.opener import Bounds, is_moving, open_untrusted, whole_side
from core.media.decoder.scaling import fitting, scaled, turn, turned
from core.media.decoder.writing import OverLimitError, thumbnail, written
from core.media.file_type import rejected, shown
from core.media.images import LIMIT, LONGEST_SIDE, Picture

_QUALITY: Final = 88


def make_image(data: bytes) -> Picture:
    """Return what ``core.media.images.prepare_image`` says, and raise as that does."""
    with open_untrusted(data, Bounds(), longest=LONGEST_SIDE) as image:
        moves, whole = is_moving(image), whole_side(image)
        profile = image.info.get("icc_profile")
        made = _as_it_is(image, profile) if max(image.size) <= LONGEST_SIDE else None
        if made is not None:
            return replace(made, moves=moves)
        how, grey = turn(image), image.mode == "L"
        kept = profile if image.mode in {"L", "RGB"} else None  # it is about the colours that it had
        flat = scaled(image, fitting(image.size, LONGEST_SIDE), mode="L" if grey else "RGB")
    flat = turned(flat, how)
    try:
        jpeg = written(flat, "JPEG", limit=LIMIT, quality=_QUALITY, icc_profile=kept)
    except OverLimitError:
        raise rejected("still-too-large", shown(LIMIT)) from None
    percent = min(100, round(100 * max(flat.size) / whole))
    return replace(_picture(jpeg, "image/jpeg", flat), moves=moves, percent=percent)


def _as_it_is(image: Image.Image, profile: object) -> Picture | None:
    """Keep a PNG and an upright JPEG what they are; None for anything else, and for what is too large so."""
    how = turn(image)
    try:
        if image.format == "PNG":
            return _as_png(turned(image, how), profile)
        if image.format == "JPEG" and how is None:
            # The same figures with the same tables: nothing is lost again.
            jpeg = written(image, "JPEG", limit=LIMIT, quality="keep", icc_profile=profile)
            return _picture(jpeg, "image/jpeg", image)
    except OverLimitError:
        return None
    return None


def _as_png(upright: Image.Image, profile: object) -> Picture:
    clear = upright.mode == "P" and "transparency" in upright.info
    plain = upright.convert("RGBA") if clear else upright
    return _picture(written(plain, "PNG", limit=LIMIT, icc_profile=profile), "image/png", upright)


def _picture(made: bytes, mime: str, image: Image.Image) -> Picture:
    return Picture(made, mime, *image.size, thumbnail=thumbnail(image))
