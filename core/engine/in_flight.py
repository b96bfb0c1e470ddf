"""How much is under way at a time, so that an end can wait for the rest of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class InFlight:
    """Counts what is under way. Threading: safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._last = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what runs inside as under way."""
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._last = time.monotonic()
                self._changed.notify_all()

    def wait_until_quiet(self, quiet_s: float, *, timeout: float) -> bool:
        """Wait until nothing is under way, and was not for ``quiet_s`` from now on.

        Return False when that was not so within ``timeout`` (both in seconds).
        """
        now = time.monotonic()
        begin, deadline = now, now + timeout
        with self._changed:
            while self._count or now < max(begin, self._last) + quiet_s:
                if now >= deadline:
                    return False
                quiet_at = deadline if self._count else max(begin, self._last) + quiet_s
                self._changed.wait(min(quiet_at, deadline) - now)
                now = time.monotonic()
        return True
