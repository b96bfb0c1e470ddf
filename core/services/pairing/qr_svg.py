"""A QR code as a picture: black on white, whole pixels for each module."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Final

from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode

QUIET_ZONE: Final = 4
"""White modules on each side. Source: ISO/IEC 18004, which asks for four."""
WIDTH: Final = 380
"""How wide the picture is on a desk at most, in CSS pixels; styles make it fit a phone."""


@lru_cache(maxsize=32)
def qr_svg(code: str) -> tuple[str, int]:
    """Return the QR of ``code`` as SVG, quiet zone included, and the width to show it at, in CSS pixels.

    A whole number of pixels for each module, so that all are equally wide.

    Always the same string for the same code, so a redraw changes nothing on the page.
    """
    qr = QRCode(error_correction=ERROR_CORRECT_L, border=QUIET_ZONE)
    qr.add_data(code)
    qr.make(fit=True)
    rows = qr.get_matrix()
    path: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                path.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    size = len(rows)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{"".join(path)}" fill="#000"/></svg>'
    )
    return svg, size * max(1, WIDTH // size)
