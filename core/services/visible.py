"""What of a text can be seen: to find what only looks filled in, and what only looks different."""

from __future__ import annotations

import unicodedata
from typing import Final

_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs without ink: fillers of Hangul, the empty cell of Braille."""
_MARKS: Final = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
"""Marks that draw nothing, though Unicode files them with accents."""
_JOINER: Final = "\u200d"
_FLAG: Final = "\U0001f3f4"


def seen(text: str) -> str:
    """Return ``text`` as the eye tells it from others: invisible characters dropped, blanks as one space.

    Joiners inside an emoji and the letters of a flag stay: they change its picture. Empty when nothing of it
    can be seen.
    """
    kept: list[str] = []
    for char, following in zip(text, f"{text[1:]} ", strict=False):
        if _is_blank(char):
            kept.append(" ")
        elif not _is_invisible(char) or _is_in_emoji(char, kept, following):
            kept.append(char)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _is_blank(char: str) -> bool:
    return char in _BLANKS or char.isspace()


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf") or char in _MARKS or _is_selector(char)


def _is_selector(char: str) -> bool:
    """Return whether it only chooses between two pictures of the sign before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _is_in_emoji(char: str, before: list[str], following: str) -> bool:
    if char == _JOINER:
        return bool(before) and _is_picture(before[-1]) and _is_picture(following)
    in_flag = bool(before) and (before[-1] == _FLAG or _is_tag(before[-1]))
    return _is_tag(char) and in_flag


def _is_picture(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk")


def _is_tag(char: str) -> bool:
    return "\U000e0020" <= char <= "\U000e007e"
