"""The messages of one instance as its supervisor sees them: what a worker said of them, and when to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.models.messages import SendState
from core.models.worker_events import WorkerEvent

RETRY_S: Final = 5.0
"""Between two tries to write on a disk that refuses."""
_MANY: Final = 100
"""So many changes are written at once, though events keep coming."""
_PAUSE_S: Final = 0.1
"""Between two writes when there are only arrivals: many that come together cost one."""


class MessageWriter:
    """Threading: its supervisor's only."""

    def __init__(
        self, instance_id: str, outbox: Outbox, arrivals: Inbox, *, clock: Callable[[], float]
    ) -> None:
        self._id = instance_id
        self._outbox = outbox
        self._arrivals = arrivals
        self._clock = clock
        self._write_at = self._pause_until = 0.0

    def handle_event(self, event: WorkerEvent) -> bool:
        """Take in what the event says of messages. False when it says nothing of them."""
        if not (self._outbox.handle_event(event) or self._arrivals.handle_event(event)):
            return False
        if self._unwritten() >= _MANY:
            self.write()
        return True

    def not_sent(self, request_id: str, reason: str) -> None:
        """A send did not even reach the worker."""
        self._outbox.set_outcome(self._id, request_id, SendState.FAILED, reason=reason)

    def worker_lost(self) -> None:
        """Nobody will answer for the open sends any more."""
        self._outbox.worker_lost(self._id)

    def session_ended(self) -> None:
        """The store that could tell what became of the open sends is gone, or about to be."""
        self._outbox.session_ended(self._id)
        self.write()

    @property
    def due_at(self) -> float | None:
        """When ``write`` is to be called, in seconds since the epoch; None when nothing waits."""
        if self._outbox.unwritten(self._id):
            return self._write_at
        return max(self._write_at, self._pause_until) if self._arrivals.unwritten(self._id) else None

    def write(self, *, last: bool = False) -> None:
        """Write what waits, unless the disk refused just now; the ``last`` time whatever it said."""
        if last or self._clock() >= self._write_at:
            # Both, whatever the first one says.
            done = [self._outbox.flush(self._id), self._arrivals.flush(self._id)]
            self._pause_until = self._clock() + _PAUSE_S
            self._write_at = 0.0 if all(done) else self._clock() + RETRY_S

    def _unwritten(self) -> int:
        return self._outbox.unwritten(self._id) + self._arrivals.unwritten(self._id)
