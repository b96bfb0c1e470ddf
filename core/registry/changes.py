"""The registry's lock, which also counts changes and tells of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Changes(threading.Condition):
    """A condition whose every ``notify_all`` is one change.

    Threading: ``version`` may be read from any thread; it only grows.
    """

    def __init__(self, on_change: Callable[[int], None]) -> None:
        """``on_change`` is called with the new version, lock held, in any thread: it must return at once."""
        super().__init__()
        # A page may outlive the process: the next one's numbers must be larger, however many this one used.
        self.version = int(time.time() * 1000)
        self._on_change = on_change

    def notify_all(self) -> None:
        """Wake everybody who waits, and tell ``on_change``. Call while holding the lock."""
        self.version += 1
        super().notify_all()
        self._on_change(self.version)
