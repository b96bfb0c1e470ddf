"""What stands in a field for a number: digits, whatever a phone, a contact app or a web page puts around."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from core.services.typed.number_links import number_in_link

_PLUS: Final = frozenset("+\uff0b\ufe62\u2795\u207a")
_DASHES: Final = frozenset("\u2212\u02d7\u2043\u2500\u2501\u2796\u00af\u30fc\u2015")
"""Strokes that Unicode does not call dashes."""
_DOTS: Final = frozenset("\u00b7\u2022\u2219\u22c5\u2024\u2027\u30fb\uff0e\u3002\uff61\u2026")
_WIDE: Final = {"\uff08": "(", "\uff09": ")", "\uff0f": "/", "\u2044": "/", "\u2215": "/", "\uff1a": ":"}
_AROUND: Final = " \t\r\n,;:.\"'<>[]{}*~_`“”‘’«»"
"""What a sentence, a list or WhatsApp's own bold puts around a number."""
_NOTHING: Final = frozenset("\u20e3\u034f\u115f\u1160\u3164\uffa0\u2800")
_CARRIER: Final = re.compile(r"\(?0[\s\-(]*[x*]{2}(?=[\s\-)(]*\d|\s*\))", re.IGNORECASE)
"""``0xx11``: a zero and any long-distance carrier, as Brazil's advertisements write it."""
_FIGURES: Final = re.compile(r"[\d ().+\-/_\[\]]*")
_ABROAD: Final = re.compile(r"[ (]*(?:\+|00)")
"""A plus, or how most of the world dials it."""


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """A number as it was typed, without what stands around it."""

    digits: str
    """ASCII; without the plus or the two zeros."""
    dialled: str
    """As it would be dialled: ``digits``, with the plus or the zeros that were typed."""
    international: bool
    """Whether a plus, two zeros or the kind of a link say that the country stands in front."""
    link: bool = False
    """Whether it stood in a link."""
    last_group: int = 0
    """How many digits stand together at the end: three where the fourth is still to be typed."""


def read_number(text: str) -> TypedNumber | None:
    """Return the number that ``text`` consists of; None when it says anything else as well."""
    bare = plain(text).strip(_AROUND)
    link = number_in_link(bare)
    if link:
        bare = plain(link[0]).strip(_AROUND)
    bare = _CARRIER.sub(" ", bare)
    if not _FIGURES.fullmatch(bare):
        return None
    abroad = _ABROAD.match(bare)
    local = bare[abroad.end() :] if abroad else bare
    digits = re.sub(r"\D", "", local)
    sign = abroad[0].lstrip(" (") if abroad else ""
    return TypedNumber(
        digits,
        f"{sign}{digits}",
        international=bool(abroad) or bool(link and link[1]),
        link=bool(link),
        last_group=len(re.split(r"\D+", local.rstrip(" ).-/_]"))[-1]),
    )


def plain(text: str) -> str:
    """Return ``text`` with ASCII digits, spaces, dashes and plus signs, and without invisible marks."""
    return "".join(_plain(char) for char in text)


def _plain(char: str) -> str:
    if char in _PLUS:
        return "+"
    category = unicodedata.category(char)
    if char.isascii():
        return " " if char.isspace() else char
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Cf" or char in _NOTHING or "\ufe00" <= char <= "\ufe0f":
        return ""
    if char.isspace():
        return " "
    if category == "Pd" or char in _DASHES:
        return "-"
    return "." if char in _DOTS else _WIDE.get(char, char)
