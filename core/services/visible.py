"""What of a text can be seen: to find what only looks filled in, and what only looks different."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159\U00013441\U00013442")
"""Letters and signs without ink: fillers of Hangul, the empty cell of Braille, a note without a head."""
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufff8"
    "\U00016fe4\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Unicode's Default_Ignorable_Code_Point, and what joins in scripts of old: they draw nothing."""
_DRAWN_FORMATS: Final = frozenset("\u06dd\u070f\u08e2\U000110bd\U000110cd") | frozenset(
    chr(code) for code in (*range(0x0600, 0x0606), 0x0890, 0x0891)
)
"""Marks around numbers, which Unicode files with those that draw nothing."""
_JOINER: Final = "\u200d"
_FLAG: Final = "\U0001f3f4"
_SAME_SHAPE: Final = frozenset(
    f"<{kind}>"
    for kind in (
        *("wide", "narrow", "small", "noBreak", "font", "compat", "vertical"),
        *("initial", "medial", "final", "isolated"),
    )
)
"""Kinds of compatibility forms that read as the plain letters do; a raised 2 or a ringed 1 does not."""


def seen(text: str) -> str:
    """Return ``text`` as the eye tells it from others: invisible characters dropped, blanks as one space.

    Joiners inside an emoji and the letters of a flag stay: they change its picture. An accent without a
    letter is none. Empty when nothing of it can be seen. In time proportional to the length.
    """
    kept: list[str] = []
    for char, following in zip(text, f"{text[1:]} ", strict=False):
        if _is_blank(char):
            kept.append(" ")
        elif _is_mark(char):
            if kept and kept[-1] != " ":
                kept.append(char)
        elif not _is_invisible(char) or _is_in_emoji(char, kept, following):
            kept.append(char)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def look(text: str) -> str:
    """Return what two texts have in common that a reader takes for one: ``seen``, in plain letters.

    Wide, narrow and joined forms count as the letters that they are made of; upper and lower case differ.
    """
    return seen(unicodedata.normalize("NFC", "".join(map(_plain_form, seen(text)))))


@lru_cache(maxsize=4096)
def _plain_form(char: str) -> str:
    kind, _, codes = unicodedata.decomposition(char).partition(" ")
    if kind not in _SAME_SHAPE:
        return char
    return "".join(_plain_form(chr(int(code, 16))) for code in codes.split())


def _is_blank(char: str) -> bool:
    return char in _BLANKS or char.isspace()


def _is_mark(char: str) -> bool:
    """Return whether it stands on the letter before it: an accent, a ring around a figure."""
    return unicodedata.category(char)[0] == "M" and not _IGNORED.match(char)


def _is_invisible(char: str) -> bool:
    hidden = unicodedata.category(char) in ("Cc", "Cf") and char not in _DRAWN_FORMATS
    return hidden or bool(_IGNORED.match(char))


def _is_in_emoji(char: str, before: list[str], following: str) -> bool:
    if char == _JOINER:
        return bool(before) and _is_picture(before[-1]) and _is_picture(following)
    in_flag = bool(before) and (before[-1] == _FLAG or _is_tag(before[-1]))
    return _is_tag(char) and in_flag


def _is_picture(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk")


def _is_tag(char: str) -> bool:
    return "\U000e0020" <= char <= "\U000e007e"
