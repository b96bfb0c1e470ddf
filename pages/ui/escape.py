"""Free text of users on a page, shown as typed and never interpreted.

Text that another person wrote goes through ``isolated…``: a name in Arabic, or one with a mark that turns the
direction of writing, must not turn the number beside it. ``escape_…`` is for the app's own words.
In presentation mode the ``isolated…`` ones cover what they are given.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

from pages.ui.presentation import covered

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_JOINER: Final = "\u2060"
"""WORD JOINER: takes no room. Emoji shortcodes, bare addresses and arrows are replaced *after* Markdown was
parsed, where no backslash is left to stop it; an invisible character between their parts does."""
_AFTER_PARSING: Final = re.compile(r"[:@](?=\S)|[-<>=~](?=[-<>=~])|\bwww(?=\.)", re.IGNORECASE)

_ISOLATE, _END = "\u2068", "\u2069"
"""FIRST STRONG ISOLATE: the text between finds its own direction, and nothing outside depends on it."""
_OPENING: Final = frozenset("\u2066\u2067\u2068")
_REACHING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")
"""Embeddings and overrides, which turn what follows until they are ended."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
"""Classes of Unicode's bidirectional algorithm (UAX #9)."""
_MAY_TURN: Final = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""All that is of these classes or is such a mark lies here: a quick look, which most texts pass."""


def escape_markdown(text: str) -> str:
    """Return ``text`` for a Markdown place (alert, label, caption): it reads as typed, on one line.

    No formatting, link, HTML, formula, colour, icon or emoji shortcode in it takes effect. Where HTML can be
    drawn instead, ``escape_html`` adds no invisible character.
    """
    one_line = " ".join(text.split())
    broken_up = _AFTER_PARSING.sub(lambda match: match.group() + _JOINER, one_line)
    return _PUNCTUATION.sub(r"\\\1", broken_up)


def escape_html(text: str) -> str:
    """Return ``text`` for ``st.html``, between tags or in a quoted attribute: as typed, on one line."""
    return html.escape(" ".join(text.split()), quote=True)


def isolated(text: str) -> str:
    """Return ``text`` on one line for a plain place (an option, an attribute, a cell, part of a sentence).

    What runs from right to left is enclosed by isolates, and marks that could reach beyond them are gone.
    """
    settled = " ".join(_settled(covered(text)).split())
    return f"{_ISOLATE}{settled}{_END}" if _turns(settled) else settled


def isolated_markdown(text: str) -> str:
    """Return ``text`` as ``escape_markdown`` does, isolated."""
    return escape_markdown(isolated(text))


def isolated_html(text: str) -> str:
    """Return ``text`` as ``escape_html`` does, isolated; only for between tags."""
    settled = " ".join(_settled(covered(text)).split())
    return in_isolation(escape_html(settled), of=settled)


def isolated_fact_html(text: str) -> str:
    """Return ``text`` as ``isolated_html`` does, never covered: a fact of the app, not of people."""
    settled = " ".join(_settled(text).split())
    return in_isolation(escape_html(settled), of=settled)


def in_isolation(markup: str, *, of: str) -> str:
    """Return ``markup``, made of the text ``of``, as an element that turns nothing outside of it."""
    return f"<bdi>{markup}</bdi>" if _turns(of) else markup


def settled_lines(text: str) -> str:
    """Return ``text`` on its lines, without marks of direction that could reach beyond one of them."""
    return "\n".join(_settled(line) for line in covered(text).splitlines())


def _settled(line: str) -> str:
    """Return ``line`` without overrides and embeddings; isolates stay where each has its end."""
    if not _MAY_TURN.search(line):
        return line
    kept: list[str] = []
    opened: list[int] = []
    for char in line:
        if char in _REACHING or (char == _END and not opened):
            continue
        if char == _END:
            opened.pop()
        elif char in _OPENING:
            opened.append(len(kept))
        kept.append(char)
    for place in reversed(opened):
        del kept[place]
    return "".join(kept)


def _turns(settled: str) -> bool:
    """Return whether anything outside isolates is written from right to left."""
    if not _MAY_TURN.search(settled):
        return False
    depth = 0
    for char in settled:
        depth += (char in _OPENING) - (char == _END)
        if not depth and unicodedata.bidirectional(char) in _RIGHT_TO_LEFT:
            return True
    return False


def small(markdown: str) -> str:
    """Return a line of Markdown in small type. A link in a caption is paler and has too little contrast."""
    return f":small[{markdown}]"
