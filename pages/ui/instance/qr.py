"""The QR to scan: black on a white card in either theme, with its countdown."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Final

import streamlit as st
from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode

from core.models.instance import QR_LIFETIMES_S, ShowQr
from pages.ui.escape import escape_html
from pages.ui.formats import seconds_left
from pages.ui.i18n import _

QUIET_ZONE: Final = 4
"""White modules on each side. Source: ISO/IEC 18004, which asks for four."""
_WIDTH: Final = 380
"""How wide the card is on a desk, in CSS pixels; style.css makes it fit a phone."""


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
    return svg, size * max(1, _WIDTH // size)


def draw_qr(step: ShowQr | None, *, now: float) -> None:
    """Draw the QR of ``step`` and how long it is good for; a placeholder for none or an expired one."""
    valid = step is not None and seconds_left(step.expires_at, now=now) > 0
    with st.container(key="qr"):
        if step is not None and valid:
            svg, width = qr_svg(step.code)
            st.image(svg, width=width, alt=_("QR code to link WhatsApp to this instance"))
        else:
            st.skeleton(height=_WIDTH)
    with st.container(key="qr-countdown"):
        st.html(_countdown(step, now=now) if step is not None and valid else _waiting())


def _countdown(step: ShowQr, *, now: float) -> str:
    left = seconds_left(step.expires_at, now=now)
    lifetime = QR_LIFETIMES_S[0] if step.index == 1 else QR_LIFETIMES_S[-1]
    share = min(100, round(100 * left / lifetime))
    last = step.index >= step.total
    next_one = _("After this one, ask for new codes") if last else _("A new code appears by itself")
    count = _("code {index} of {total} · {seconds} s").format(
        index=step.index, total=step.total, seconds=left
    )
    return _words(share, next_one, count)


def _waiting() -> str:
    return _words(0, _("generating the code…"), "")


def _words(share: int, *words: str) -> str:
    shown = "".join(f"<span>{escape_html(each)}</span>" for each in words)
    return (
        f'<div class="wa-left" aria-hidden="true"><div style="width: {share}%"></div></div>'
        f'<p class="wa-ends">{shown}</p>'
    )
