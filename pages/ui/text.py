"""Free text of users on a page, shown as typed and never interpreted."""

from __future__ import annotations

import html
import re
from typing import Final

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_JOINER: Final = "\u2060"
"""WORD JOINER: takes no room. Emoji shortcodes, bare addresses and arrows are replaced *after* Markdown was
parsed, where no backslash is left to stop it; an invisible character between their parts does."""
_AFTER_PARSING: Final = re.compile(r"[:@](?=\S)|[-<>=~](?=[-<>=~])|\bwww(?=\.)", re.IGNORECASE)


def literal_markdown(text: str) -> str:
    """``text`` for a Markdown place (alert, label, caption): it reads as typed, on one line.

    No formatting, link, HTML, formula, colour, icon or emoji shortcode in it takes effect. Where HTML can be
    drawn instead, ``literal_html`` adds no invisible character.
    """
    one_line = " ".join(text.split())
    broken_up = _AFTER_PARSING.sub(lambda found: found.group() + _JOINER, one_line)
    return _PUNCTUATION.sub(r"\\\1", broken_up)


def literal_html(text: str) -> str:
    """``text`` for ``st.html``, between tags or in a quoted attribute: it reads as typed, on one line."""
    return html.escape(" ".join(text.split()), quote=True)


def literal_lines(text: str, *, most: int) -> str:
    """``text`` as ``literal_html``, but on its own lines; cut to ``most`` characters."""
    shown = text if len(text) <= most else f"{text[:most]}…"
    return "<br>".join(literal_html(line) for line in shown.strip().splitlines())


def small(markdown: str) -> str:
    """A line of Markdown in small type. A link in a caption is paler and has too little contrast."""
    return f":small[{markdown}]"
