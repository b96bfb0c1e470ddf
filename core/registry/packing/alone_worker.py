"""A worker that one instance has to itself, watched: how it ends, and when the instance may share another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.models.worker_commands import StopWorker, WorkerCommand
from core.models.worker_events import (
    Connected,
    ConnectFailed,
    ConnectFailure,
    TemporaryBan,
    WorkerEvent,
)

SETTLED_S: Final = 120.0
"""After a pairing the phone hands over what it holds; so long the instance stays where it was paired."""
HISTORY_S: Final = 600.0
"""The same when the phone's recent chats are taken over."""


class AloneWorker:
    """Does what its worker does. Threading: as of ``Worker``."""

    def __init__(
        self,
        worker: Worker,
        spec: WorkerSpec,
        *,
        on_end: Callable[[AloneWorker, bool], None],
        clock: Callable[[], float],
    ) -> None:
        """``on_end`` is told that it has ended, and whether by itself, before its supervisor hears of it."""
        self.instance_id = spec.instance_id
        self._worker = worker
        self._spec = spec
        self._on_end = on_end
        self._clock = clock
        self._asked = False
        self._connected_at: float | None = None

    @property
    def linked(self) -> bool:
        """Return whether the instance was linked at its start, or has logged in since."""
        return self._spec.paired or self._connected_at is not None

    def is_settled(self, *, now: float) -> bool:
        """Return whether the instance may share another worker: nothing of its pairing is under way."""
        if self._connected_at is None:
            return False
        if self._spec.paired:
            return True
        return now - self._connected_at >= (HISTORY_S if self._spec.history else SETTLED_S)

    def events(self) -> Iterator[WorkerEvent]:
        """Yield the worker's events until it is gone."""
        gave_up = False
        try:
            for event in self._worker.events():
                if isinstance(event, Connected) and self._connected_at is None:
                    self._connected_at = self._clock()
                # After these it ends by itself, in order.
                gave_up = isinstance(event, ConnectFailed | ConnectFailure | TemporaryBan)
                yield event
        finally:
            self._on_end(self, not self._asked and not gave_up)

    def send(self, command: WorkerCommand) -> None:
        """Send a command. Raises WorkerLostError when the worker is gone, InvalidInputError."""
        self._asked = self._asked or isinstance(command, StopWorker)
        self._worker.send(command)

    def kill(self) -> None:
        """End the process at once. Idempotent."""
        self._asked = True
        self._worker.kill()

    def close(self) -> None:
        """Release the pipe. Idempotent."""
        self._asked = True
        self._worker.close()
