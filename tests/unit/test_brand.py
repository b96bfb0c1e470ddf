"""Name and mark: what is taken for a logo, and that nothing of it can do more than be looked at."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest

from core.brand import LOGO_LIMIT, MARK, is_logo, mark_address

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>'


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIB", 13, b"IHDR", width, height, 8)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (SVG, "svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n' + SVG, "svg+xml"),
        (png(512, 512), "png"),
    ],
)
def test_an_svg_and_a_png_are_shown_as_they_are(tmp_path: Path, data: bytes, kind: str) -> None:
    """As the address of a picture: no page ever holds the file's own markup."""
    logo = tmp_path / "logo"
    logo.write_bytes(data)
    assert is_logo(str(logo))
    head, _, body = mark_address(str(logo)).partition(";base64,")
    assert head == f"data:image/{kind}"
    assert base64.b64decode(body) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"<html><svg></svg></html>",
        b"<svgx>",
        b"<svg></svg>",  # of no kind that a browser knows
        SVG.removesuffix(b"</svg>"),
        b"<!DOCTYPE svg [<!ENTITY a 'aa'>]>" + SVG,
        SVG + b"<svg/>",
        png(0, 1),
        png(50_000, 1),
        b"<svg " + b"x" * LOGO_LIMIT,
    ],
)
def test_anything_else_is_no_logo(tmp_path: Path, data: bytes) -> None:
    """Nor what is too large, in bytes or in pixels; our own mark stands in its place."""
    logo = tmp_path / "logo"
    logo.write_bytes(data)
    assert not is_logo(str(logo))
    assert mark_address(str(logo)) == mark_address("")


def test_what_is_no_file_is_no_logo(tmp_path: Path) -> None:
    """Missing, a folder, a device that never ends."""
    assert not any(is_logo(str(path)) for path in (tmp_path / "none", tmp_path, Path("/dev/zero")))


def test_our_own_mark_is_small_and_asks_for_nothing() -> None:
    """It is in the first bytes of every page."""
    assert len(mark_address("")) < 1_000
    assert MARK.count("http") == 1
