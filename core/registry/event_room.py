"""The bound of a worker's events that wait for its supervisor."""

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
        self._limit = ROOM
        self._ending = False
        self._sizes: dict[int, int] = {}
        """Of the events that wait, by their identity: to measure one costs more than anything else here."""

    def wait(self) -> None:
        """Wait for room, unless the worker is being ended: then none is made.

        Raises WorkerLostError when such a worker sends as much again.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._taken < self._limit or self._ending)
            if self._taken >= 2 * ROOM:
                raise WorkerLostError("protocol-broken", detail="too-many-events")

    def enter(self, event: WorkerEvent) -> None:
        """Count an event that waits from now on."""
        taken = size(event)
        with self._changed:
            self._sizes[id(event)] = taken
            self._taken += taken

    def leave(self, event: WorkerEvent) -> None:
        """Make room: the event was handled."""
        with self._changed:
            taken = self._sizes.pop(id(event), None)
            self._taken -= size(event) if taken is None else taken
            self._changed.notify_all()

    def begin(self) -> None:
        """Start anew for another worker."""
        with self._changed:
            self._ending = False

    def widen(self) -> None:
        """Let twice as much wait: what comes behind it in the same pipe is more urgent."""
        with self._changed:
            self._limit = 2 * ROOM
            self._changed.notify_all()

    def narrow(self) -> None:
        """Let no more wait than usual."""
        with self._changed:
            self._limit = ROOM

    def end(self) -> None:
        """Let the reader go on: the worker is being ended, and read to its end."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()


def size(event: WorkerEvent) -> int:
    """Return how many bytes an event takes in memory, about; what is nested in it counts."""
    return _EVENT + memory_size(event)
