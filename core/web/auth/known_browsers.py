"""Browsers that signed in here before: strangers' wrong guesses do not count against them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Final

from core.web.auth.sessions import digest_of

DEVICE_S: Final = 90 * 86_400.0
"""For how long a browser that signed in is known."""
DEVICES: Final = 200
"""Known at the same time; beyond that the one that signed in longest ago is forgotten."""


class KnownBrowsers:
    """Digests of the cookies of known browsers. Threading: the event loop's thread only."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def knows(self, token: str) -> bool:
        """Return whether a browser with that cookie signed in here in the last 90 days."""
        return self._until.get(digest_of(token), 0.0) > self._clock() if token else False

    def add(self) -> str:
        """Remember a browser that has just signed in; return what its cookie must hold."""
        token = secrets.token_urlsafe(32)
        if len(self._until) >= DEVICES:
            del self._until[min(self._until, key=self._until.__getitem__)]
        self._until[digest_of(token)] = self._clock() + DEVICE_S
        return token

    def adopt(self, stored: Iterable[tuple[str, float]]) -> None:
        """Take in what the disk holds."""
        self._until = {**dict(stored), **self._until}

    def all(self) -> tuple[tuple[str, float], ...]:
        """Return the browsers that still count, and until when."""
        now = self._clock()
        return tuple(item for item in self._until.items() if item[1] > now)
