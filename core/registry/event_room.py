"""The bound on a worker's events that wait for its supervisor."""

from __future__ import annotations

import sys
import threading
from typing import Final

from core.errors import WorkerLostError
from core.models.worker_events import WorkerEvent

ROOM: Final = 4 * 1024**2
"""Bytes of one worker's events; some thousands of messages."""
_EVENT: Final = 512
"""Bytes that any event takes besides its texts."""


class EventRoom:
    """Room for one worker's events: without any its reader waits, so that the pipe makes the worker wait.

    Threading: safe from any thread; only ``wait`` waits.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = 0
        self._ending = False

    def wait(self) -> None:
        """Wait for room, unless the worker is being ended: then none is made.

        Raises WorkerLostError when such a worker says as much again.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._taken < ROOM or self._ending)
            if self._taken >= 2 * ROOM:
                raise WorkerLostError("protocol-broken", detail="too-many-events")

    def enter(self, event: WorkerEvent) -> None:
        """Take the room of an event that waits from now on."""
        with self._changed:
            self._taken += size(event)

    def leave(self, event: WorkerEvent) -> None:
        """Free the room of an event that was handled."""
        with self._changed:
            self._taken -= size(event)
            self._changed.notify_all()

    def begin(self) -> None:
        """Make the next worker wait for room again."""
        with self._changed:
            self._ending = False

    def end(self) -> None:
        """Let the reader go on: the worker is being ended, and its last events are awaited."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()


def size(event: WorkerEvent) -> int:
    """Return how many bytes an event takes in memory, about."""
    values = (getattr(event, name) for name in type(event).__dataclass_fields__)
    return _EVENT + sum(sys.getsizeof(value) for value in values if isinstance(value, str))
