"""One thread per instance, which handles the messages to it one after another; so nothing here is locked."""

from __future__ import annotations

import logging
import queue
import threading

from core.models.instance import InstanceRecord
from core.registry.commands import Close, Command, FromWorker, InstanceSnapshot, Tick
from core.registry.context import SupervisorContext
from core.registry.instance_controller import InstanceController

log = logging.getLogger(__name__)


class Supervisor:
    """The thread and the mailbox of one instance.

    Threading: everything is safe from any thread and returns at once, but ``join``.
    """

    def __init__(self, record: InstanceRecord, context: SupervisorContext, *, loaded: bool = False) -> None:
        """``loaded``: the instance is from an earlier process; its timeline tells of this one's start."""
        self._mailbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._controller = InstanceController(record, context, post=self.post)
        if loaded:
            self._controller.loaded()
        self._thread = threading.Thread(target=self._run, name=f"supervisor-{record.id}", daemon=True)
        self._thread.start()

    def post(self, message: Command) -> None:
        """Have ``message`` handled after those posted before it."""
        self._mailbox.put(message)

    def snapshot(self) -> InstanceSnapshot:
        """Return how the instance stands now."""
        return self._controller.snapshot

    @property
    def awaits_disk_check(self) -> bool:
        """Return whether ``StorageChanged`` would change anything though nothing is wrong with the disk."""
        return self._controller.awaits_disk_check

    def join(self, timeout: float) -> None:
        """Wait until the thread is gone, at most ``timeout`` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            message = self._next()
            if self._handle(message) and isinstance(message, Close):
                self._handle_rest()
                return

    def _handle(self, message: Command) -> bool:
        """Return False after an unexpected error."""
        try:
            self._controller.handle(message)
        except Exception:
            # Top of a thread. A bug must cost one event, not the instance.
            instance_id = self.snapshot().record.id
            log.exception("supervisor: unhandled error", extra={"instance": instance_id})
            self._controller.recover()
            return False
        return True

    def _handle_rest(self) -> None:
        """Handle and write what the worker told while it ended: the core has acknowledged it."""
        while not self._mailbox.empty():
            message = self._mailbox.get()
            if isinstance(message, FromWorker):
                self._handle(message)
        self._handle(Close())

    def _next(self) -> Command:
        """Return the next message; a tick when none comes until something is due."""
        try:
            return self._mailbox.get(timeout=self._controller.time_left())
        except queue.Empty:
            return Tick()
