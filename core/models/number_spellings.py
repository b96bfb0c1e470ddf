"""The ways in which one account's number is written: WhatsApp keeps the one it had when it was made."""

from __future__ import annotations

import re
from typing import Final

_BRAZIL: Final = re.compile(r"(55[1-9][1-9])9?([6-9][0-9]{7})")
"""Mobiles got a 9 before their eight digits. Source: Anatel, resolution 553/2010."""
_MEXICO: Final = re.compile(r"(52)1?([2-9][0-9]{9})")
"""A 1 stood before those of mobiles until 2019. Source: IFT, Plan Técnico Fundamental de Numeración."""
_ARGENTINA: Final = re.compile(r"(54)9?([1-8][0-9]{9})")
"""From abroad a 9 stands before those of mobiles. Source: ITU-T E.164, national plan of Argentina."""
_OPTIONAL: Final = ((_BRAZIL, "9", True), (_MEXICO, "1", False), (_ARGENTINA, "9", True))
"""A pattern, the digit that may be missing, and whether it belongs there today."""


def spellings(digits: str) -> tuple[str, ...]:
    """Return the numbers (digits, country code first) by which WhatsApp may know the account of ``digits``.

    The one of today's numbering plan comes first; ``digits`` alone where a country has one spelling only.
    """
    for pattern, digit, today in _OPTIONAL:
        if found := pattern.fullmatch(digits):
            with_it, without = f"{found[1]}{digit}{found[2]}", f"{found[1]}{found[2]}"
            return (with_it, without) if today else (without, with_it)
    return (digits,)
