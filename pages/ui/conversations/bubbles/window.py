"""How much of a conversation is drawn, and where the mark of the unread messages stands."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from pages.ui.conversations.drafts import Place
from pages.ui.state import Slot

STEP: Final = 60
"""Messages that are drawn at first, and that each press on "earlier" adds."""
MOST: Final = 1_000
AWAY_S: Final = 30.0
"""After so long without a draw (the tab was hidden, another page was open) what came since is unread."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is drawn of one conversation."""

    place: Place = ("", "")
    limit: int = STEP
    mark: str = ""
    """Key of the first message that was unread when the conversation was opened."""
    drawn_at: float = 0.0
    """Seconds of a clock that only goes forward."""


_WINDOW: Final = Slot("thread-window", Window)


def limit_of(place: Place) -> int:
    """Return how many of the newest messages are to be drawn."""
    window = _WINDOW.get()
    return window.limit if window.place == place else STEP


def note_drawn(place: Place, *, first_unread: str) -> Window:
    """Note that a conversation is drawn now, and return how."""
    now, window = time.monotonic(), _WINDOW.get()
    if window.place != place:
        window = Window(place, mark=first_unread)
    elif now - window.drawn_at > AWAY_S:
        window = replace(window, mark=first_unread)
    window = replace(window, drawn_at=now)
    _WINDOW.set(window)
    return window


def widen(place: Place, shown: int) -> None:
    """Let more be drawn than are ``shown`` now; nothing when another conversation is open."""
    window = _WINDOW.get()
    if window.place == place:
        most = max(window.limit, min(shown, MOST)) + STEP
        _WINDOW.set(replace(window, limit=min(MOST, most)))
