"""How often an instance was tried, and how long it is left alone therefore. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from core.registry.backoff import STABLE_S, Backoff

CRASHES: Final = 5
CRASH_WINDOW_S: Final = 60.0
CRASH_PAUSE_S: Final = 600.0
"""How long a worker that dies again and again is left alone."""


class RetryState:
    """The tries of one instance. Threading: its supervisor's only. Times in seconds since the epoch."""

    def __init__(self, backoff: Backoff, chance: Callable[[], float]) -> None:
        self.restarts = 0
        """Workers planned after the first one since ``forget``."""
        self._backoff = backoff
        self._chance = chance
        self._attempt = 0
        self._connected_at: float | None = None
        self._crashes: deque[float] = deque(maxlen=CRASHES)

    def reset(self) -> None:
        """A person started the instance: what was before counts no more."""
        self._attempt = self.restarts = 0
        self._crashes.clear()

    def connected(self, *, now: float) -> None:
        """A connection stands; once it lasted, the next wait is short again."""
        self._connected_at = now

    def next_at(self, *, now: float) -> float:
        """When to try again after a failure."""
        if self._connected_at is not None and now - self._connected_at >= STABLE_S:
            self._attempt = 0
        self._connected_at = None
        wait = self._backoff.wait(self._attempt, chance=self._chance())
        self._attempt += 1
        self.restarts += 1
        return now + wait

    def crashed(self, *, now: float) -> bool:
        """Count the death of a worker; True when it was the fifth within a minute, and count anew."""
        self._crashes.append(now)
        if len(self._crashes) < CRASHES or now - self._crashes[0] > CRASH_WINDOW_S:
            return False
        self._crashes.clear()
        return True
