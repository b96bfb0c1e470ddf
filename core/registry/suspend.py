"""Noticing that the machine was suspended: every connection is dead then, whatever anyone still believes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

NOTICED_FROM_S: Final = 20.0
"""Shorter pauses are left to the core's keep-alive, which notices a dead connection by itself."""


def clocks() -> tuple[Callable[[], float], Callable[[], float]]:
    """A clock that runs through a suspend and one that stands still, both in seconds.

    Elsewhere than on Linux the first is the wall clock, so that setting it forward looks like a suspend; that
    costs a reconnection, no more.
    """
    if sys.platform == "linux":
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic
    return time.time, time.monotonic


class SuspendDetector:
    """Tells how long the machine slept since it was last asked."""

    def __init__(self, *, through: Callable[[], float], awake: Callable[[], float]) -> None:
        self._through = through
        self._awake = awake
        self._gap = through() - awake()

    def resumed(self) -> bool:
        """True when the machine was suspended for 20 s or more since the last call."""
        gap = self._through() - self._awake()
        before, self._gap = self._gap, gap
        return gap - before >= NOTICED_FROM_S
