"""Questions to workers: asked, waited for, answered once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import AppError, NotConnectedError, WorkerLostError
from core.models.worker_commands import Query
from core.models.worker_events import QueryFailed, WorkerEvent

NOT_CONNECTED: Final = "not-connected"
WORKER_LOST: Final = "worker-lost"


@dataclass(slots=True)
class _Open:
    """A question that somebody waits for."""

    instance_id: str
    answer: WorkerEvent | None = None


class PendingQueries:
    """Threading: safe from any thread; only ``ask`` waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: dict[str, _Open] = {}

    def ask(self, question: Query, *, send: Callable[[Query], None], timeout: float) -> WorkerEvent:
        """The event that answers ``question``, whose ``request_id`` nobody used before.

        Raises NotConnectedError, WorkerLostError when the worker went meanwhile, AppError with the worker's
        own code when it could not find out, or ``no-answer`` after ``timeout`` seconds.
        """
        waiting = _Open(question.instance_id)
        with self._changed:
            self._open[question.request_id] = waiting
        try:
            send(question)
            with self._changed:
                self._changed.wait_for(lambda: waiting.answer is not None, timeout)
        finally:
            with self._changed:
                del self._open[question.request_id]
        if waiting.answer is None:
            raise AppError("no-answer")
        if isinstance(waiting.answer, QueryFailed):
            raise _error(waiting.answer.reason)
        return waiting.answer

    def resolve(self, event: WorkerEvent) -> bool:
        """Take an answer in. False when nobody asked for the event."""
        with self._changed:
            waiting = self._open.get(getattr(event, "request_id", ""))
            if waiting is None or waiting.instance_id != event.instance_id:
                return False
            waiting.answer = event
            self._changed.notify_all()
        return True

    def fail(self, question: Query, reason: str) -> None:
        """It did not even reach the worker."""
        self.resolve(QueryFailed(question.instance_id, question.request_id, reason=reason))

    def worker_lost(self, instance_id: str) -> None:
        """Nobody will answer what this instance was asked."""
        with self._changed:
            asked = [key for key, one in self._open.items() if one.instance_id == instance_id]
        for request_id in asked:
            self.resolve(QueryFailed(instance_id, request_id, reason=WORKER_LOST))


def _error(reason: str) -> AppError:
    if reason == NOT_CONNECTED:
        return NotConnectedError()
    return WorkerLostError(reason) if reason == WORKER_LOST else AppError(reason)
