"""The messages of one instance: events of its worker go in at once, the disk follows a moment later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.models.messages import SendState
from core.models.worker_events import InboxEvent, MessageEvent

RETRY_S: Final = 5.0
"""Between two tries to write on a disk that refuses."""
_MANY: Final = 100
"""So many changes are written at once, though events keep coming."""
_PAUSE_S: Final = 0.1
"""Between two writes when only messages came in: many that come together cost one."""


class MessageWriter:
    """Decides when outbox and inbox are written. Threading: the supervisor's only."""

    def __init__(self, instance_id: str, outbox: Outbox, inbox: Inbox, *, clock: Callable[[], float]) -> None:
        self._id = instance_id
        self._outbox = outbox
        self._inbox = inbox
        self._clock = clock
        self._write_at = self._pause_until = 0.0

    def handle_event(self, event: MessageEvent) -> None:
        """Update the outbox or the inbox; write at once when many changes wait."""
        if isinstance(event, InboxEvent):
            self._inbox.handle_event(event)
        else:
            self._outbox.handle_event(event)
        if self._outbox.unwritten(self._id) + self._inbox.unwritten(self._id) >= _MANY:
            self.write()

    def not_sent(self, request_id: str, reason: str) -> None:
        """Settle a send that did not even reach the worker."""
        self._outbox.set_outcome(self._id, request_id, SendState.FAILED, reason=reason)

    def worker_lost(self, *, but_sending: bool = False) -> None:
        """Leave the open sends uncertain: no worker is left to answer for them.

        ``but_sending``: those that still wait for their turn stay.
        """
        self._outbox.worker_lost(self._id, but_sending=but_sending)

    def session_ended(self) -> None:
        """Leave the open sends uncertain for good: the store that knows of them is gone, or about to be."""
        self._outbox.session_ended(self._id)
        self.write()

    @property
    def has_unwritten(self) -> bool:
        """Return whether anything that was handled is not on the disk."""
        return bool(self._outbox.unwritten(self._id) or self._inbox.unwritten(self._id))

    @property
    def due_at(self) -> float | None:
        """Return when ``write`` is to be called, in seconds since the epoch; None when nothing waits."""
        if self._outbox.unwritten(self._id):
            return self._write_at
        return max(self._write_at, self._pause_until) if self._inbox.unwritten(self._id) else None

    def write(self, *, last: bool = False) -> None:
        """Write what waits, unless the disk refused just now; the ``last`` time even then."""
        if last or self._clock() >= self._write_at:
            # Both, also when the first one fails.
            done = [self._outbox.flush(self._id), self._inbox.flush(self._id)]
            self._pause_until = self._clock() + _PAUSE_S
            self._write_at = 0.0 if all(done) else self._clock() + RETRY_S
