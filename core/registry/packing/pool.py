"""Where instances run: several that are linked share a worker, a pairing has one to itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import WorkerLostError
from core.hosting.checks.memory import free_memory
from core.models.codes import StateReason
from core.models.worker_events import InboxEvent, SendEvent
from core.registry.packing.alone_worker import AloneWorker
from core.registry.packing.placement import Placement
from core.registry.packing.shared_worker import SharedWorker

log = logging.getLogger(__name__)

SHARED_LOG: Final = "workers-{number}.log"
"""Last lines of a shared worker, beside the folders of the instances."""
_MEMORY: Final = 100 * 1024**2
_MEMORY_EACH: Final = 4 * 1024**2
"""Bytes. A worker is replaced that takes more than the first, and one of these for each of its seats."""
_MEMORY_ALONE: Final = 32 * 1024**2
"""Bytes that an instance with a process to itself may come to take: twice what it takes at its start."""
_LEFT_EACH: Final = 2
"""So is one from which as many clients have gone: each leaves its database open."""
_LEAST_AGE_S: Final = 600.0
"""A worker younger than this is not replaced for its memory: the next one would take as much."""
MOVED_TOGETHER: Final = 4
"""Instances that are asked to move in one round: each logs in anew at WhatsApp."""


class PackedWorkers:
    """Starts workers for instances, and says who is to move. Threading: safe from any thread."""

    def __init__(  # noqa: PLR0913  # what it starts, where, and whom it tells
        self,
        launch: Callable[[WorkerSpec], Worker],
        *,
        seats: int,
        folder: Path,
        move: Callable[[str], None],
        on_late: Callable[[InboxEvent | SendEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``launch`` starts a process; ``seats`` is how many instances share one.

        ``move`` asks an instance to move in a quiet moment; it returns at once, and may be called again.
        ``on_late`` gets what is told of messages after their instance has left a worker; it returns at once.
        ``folder`` is where logs of shared workers go.
        """
        self._launch = launch
        self._seats = seats
        self._folder = folder
        self._move = move
        self._on_late = on_late
        self._clock = clock
        self._starting = threading.Lock()
        self._lock = threading.Lock()
        self._shared: dict[SharedWorker, float] = {}
        """With the time at which each was started."""
        self._alone: dict[str, AloneWorker] = {}
        self._placement = Placement()
        self._idle: set[SharedWorker] = set()
        self._asked = 0
        """How many of those that are to move were asked since the first of them was."""

    def launch(self, spec: WorkerSpec) -> Worker:
        """Start an instance where it belongs now.

        Raises StorageUnavailableError (closing), WorkerLostError.
        """
        with self._lock:
            apart = not spec.paired or self._placement.runs_apart(spec.instance_id, now=self._clock())
        return self._start_alone(spec) if apart else self._start_shared(spec)

    def review(self) -> None:
        """Replace workers that have grown, and let those share that need not be alone: every few seconds."""
        now = self._clock()
        with self._lock:
            self._shared = {shared: at for shared, at in self._shared.items() if not shared.ended}
            workers, alone = dict(self._shared), list(self._alone.values())
        for shared, started_at in workers.items():
            if shared.open and self._has_grown(shared, age=now - started_at):
                log.info("replacing a shared worker of %d bytes, %d left", shared.bytes, shared.left)
                shared.retire()
        closed = [shared for shared in workers if not shared.open]
        self._end_idle(closed)
        leaving = [instance_id for shared in closed for instance_id in shared.instances()]
        for instance_id in self._next([*leaving, *self._packable(alone, list(workers), now=now)]):
            self._move(instance_id)

    def _next(self, instance_ids: list[str]) -> list[str]:
        """Return a few of them, others in each round: some may not be able to move for long."""
        self._asked = self._asked if self._asked < len(instance_ids) else 0
        begin, self._asked = self._asked, self._asked + MOVED_TOGETHER
        return instance_ids[begin : begin + MOVED_TOGETHER]

    def _packable(self, alone: list[AloneWorker], workers: list[SharedWorker], *, now: float) -> list[str]:
        """Return who could share a worker; none when one would only have another to itself."""
        with self._lock:
            found = [
                worker.instance_id
                for worker in alone
                if worker.is_settled(now=now) and not self._placement.runs_apart(worker.instance_id, now=now)
            ]
        room = any(shared.open and len(shared.instances()) < self._seats for shared in workers)
        return found if room or len(found) > 1 else []

    def _has_grown(self, shared: SharedWorker, *, age: float) -> bool:
        too_large = shared.bytes > _MEMORY + self._seats * _MEMORY_EACH
        return (too_large and age >= _LEAST_AGE_S) or shared.left > _LEFT_EACH * self._seats

    def _end_idle(self, closed: list[SharedWorker]) -> None:
        """End processes that were asked to, a round ago, and are still there."""
        idle = {shared for shared in closed if not shared.instances()}
        for shared in idle & self._idle:
            shared.end()
        self._idle = idle

    def _start_alone(self, spec: WorkerSpec) -> Worker:
        worker = AloneWorker(self._launch(spec), spec, on_end=self._on_alone_ended, clock=self._clock)
        with self._lock:
            self._alone[spec.instance_id] = worker
        return worker

    def _start_shared(self, spec: WorkerSpec) -> Worker:
        with self._starting:
            for shared in self._fullest_first():
                if len(shared.instances()) < self._seats and (seat := shared.take(spec)):
                    return seat
            if seat := self._new_shared().take(spec):
                return seat
        raise WorkerLostError(StateReason.WORKER_LOST, detail="shared worker")

    def _fullest_first(self) -> list[SharedWorker]:
        with self._lock:
            workers = [shared for shared in self._shared if shared.open]
        return sorted(workers, key=lambda shared: len(shared.instances()), reverse=True)

    def _new_shared(self) -> SharedWorker:
        with self._lock:
            taken = {shared.log_number for shared in self._shared if not shared.ended}
        number = next(number for number in range(1, len(taken) + 2) if number not in taken)
        path = self._folder / SHARED_LOG.format(number=number)
        worker = self._launch(WorkerSpec("", "", "", log_path=str(path), shared=True))
        shared = SharedWorker(worker, log_number=number, on_crash=self._on_crash, on_late=self._on_late)
        with self._lock:
            self._shared[shared] = self._clock()
        return shared

    def _on_crash(self, instance_ids: tuple[str, ...]) -> None:
        if len(instance_ids) == 1:
            self._on_crash_alone(instance_ids[0])
            return
        most = self._most_apart()
        with self._lock:
            self._placement.crashed(instance_ids, now=self._clock(), most_apart=most)

    def _most_apart(self) -> int:
        """Return how many may have a process each after a crash: a crash must not fill the memory."""
        free = free_memory()
        return self._seats if free is None else min(self._seats, max(1, free // _MEMORY_ALONE))

    def _on_alone_ended(self, worker: AloneWorker, crashed: bool) -> None:
        with self._lock:
            if self._alone.get(worker.instance_id) is worker:
                del self._alone[worker.instance_id]
        if crashed and worker.linked:  # a pairing that crashes says nothing of the instance
            self._on_crash_alone(worker.instance_id)

    def _on_crash_alone(self, instance_id: str) -> None:
        with self._lock:
            quarantined = self._placement.crashed_alone(instance_id, now=self._clock())
        if quarantined:
            log.error("crashed again alone: kept apart for a day", extra={"instance": instance_id})
