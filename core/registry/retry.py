"""When an instance is tried again: waits that double, and a pause after repeated crashes. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

STABLE_S: Final = 60.0
"""A connection that lasted this long proves that the trouble is over: the next wait is short again."""
CRASHES: Final = 5
CRASH_WINDOW_S: Final = 60.0
CRASH_PAUSE_S: Final = 600.0
"""How long a worker that dies again and again is left alone."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits with jitter between ``base_s`` and ``ceiling_s``."""

    base_s: float = 0.5
    ceiling_s: float = 300.0

    def wait(self, attempt: int, *, jitter: float) -> float:
        """Return the seconds to wait before attempt ``attempt`` (from 0).

        ``jitter`` is a random number in [0, 1). Half of the wait is certain, half is jitter, so that many
        instances that failed together do not come back together.
        """
        return self.longest(attempt) * (0.5 + 0.5 * jitter)

    def longest(self, attempt: int) -> float:
        """Return the seconds before attempt ``attempt`` (from 0) without jitter."""
        return min(self.ceiling_s, self.base_s * 2.0 ** min(attempt, 32))


class RetryState:
    """The attempts of one instance. Threading: its supervisor's only. Times in seconds since the epoch."""

    def __init__(self, backoff: Backoff, random: Callable[[], float]) -> None:
        self.restarts = 0
        """Attempts planned since ``reset``."""
        self._backoff = backoff
        self._random = random
        self._attempt = 0
        self._connected_at: float | None = None
        self._crashes: deque[float] = deque(maxlen=CRASHES)

    def reset(self) -> None:
        """Forget all earlier failures: a person started the instance."""
        self._attempt = self.restarts = 0
        self._crashes.clear()

    def connected(self, *, now: float) -> None:
        """Note the time of a connection; once it has lasted, the next wait is short again."""
        self._connected_at = now

    def next_at(self, *, now: float, at_once: bool = False) -> float:
        """Return when to try again after a failure, and count it; ``at_once``: the first time, now."""
        if self._connected_at is not None and now - self._connected_at >= STABLE_S:
            self._attempt = 0
        self._connected_at = None
        wait = self._backoff.wait(self._attempt, jitter=self._random())
        if at_once and not self._attempt:
            wait = 0.0
        self._attempt += 1
        self.restarts += 1
        return now + wait

    def crashed(self, *, now: float) -> bool:
        """Count a crash; return True, and count anew, when it was the fifth within a minute."""
        self._crashes.append(now)
        if len(self._crashes) < CRASHES or now - self._crashes[0] > CRASH_WINDOW_S:
            return False
        self._crashes.clear()
        return True
