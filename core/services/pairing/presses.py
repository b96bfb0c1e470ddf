"""What the browser with a pairing link has asked for: a bounded number of codes, and for which number."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST: Final = 12
"""Codes and new series of codes that one link may ask WhatsApp for."""
PATIENCE_S: Final = 20.0
"""So long a code is awaited."""
_LINKS: Final = 1_000


@dataclass(slots=True)
class _Asked:
    times: int = 0
    at: float = float("-inf")
    number: bytes = b""


class GuestPresses:
    """Counts by link. No number is kept, only a mark of it that is worth nothing outside this process.

    Threading: safe from any thread.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()

    def allow(self, link_id: str, number: str = "") -> bool:
        """Count a press, for a code for ``number`` (digits) or for a new series; False if it is too much."""
        with self._lock:
            asked = self._asked.setdefault(link_id, _Asked())
            if asked.times >= MOST:
                return False
            asked.times, asked.at, asked.number = asked.times + 1, self._clock(), self._mark(number)
            while len(self._asked) > _LINKS:
                self._asked.pop(next(iter(self._asked)))
            return True

    def asked_for(self, link_id: str, number: str) -> bool:
        """Return whether the link's last press was for a code for that number."""
        with self._lock:
            asked = self._asked.get(link_id)
        return asked is not None and hmac.compare_digest(asked.number, self._mark(number))

    def waits_for_code(self, link_id: str) -> float | None:
        """Return for how many seconds a code has been awaited; None when none is, or no longer."""
        with self._lock:
            asked = self._asked.get(link_id)
        if asked is None or not asked.number:
            return None
        waited = self._clock() - asked.at
        return waited if waited < PATIENCE_S else None

    def _mark(self, number: str) -> bytes:
        return hmac.digest(self._key, number.encode(), "sha256") if number else b""
