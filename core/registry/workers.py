"""The one worker that an instance may have at a time: started, listened to, ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from core.engine.launcher import Worker
from core.errors import AppError, WorkerLostError
from core.models.worker_commands import StopWorker, WorkerCommand
from core.models.worker_events import WorkerEvent, WorkerExited, WorkerStarted
from core.registry.event_room import EventRoom

log = logging.getLogger(__name__)

STOP_DEADLINE_S: Final = 3.0


class WorkerSlot:
    """Threading: the supervisor's only; a reader thread per worker passes on what it hears."""

    def __init__(self, instance_id: str, *, hear: Callable[[int, WorkerEvent], None]) -> None:
        """``hear`` gets each event with the number of the worker that said it; safe from any thread.

        What it gets must come back through ``handled``, or the worker is made to wait.
        """
        self._id = instance_id
        self._hear = hear
        self._room = EventRoom()
        self._worker: Worker | None = None
        self._reader: threading.Thread | None = None
        self._generation = 0

    @property
    def occupied(self) -> bool:
        """True while there is a worker, though it may have died unnoticed."""
        return self._worker is not None

    def is_current(self, generation: int) -> bool:
        """Whether the worker of that number is the one that is here now."""
        return self.occupied and generation == self._generation

    def attach(self, worker: Worker) -> None:
        """Take in a fresh worker and listen to it. Only while the slot is not taken."""
        self._worker = worker
        self._generation += 1
        self._room.begin()
        self._reader = threading.Thread(
            target=self._listen, args=(worker, self._generation), daemon=True, name=f"reader-{self._id}"
        )
        self._reader.start()

    def handled(self, event: WorkerEvent) -> None:
        """Make room for another event; this one waits no more."""
        self._room.leave(event)

    def send(self, command: WorkerCommand) -> None:
        """Pass a command on. Raises WorkerLostError, also when the slot is empty."""
        if self._worker is None:
            raise WorkerLostError("not-connected")
        self._worker.send(command)

    def stop(self) -> bool:
        """Ask, wait, end the process. Returns when it is gone; False when there was none."""
        worker, reader = self._worker, self._reader
        if worker is None or reader is None:
            return False
        try:
            worker.send(StopWorker(self._id))
        except WorkerLostError:
            log.debug("worker went first", extra={"instance": self._id})
        self._room.end()
        reader.join(STOP_DEADLINE_S)
        if reader.is_alive():
            log.warning("worker did not stop in time, ending it", extra={"instance": self._id})
            worker.kill()
            reader.join(1.0)
        self.detach()
        return True

    def detach(self) -> None:
        """Let go of a worker that is gone."""
        if self._worker is not None:
            self._worker.close()
        self._worker = self._reader = None

    def _listen(self, worker: Worker, generation: int) -> None:
        """The reader thread of one worker."""
        pid = 0
        try:
            for event in worker.events():
                if isinstance(event, WorkerStarted):
                    pid = event.pid
                self._room.wait()
                self._tell(generation, event)
        except AppError as error:
            log.error("worker sent an invalid line, ending it: %s", error, extra={"instance": self._id})
            worker.kill()
        self._tell(generation, WorkerExited(self._id, pid=pid))

    def _tell(self, generation: int, event: WorkerEvent) -> None:
        self._room.enter(event)
        self._hear(generation, event)
