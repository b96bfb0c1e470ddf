"""The registry's lock, which also numbers the changes and announces them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from core.models.topic import Topic


class ChangeNotifier(threading.Condition):
    """A condition that is notified of every change, with what it is about.

    Threading: ``version`` may be read from any thread; it only grows.
    """

    def __init__(self, on_change: Callable[[Topic, int], None]) -> None:
        """``on_change`` is called with the new version, lock held, in any thread: it must return at once."""
        super().__init__()
        # A page may outlive the process: the next one's numbers must be larger, however many this one used.
        self.version = int(time.time() * 1000)
        self._on_change = on_change

    def publish(self, *topics: Topic) -> None:
        """Count a change of each of ``topics``: wake every waiting thread and call ``on_change``."""
        with self:
            self.version += 1
            self.notify_all()
            for topic in topics:
                self._on_change(topic, self.version)
