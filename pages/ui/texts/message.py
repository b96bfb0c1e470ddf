"""Stable codes in plain words: the type of a message, and the look-up that translates it.

The modules beside this one hold a table for each family of codes, with the English message ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pages.ui.escape import isolated_markdown
from pages.ui.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Message:
    """What happened and what to do next; ``{detail}`` in either stands for the fact beside the code."""

    what: str
    next_step: str = ""

    @property
    def text(self) -> str:
        """Return both sentences as one text."""
        return f"{self.what} {self.next_step}".strip()


_LIKE_A_NUMBER: Final = 7
"""Digits from which a detail may be a phone number; shorter ones are figures, never covered."""
_SPAN: Final = re.compile(r"(\d{1,3}) – (\d{1,3})")
UNKNOWN: Final = Message(
    N_("Something unexpected happened (code {detail})."),
    N_("Try again; if it goes on, tell whoever looks after this app."),
)


def plain(text: str) -> str:
    """Return ``text`` unchanged, for places that interpret nothing (a CSV) or escape by themselves (HTML)."""
    return text


def _in_words(detail: str) -> str:
    """Return ``detail``; two figures with a dash between, from the one to the other, in words."""
    found = _SPAN.fullmatch(detail)
    return _("{fewest} to {most}").format(fewest=found[1], most=found[2]) if found else detail


def text_for(
    table: Mapping[str, Message],
    code: str,
    detail: str = "",
    *,
    quote: Callable[[str], str] = isolated_markdown,
) -> Message:
    """Return the message for ``code``, translated, its detail passed through ``quote`` (Markdown by default).

    A general message that names the code when the table has none for it.
    """
    message = table.get(code)
    if message is None:
        message, detail = UNKNOWN, code
    # A rule of use may come without its figure; a sentence never shows a hole.
    counts = detail.isdecimal() and len(detail) < _LIKE_A_NUMBER
    shown = (detail if counts else quote(_in_words(detail))) or "?"
    return Message(
        what=_(message.what).replace("{detail}", shown),
        next_step=_(message.next_step).replace("{detail}", shown) if message.next_step else "",
    )
