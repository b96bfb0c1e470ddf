"""A list of links, each with a face, a name and a last line: conversations, recent people, groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

import streamlit as st

Mood: TypeAlias = Literal["", "typing", "gone", "failed", "read"]
"""What a last line is coloured by."""
_HTML: Final = '<nav class="wa-talks"></nav>\n'


@dataclass(frozen=True, slots=True)
class LastWords:
    """What a line says below the name. All of it is plain text, as it may be shown."""

    words: str = ""
    writer: str = ""
    symbol: str = ""
    """Of the kind of the message."""
    tick: str = ""
    """Symbol of how far an own message came."""
    state: str = ""
    """The same in words, for screen readers."""
    mood: Mood = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One link. All of it is plain text, as it may be shown."""

    id: str
    """Opaque: it says nothing of whose line it is."""
    name: str
    colour: str
    """Of the face, as is what follows, until its picture is there."""
    letters: str = ""
    icon: str = ""
    """Symbol that stands for letters where there are none."""
    sign: str = ""
    """Symbol beside letters: a group may be called as a person is."""
    signed: str = ""
    """What the symbol says, for screen readers."""
    href: str = "#"
    when: str = ""
    moment: str = ""
    """The same for machines, ISO 8601."""
    last: LastWords = LastWords()
    unread: int = 0
    badge: str = ""
    counted: str = ""
    """What the badge says, for screen readers."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The line that is open."""

    id: str = ""
    """Empty for none."""
    turn: int = 0
    """The browser marks a line at once when it is pressed; another turn says that ``id`` counts again."""


def draw_lines(
    lines: Sequence[Line],
    *,
    key: str,
    label: str,
    on_pick: Callable[[str], None],
    chosen: Chosen | None = None,
) -> None:
    """Draw ``lines`` in this order; ``on_pick`` gets the id of the one that is pressed, as a callback.

    ``chosen`` is the one that is open beside the list; None where a press leaves it.
    Screen readers call the list ``label``.
    """
    component = st.components.v2.component("line_list", html=_HTML, js=_script(), isolate_styles=False)

    def picked() -> None:
        value = st.session_state[key].get("picked")
        if value:
            on_pick(str(value).partition(" ")[0])

    data = {
        "label": label,
        "chosen": asdict(chosen) if chosen else None,
        "lines": [asdict(line) for line in lines],
    }
    component(data=(data,), key=key, on_picked_change=picked, height="content")


@cache
def _script() -> str:
    return Path(__file__).with_name("line_list.js").read_text(encoding="utf-8")
