"""One thread per instance: starts its worker, listens to it, restarts it, stops it.

Everything that happens to an instance goes through this thread's inbox in order; so nothing here is locked.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from enum import Enum

from core.errors import StorageUnavailableError
from core.models.instance import InstanceRecord
from core.models.worker_events import WorkerEvent
from core.registry.context import SupervisorContext
from core.registry.instance_controller import Ask, InstanceController
from core.registry.lifecycle import Status

log = logging.getLogger(__name__)


class _Verb(Enum):
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    FORGET = "forget"
    SLEPT = "slept"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class _Rename:
    name: str


@dataclass(frozen=True, slots=True)
class _Order:
    command: Ask


@dataclass(frozen=True, slots=True)
class _StorageLook:
    problem: StorageUnavailableError | None
    resume: bool


_Item = _Verb | _Rename | _Order | _StorageLook | tuple[int, WorkerEvent]


class Supervisor:
    """Keeps one instance as its owner wants it.

    Threading: everything is safe from any thread and returns at once, but ``join``.
    """

    def __init__(self, record: InstanceRecord, around: SupervisorContext, *, loaded: bool = False) -> None:
        """``loaded``: the instance is from an earlier process; its timeline tells of this one's start."""
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._keeper = InstanceController(
            record, around, hear=lambda number, event: self._inbox.put((number, event))
        )
        if loaded:
            self._keeper.loaded()
        self._thread = threading.Thread(target=self._run, name=f"supervisor-{record.id}", daemon=True)
        self._thread.start()

    # -- what it is like now, from any thread ---------------------------------------------------------------
    @property
    def status(self) -> Status:
        """Where the instance stands."""
        return self._keeper.status

    @property
    def record(self) -> InstanceRecord:
        """What is stored about the instance."""
        return self._keeper.record

    @property
    def restarts(self) -> int:
        """Workers started after the first one since a person or the process started the instance."""
        return self._keeper.restarts

    @property
    def worker_pid(self) -> int | None:
        """The process of its worker; None while there is none."""
        return self._keeper.worker_pid

    @property
    def last_data_at(self) -> float | None:
        """When data from WhatsApp last came in, in seconds since the epoch."""
        return self._keeper.last_data_at

    @property
    def worker_bytes(self) -> int | None:
        """Return the memory of its worker as that told last; None while it is not known."""
        return self._keeper.worker_bytes

    # -- verbs, from any thread -----------------------------------------------------------------------------
    def start(self) -> None:
        """Run the instance; retries by itself from here on. Idempotent."""
        self._inbox.put(_Verb.START)

    def stop(self) -> None:
        """End the worker and stay stopped, across restarts of the process too. Idempotent."""
        self._inbox.put(_Verb.STOP)

    def restart(self) -> None:
        """End the worker, if any, and start another at once, also out of a wait. Idempotent."""
        self._inbox.put(_Verb.RESTART)

    def rename(self, name: str) -> None:
        """Store another name. The phone shows it from the next pairing on."""
        self._inbox.put(_Rename(name))

    def forget(self) -> None:
        """Remove the session here; the account's list of devices still shows it. Idempotent."""
        self._inbox.put(_Verb.FORGET)

    def on_resume_from_suspend(self) -> None:
        """The machine was suspended: every connection is dead, whatever the core still believes."""
        self._inbox.put(_Verb.SLEPT)

    def check_storage(self, problem: StorageUnavailableError | None, *, resume: bool) -> None:
        """Nothing can be stored because of ``problem``, or all is well; ``resume``: only since just now."""
        self._inbox.put(_StorageLook(problem, resume))

    def send(self, command: Ask) -> None:
        """Pass a command to the worker. What becomes of it goes to the outbox or to whoever asked."""
        self._inbox.put(_Order(command))

    def close(self) -> None:
        """End the worker and the thread; what the owner wanted stays as it was."""
        self._inbox.put(_Verb.CLOSE)

    def join(self, timeout: float) -> None:
        """Wait until the thread is gone, at most ``timeout`` seconds."""
        self._thread.join(timeout)

    # -- the thread ----------------------------------------------------------------------------------------
    def _run(self) -> None:
        while True:
            try:
                item: _Item | None = self._inbox.get(timeout=self._keeper.time_left())
            except queue.Empty:
                item = None
            try:
                if item is _Verb.CLOSE:
                    self._keeper.close()
                    return
                self._handle(item)
            except Exception:
                # Top of a thread. A bug must cost one event, not the instance.
                log.exception("supervisor stumbled", extra={"instance": self.record.id})
                self._keeper.recover()

    def _handle(self, item: _Item | None) -> None:
        match item:
            case None:
                self._keeper.on_time()
            case _Verb.START:
                self._keeper.start()
            case _Verb.STOP:
                self._keeper.stop()
            case _Verb.RESTART:
                self._keeper.restart()
            case _Verb.FORGET:
                self._keeper.forget()
            case _Verb.SLEPT:
                self._keeper.on_resume_from_suspend()
            case _StorageLook():
                self._keeper.check_storage(item.problem, resume=item.resume)
            case _Rename():
                self._keeper.rename(item.name)
            case _Order():
                self._keeper.ask(item.command)
            case (int() as generation, event):
                self._keeper.handled(event)
                self._keeper.handle_event(generation, event)
