"""The QR to scan: black on a white card in either theme, with its countdown."""

from __future__ import annotations

import streamlit as st

from core.models.instance import QR_LIFETIMES_S, ShowQr
from core.services.pairing.qr_svg import WIDTH, qr_svg
from pages.ui.escape import escape_html
from pages.ui.formats import seconds_left
from pages.ui.i18n import _


def draw_qr(step: ShowQr | None, *, now: float) -> None:
    """Draw the QR of ``step`` and how long it is good for; a placeholder for none or an expired one."""
    valid = step is not None and seconds_left(step.expires_at, now=now) > 0
    with st.container(key="qr"):
        if step is not None and valid:
            svg, width = qr_svg(step.code)
            st.image(svg, width=width, alt=_("QR code to link WhatsApp to this instance"))
        else:
            st.skeleton(height=WIDTH)
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
