"""How much of what a worker says may wait until its supervisor looks at it."""

from __future__ import annotations

import threading
from typing import Final

from core.errors import WorkerLostError
from core.models.memory_size import memory_size
from core.models.worker_events import WorkerEvent

ROOM: Final = 4 * 1024**2
"""Bytes of one worker's events; some thousands of messages."""
_EVENT: Final = 512
"""Bytes that waiting costs besides the event itself: its place in a queue, and what surrounds it."""


class EventRoom:
    """Lets the reader of a worker go on only while there is room, so that the pipe makes the worker wait.

    Threading: safe from any thread; only ``wait`` waits.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = 0
        self._ending = False

    def wait(self) -> None:
        """Wait for room, unless the worker is being ended: then nobody makes any.

        Raises WorkerLostError when such a worker says as much again.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._taken < ROOM or self._ending)
            if self._taken >= 2 * ROOM:
                raise WorkerLostError("protocol-broken", detail="too-many-events")

    def enter(self, event: WorkerEvent) -> None:
        """The event waits from now on."""
        with self._changed:
            self._taken += size(event)

    def leave(self, event: WorkerEvent) -> None:
        """The event was looked at."""
        with self._changed:
            self._taken -= size(event)
            self._changed.notify_all()

    def begin(self) -> None:
        """Another worker speaks from now on."""
        with self._changed:
            self._ending = False

    def end(self) -> None:
        """The worker is being ended, and waited for until it said its last word."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()


def size(event: WorkerEvent) -> int:
    """Return how many bytes an event takes in memory, about; what is nested in it counts."""
    return _EVENT + memory_size(event)
