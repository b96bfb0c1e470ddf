"""Sizes, sums of money and shares, written as the session's language writes numbers."""

from __future__ import annotations

from typing import Final

from pages.ui.i18n import language

MEGABYTE: Final = 1024**2
_UNITS: Final = ("KB", "MB", "GB", "TB")
"""Each 1024 of the one before, as hosts measure disks and memory."""


def number(value: float, *, digits: int = 0) -> str:
    """``value`` with ``digits`` decimals and marks between thousands."""
    written = f"{value:,.{digits}f}"
    return written.translate(str.maketrans(",.", ".,")) if language() == "pt_BR" else written


def size(amount: float) -> str:
    """An amount of bytes in the largest unit of which there is at least one; may be negative."""
    if abs(amount) < 1024:
        return f"{number(amount)} B"
    step = 0
    amount /= 1024
    while abs(amount) >= 1024 and step + 1 < len(_UNITS):
        amount /= 1024
        step += 1
    return f"{number(amount, digits=0 if abs(amount) >= 100 else 1)} {_UNITS[step]}"


def length(seconds: int) -> str:
    """The length of a sound or a film as players write it, ``1:05``; empty for none."""
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""


def dollars(amount: float) -> str:
    """US dollars, with cents."""
    return f"US$ {number(amount, digits=2)}"


def share(part: float, whole: float) -> str:
    """``part`` of ``whole`` in percent; a small part is not called nothing. Empty when there is no whole."""
    if whole <= 0:
        return ""
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return f"< {number(0.1, digits=1)} %"
    return f"{number(percent, digits=1 if percent < 10 else 0)} %"
