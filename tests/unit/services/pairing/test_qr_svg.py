"""A QR code as a picture."""

from __future__ import annotations

import re

import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from core.services.pairing.qr_svg import QUIET_ZONE, qr_svg


def _rendered(svg: str, scale: int = 4) -> Image.Image:
    """The picture of our own SVG: a white square and black runs."""
    match = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert match
    size = int(match[1])
    picture = Image.new("L", (size * scale, size * scale), 255)
    draw = ImageDraw.Draw(picture)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        left, top = int(x) * scale, int(y) * scale
        draw.rectangle((left, top, left + int(length) * scale - 1, top + scale - 1), fill=0)
    return picture


@settings(deadline=None)  # decoding a picture takes what the machine allows
@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=150, max_size=260))
def test_the_qr_reads_back_as_its_code(code: str) -> None:
    """A scanner reads exactly what the core gave, and the card has a quiet zone and fits a phone's screen."""
    svg, width = qr_svg(code)
    picture = _rendered(svg)
    codes = zxingcpp.read_barcodes(picture)
    (found,) = [read for read in codes if read.format == zxingcpp.BarcodeFormat.QRCode]
    assert found.text == code
    margin = QUIET_ZONE * 4
    assert picture.crop((0, 0, picture.width, margin)).getextrema() == (255, 255)
    assert picture.crop((0, 0, margin, picture.height)).getextrema() == (255, 255)
    assert 300 <= width <= 380
    assert qr_svg(code) is qr_svg(code)
