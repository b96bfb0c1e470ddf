"""Queries to workers: each gets its own reply, or an error, within a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import AppError, NotConnectedError, WorkerLostError
from core.models.codes import RefusalCode
from core.models.worker_commands import Query
from core.models.worker_events import QueryFailed, QueryReply

NOT_CONNECTED: Final = RefusalCode.NOT_CONNECTED
WORKER_LOST: Final = RefusalCode.WORKER_LOST


@dataclass(slots=True)
class _Pending:
    """A query whose caller waits."""

    instance_id: str
    reply: QueryReply | None = None


class PendingQueries:
    """The queries under way, by request id. Threading: safe from any thread; only ``ask`` waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: dict[str, _Pending] = {}

    def ask(self, query: Query, *, send: Callable[[Query], None], timeout: float) -> QueryReply:
        """Send ``query``, whose ``request_id`` must be fresh, and return its reply.

        Raises NotConnectedError, WorkerLostError when the worker went meanwhile, AppError with the worker's
        own code when it could not find out, or ``no-answer`` after ``timeout`` seconds.
        """
        pending = _Pending(query.instance_id)
        with self._changed:
            self._pending[query.request_id] = pending
        try:
            send(query)
            with self._changed:
                self._changed.wait_for(lambda: pending.reply is not None, timeout)
        finally:
            with self._changed:
                del self._pending[query.request_id]
        if pending.reply is None:
            raise AppError(RefusalCode.NO_ANSWER)
        if isinstance(pending.reply, QueryFailed):
            raise _error(pending.reply.reason)
        return pending.reply

    def resolve(self, reply: QueryReply) -> None:
        """Give a reply to the caller of its query; drop it when no caller waits."""
        with self._changed:
            pending = self._pending.get(reply.request_id)
            if pending is not None and pending.instance_id == reply.instance_id:
                pending.reply = reply
                self._changed.notify_all()

    def fail(self, query: Query, reason: str) -> None:
        """Resolve a query that did not even reach the worker."""
        self.resolve(QueryFailed(query.instance_id, query.request_id, reason=reason))

    def has_pending(self, instance_id: str) -> bool:
        """Return whether a caller waits for a reply of this instance."""
        with self._changed:
            return any(pending.instance_id == instance_id for pending in self._pending.values())

    def worker_lost(self, instance_id: str) -> None:
        """Fail all queries to an instance whose worker is gone."""
        with self._changed:
            lost = [key for key, pending in self._pending.items() if pending.instance_id == instance_id]
        for request_id in lost:
            self.resolve(QueryFailed(instance_id, request_id, reason=WORKER_LOST))


def _error(reason: str) -> AppError:
    if reason == NOT_CONNECTED:
        return NotConnectedError()
    return WorkerLostError(reason) if reason == WORKER_LOST else AppError(reason)
