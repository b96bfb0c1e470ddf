"""Worker processes: the pool that starts them, and the slot of the one that an instance may have."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from core.engine.launcher import Launcher, Worker, make_launcher
from core.engine.protocol import WorkerSpec
from core.errors import AppError, StorageUnavailableError, WorkerLostError
from core.models.codes import RefusalCode
from core.models.storage import StorageProblem
from core.models.worker_commands import StopWorker, WorkerCommand
from core.models.worker_events import WorkerEvent, WorkerExited, WorkerStarted
from core.registry.event_room import EventRoom

log = logging.getLogger(__name__)

STOP_DEADLINE_S: Final = 3.0


class WorkerPool:
    """The launcher of all workers. Threading: safe from any thread; starts one worker at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._launcher: Launcher | None = None
        self._closed = False

    def open(self, *, lock: int) -> bool:
        """Allow launches; every worker keeps the descriptor ``lock`` open. Return False after ``close``."""
        with self._lock:
            if self._closed:
                return False
            self._launcher = make_launcher(inherit=(lock,))
            try:
                self._launcher.warm()
            except OSError as error:
                log.error("cannot prepare workers: %s; each start tries again", error)
        return True

    def launch(self, spec: WorkerSpec) -> Worker:
        """Start a worker. Raises StorageUnavailableError (closing), WorkerLostError."""
        with self._lock:
            if self._launcher is None or self._closed:
                raise StorageUnavailableError(StorageProblem.CLOSING)
            return self._launcher.launch(spec)

    def pause(self) -> None:
        """End every worker that is left; refuse launches until ``open``."""
        with self._lock:
            if self._launcher is not None:
                self._launcher.close()
                self._launcher = None

    def close_to_new(self) -> None:
        """Refuse every launch from now on; running workers stay."""
        self._closed = True

    def close(self) -> None:
        """End every worker that is left and refuse launches for good. Idempotent."""
        self._closed = True
        self.pause()


class WorkerSlot:
    """The worker of one instance. Threading: the supervisor's only; a reader thread per worker."""

    def __init__(self, instance_id: str, *, on_event: Callable[[int, WorkerEvent], None]) -> None:
        """``on_event`` gets each event with the number of its worker, in the reader's thread.

        Every event must come back through ``handled``, or the worker is made to wait.
        """
        self._id = instance_id
        self._on_event = on_event
        self._room = EventRoom()
        self._worker: Worker | None = None
        self._reader: threading.Thread | None = None
        self._generation = 0

    @property
    def occupied(self) -> bool:
        """Return True while there is a worker, though it may have died unnoticed."""
        return self._worker is not None

    def is_current(self, generation: int) -> bool:
        """Return whether the worker of that number is the present one."""
        return self.occupied and generation == self._generation

    def attach(self, worker: Worker) -> None:
        """Take a fresh worker and start to read its events. Only while the slot is empty."""
        self._worker = worker
        self._generation += 1
        self._room.begin()
        self._reader = threading.Thread(
            target=self._read, args=(worker, self._generation), daemon=True, name=f"reader-{self._id}"
        )
        self._reader.start()

    def handled(self, event: WorkerEvent) -> None:
        """Free the room of an event that was taken out of the supervisor's mailbox."""
        self._room.leave(event)

    def send(self, command: WorkerCommand) -> None:
        """Write a command to the worker. Raises WorkerLostError, also when the slot is empty."""
        if self._worker is None:
            raise WorkerLostError(RefusalCode.NOT_CONNECTED)
        self._worker.send(command)

    def stop(self, *, deadline_s: float | None = None) -> bool:
        """Ask the process to end, wait, kill it if need be; return when it is gone, False without one.

        It is killed after ``deadline_s``; by default after 3 s.
        """
        worker, reader = self._worker, self._reader
        if worker is None or reader is None:
            return False
        try:
            worker.send(StopWorker(self._id))
        except WorkerLostError:
            log.debug("worker had already exited", extra={"instance": self._id})
        self._room.end()
        reader.join(STOP_DEADLINE_S if deadline_s is None else deadline_s)
        if reader.is_alive():
            log.warning("worker did not stop in time, ending it", extra={"instance": self._id})
            worker.kill()
            reader.join(1.0)
        self.detach()
        return True

    def detach(self) -> None:
        """Close the channel of a worker that is gone, and empty the slot."""
        if self._worker is not None:
            self._worker.close()
        self._worker = self._reader = None

    def _read(self, worker: Worker, generation: int) -> None:
        """Pass on every event of one worker: the reader thread."""
        exited = WorkerExited(self._id, pid=0)
        try:
            for event in worker.events():
                match event:
                    case WorkerStarted():
                        exited = WorkerExited(self._id, pid=event.pid)
                    case WorkerExited():  # from a shared worker, which knows more of it
                        exited = event
                        continue
                self._room.wait()
                self._pass_on(generation, event)
        except AppError as error:
            log.error("worker sent an invalid line, ending it: %s", error, extra={"instance": self._id})
            worker.kill()
        self._pass_on(generation, exited)

    def _pass_on(self, generation: int, event: WorkerEvent) -> None:
        self._room.enter(event)
        self._on_event(generation, event)
