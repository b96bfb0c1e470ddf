"""The face of an instance or a person: a profile picture, else initials, with a dot for the state."""

from __future__ import annotations

import unicodedata
import zlib
from typing import Final, Literal, TypeAlias

from core.services.visible import seen
from pages.ui.escape import escape_html
from pages.ui.presentation import covered, is_on

Dot: TypeAlias = Literal["", "ok", "waits", "bad", "off"]
"""Colour of the dot; empty for none."""
_SMALL: Final = frozenset({"da", "das", "de", "do", "dos", "e", "of", "the", "and", "del", "la", "y"})
"""Words of a name that its initials leave out."""
COLOURS: Final = 6
"""Classes ``wa-face-1`` to ``wa-face-6`` in ``style.css``."""


def face_html(name: str, *, seed: str, picture: str = "", pale: bool = False, dot: Dot = "") -> str:
    """Return the face as HTML. It says nothing to a screen reader: name and state stand beside it.

    ``picture`` is an address that ``core.services.safe_image`` made. ``seed`` (an id) chooses the colour of
    the initials; ``pale`` is for what is not linked.
    """
    picture = "" if is_on() else picture
    inside = f'<img src="{escape_html(picture)}" alt="">' if picture else escape_html(initials(covered(name)))
    colour = "pale" if pale else colour_of(seed)
    mark = f'<i class="wa-dot wa-dot-{dot}"></i>' if dot else ""
    return (
        f'<span class="wa-face wa-face-{colour}" aria-hidden="true" translate="no">'
        f"<bdi>{inside}</bdi>{mark}</span>"
    )


def colour_of(seed: str) -> str:
    """Return which of the colours stands behind the initials, always the same for one ``seed`` (an id)."""
    return str(zlib.crc32(seed.encode()) % COLOURS + 1)


def initials(name: str) -> str:
    """Return up to two letters or digits that stand for a name; its first sign when it has none of these."""
    words = seen(name).split()
    letters = [letter for word in words if word not in _SMALL and (letter := _first_letter(word))]
    if letters:
        whole = next(found for word in words if (found := _letters(word)) and word not in _SMALL)
        return ("".join(letters[:2]) if len(letters) > 1 else whole[:2]).upper()[:2]
    return next((char for word in words for char in word if unicodedata.category(char) == "So"), "•")


def _letters(word: str) -> str:
    return "".join(char for char in word if unicodedata.category(char)[0] in "LN")


def _first_letter(word: str) -> str:
    return _letters(word)[:1]
