"""A worker process that several instances share, and the seat that each of them has in it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import AppError, WorkerLostError
from core.models.codes import StateReason
from core.models.worker_commands import StartClient, StopWorker, WorkerCommand
from core.models.worker_events import (
    InboxEvent,
    MemoryUsed,
    SendEvent,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.registry.event_room import EventRoom

log = logging.getLogger(__name__)

_WRITE_S: Final = 2.0
"""The longest wait for another command to the same process."""


class Seat:
    """One instance's end of a shared worker; it does what a ``Worker`` of its own would.

    Threading: as of ``Worker``.
    """

    def __init__(self, instance_id: str, shared: SharedWorker) -> None:
        self.instance_id = instance_id
        self._shared = shared
        self._room = EventRoom()
        self._events: queue.SimpleQueue[WorkerEvent | None] = queue.SimpleQueue()
        self._last = WorkerExited(instance_id, pid=0)

    def events(self) -> Iterator[WorkerEvent]:
        """Yield the instance's events until its client is gone; the last one is WorkerExited."""
        while (event := self._events.get()) is not None:
            self._room.leave(event)
            yield event
        yield self._last

    def send(self, command: WorkerCommand) -> None:
        """Send a command. Raises WorkerLostError when the worker is gone, InvalidInputError."""
        self._shared.send(command)

    def kill(self) -> None:
        """End the process at once: nothing less ends a client that hangs. The others get another."""
        self._shared.kill(self)

    def close(self) -> None:
        """Give the seat up; a client that still runs is told to end. Idempotent."""
        self._room.end()
        self._shared.leave(self)

    def put(self, event: WorkerEvent) -> None:
        """Pass an event on; waits while too many wait. Raises WorkerLostError for a flood at the end."""
        self._room.wait()
        self._room.enter(event)
        self._events.put(event)

    def widen(self) -> None:
        """Take more than usual, so that another seat's end can be read."""
        self._room.widen()

    def narrow(self) -> None:
        """Take no more than usual."""
        self._room.narrow()

    def end(self, *, pid: int, shared: bool, replaced: bool) -> None:
        """End the events, as ``WorkerExited`` says. Call once."""
        self._last = WorkerExited(self.instance_id, pid=pid, shared=shared, replaced=replaced)
        self._room.end()
        self._events.put(None)


class SharedWorker:
    """The web process's end of a worker that several instances share.

    Threading: safe from any thread; one thread of its own reads. The process ends with the last seat.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        log_number: int,
        on_crash: Callable[[tuple[str, ...]], None],
        on_late: Callable[[InboxEvent | SendEvent], None],
    ) -> None:
        """``on_crash`` gets the instances in it when it ended by itself, before they hear of it.

        ``on_late`` gets what is told of messages by a client that has ended; it returns at once.
        ``log_number`` is the number in the name of its log, taken until ``ended``.
        """
        self.log_number = log_number
        self.ended = False
        """True when the process is gone."""
        self.left = 0
        """Clients that have ended in it: each leaves something behind."""
        self.bytes = 0
        """Memory of the process as it last told."""
        self._worker = worker
        self._on_crash = on_crash
        self._on_late = on_late
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._seats: dict[str, Seat] = {}
        self._stopping: set[str] = set()
        """Instances whose end is awaited."""
        self._closed = False
        self._ended_for = ""
        self._pid = 0
        threading.Thread(target=self._read, daemon=True, name="reader-shared").start()

    def instances(self) -> tuple[str, ...]:
        """Return the instances in it."""
        with self._lock:
            return tuple(self._seats)

    @property
    def open(self) -> bool:
        """Return whether it takes instances."""
        return not self._closed

    def take(self, spec: WorkerSpec) -> Seat | None:
        """Start an instance in it and return its seat; None when it takes none any more."""
        seat = Seat(spec.instance_id, self)
        with self._lock:
            if self._closed or spec.instance_id in self._seats:
                return None
            self._seats[spec.instance_id] = seat
        try:
            self.send(
                StartClient(
                    spec.instance_id, spec.device_name, spec.store_path, spec.history, journal=spec.journal
                )
            )
        except WorkerLostError:
            with self._lock:
                self._closed = True
                self._seats.pop(spec.instance_id, None)
            return None
        return seat

    def retire(self) -> None:
        """Take no instance any more; the process ends when the last has left."""
        with self._lock:
            self._closed = True
            empty = not self._seats
        if empty:
            self._finish()

    def send(self, command: WorkerCommand) -> None:
        """Write a command to the process. Raises WorkerLostError, InvalidInputError (message-too-large)."""
        if isinstance(command, StopWorker) and command.instance_id:
            self._make_way(command.instance_id)
        # A process that does not read must not hold up more than one supervisor for long.
        if not self._writing.acquire(timeout=_WRITE_S):
            raise WorkerLostError(StateReason.WORKER_LOST, detail="busy")
        try:
            self._worker.send(command)
        finally:
            self._writing.release()

    def kill(self, seat: Seat) -> None:
        """End the process for the sake of one seat, if that is still in it."""
        with self._lock:
            if self._seats.get(seat.instance_id) is not seat:
                return
            self._closed = True
            self._ended_for = self._ended_for or seat.instance_id
        log.warning("ending a shared worker", extra={"instance": seat.instance_id})
        self._worker.kill()

    def end(self) -> None:
        """End a process that no instance is in, if it does not end by itself."""
        with self._lock:
            self._closed = True
            empty = not self._seats
        if empty and not self.ended:
            log.warning("ending a shared worker that nothing is in")
            self._worker.kill()

    def leave(self, seat: Seat) -> None:
        """Have the client of a seat ended that was given up while it ran."""
        with self._lock:
            if self._seats.get(seat.instance_id) is not seat:
                return
        try:
            self.send(StopWorker(seat.instance_id))
        except WorkerLostError:
            log.debug("shared worker had already exited", extra={"instance": seat.instance_id})

    def _make_way(self, instance_id: str) -> None:
        """Have an instance's end read soon, also when another's events wait before it for their supervisor.

        Else that end would seem to hang, and cost all of them their process.
        """
        with self._lock:
            if instance_id not in self._seats:
                return
            self._stopping.add(instance_id)
            others = [seat for seat in self._seats.values() if seat.instance_id != instance_id]
        for seat in others:
            seat.widen()

    def _read(self) -> None:
        """Pass on every event to the seat that it is for: the thread."""
        try:
            for event in self._worker.events():
                self._route(event)
        except AppError as error:
            log.error("shared worker sent an invalid line, ending it: %s", error)
            self._worker.kill()
        with self._lock:
            self._closed = self.ended = True
            left, ended_for = list(self._seats.values()), self._ended_for
            self._seats.clear()
        self._worker.close()
        if left and not ended_for:
            log.error("a shared worker with %d instances ended", len(left))
            self._on_crash(tuple(seat.instance_id for seat in left))
        for seat in left:
            replaced = ended_for not in ("", seat.instance_id)
            seat.end(pid=self._pid, shared=len(left) > 1, replaced=replaced)

    def _route(self, event: WorkerEvent) -> None:
        match event:
            case WorkerExited():
                self._client_ended(event.instance_id)
                return
            case WorkerStarted():
                self._pid = event.pid
        with self._lock:
            seat, count = self._seats.get(event.instance_id), len(self._seats)
        if isinstance(event, MemoryUsed):
            self.bytes = event.bytes * count
        if seat is None:
            # The core has acknowledged a message before it is told here: it comes once.
            if isinstance(event, InboxEvent | SendEvent):
                self._on_late(event)
            return
        try:
            seat.put(event)
        except WorkerLostError:
            self.kill(seat)

    def _client_ended(self, instance_id: str) -> None:
        with self._lock:
            seat = self._seats.pop(instance_id, None)
            self.left += 1
            others = len(self._seats)
            self._closed = self._closed or not others
            self._stopping.discard(instance_id)
            narrow = () if self._stopping else tuple(self._seats.values())
        for other in narrow:
            other.narrow()
        if seat is not None:
            seat.end(pid=self._pid, shared=others > 0, replaced=False)
        if not others:
            self._finish()

    def _finish(self) -> None:
        """Have the process end: no instance is in it."""
        try:
            self.send(StopWorker(""))
        except WorkerLostError:
            log.debug("shared worker had already exited")
