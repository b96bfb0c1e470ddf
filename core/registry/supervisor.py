"""One thread per instance: starts its worker, listens to it, restarts it, stops it.

Everything that happens to an instance goes through this thread's inbox in order; so nothing here is locked.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import AppError, CorruptFileError, StorageUnavailableError, WorkerLostError
from core.models.events import (
    LoginOutcome,
    SendText,
    StopWorker,
    TextFailed,
    TextSent,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.models.instance import InstanceRecord, InstanceState
from core.models.message import SendState
from core.models.storage import Notice
from core.registry.backoff import STABLE_S, Backoff
from core.registry.lifecycle import Next, Status, change, reduce, relaunched
from core.registry.outbox import Outbox
from core.store import session
from core.store.layout import instance_dir

log = logging.getLogger(__name__)

START_DEADLINE_S: Final = 30.0
"""A worker that has neither connected nor shown a QR by then is ended and started again."""
STOP_DEADLINE_S: Final = 3.0
CHECKPOINT_EVERY_S: Final = 30.0
CHECKPOINT_AFTER_CONNECT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a supervisor needs from the registry. Every callable is safe from any thread."""

    auth_dir: Path
    launch: Callable[[WorkerSpec], Worker]
    save: Callable[[InstanceRecord], None]
    """Raises StorageUnavailableError."""
    changed: Callable[[], None]
    notice: Callable[[Notice], None]
    outbox: Outbox
    clock: Callable[[], float]
    """Seconds since the epoch."""
    chance: Callable[[], float] = random.random
    backoff: Backoff = field(default_factory=Backoff)


class _Verb:
    START = "start"
    STOP = "stop"
    CLOSE = "close"


class Supervisor:
    """Keeps one instance as its owner wants it.

    Threading: ``start``, ``stop``, ``send``, ``close`` and ``join`` are safe from any thread and return at
    once (but ``join``); ``status``, ``record``, ``restarts`` and ``worker_pid`` are replaced, never changed.
    """

    def __init__(self, record: InstanceRecord, around: Surroundings) -> None:
        self.record = record
        self.status = Status(
            InstanceState.STOPPED, since=around.clock(), linked=record.linked, phone=record.phone
        )
        self.restarts = 0
        self.worker_pid: int | None = None
        self._around = around
        self._folder = instance_dir(around.auth_dir, record.id)
        self._inbox: queue.SimpleQueue[str | SendText | tuple[int, WorkerEvent]] = queue.SimpleQueue()
        self._worker: Worker | None = None
        self._reader: threading.Thread | None = None
        self._generation = 0
        self._attempt = 0
        self._connected_at: float | None = None
        self._deadline: float | None = None
        self._checkpoint_at = 0.0
        self._wal = (0, 0)
        self._unsaved = False
        self._thread = threading.Thread(target=self._run, name=f"supervisor-{record.id}", daemon=True)
        self._thread.start()

    # -- verbs, from any thread -----------------------------------------------------------------------------
    def start(self) -> None:
        """Run the instance; retries by itself from here on. Idempotent."""
        self._inbox.put(_Verb.START)

    def stop(self) -> None:
        """End the worker and stay stopped, across restarts of the process too. Idempotent."""
        self._inbox.put(_Verb.STOP)

    def send(self, command: SendText) -> None:
        """Send one text; the outcome goes to the outbox."""
        self._inbox.put(command)

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
                item = self._inbox.get(timeout=self._time_left())
            except queue.Empty:
                item = None
            try:
                if item == _Verb.CLOSE:
                    self._end_worker()
                    return
                self._handle(item)
            except Exception:
                # Top of a thread. A bug must cost one event, not the instance.
                log.exception("supervisor stumbled", extra={"instance": self.record.id})
                self._recover()

    def _recover(self) -> None:
        """After a stumble: an instance that should run but has no worker and no plan gets another try."""
        if self.status.state.running and self._worker is None and self.status.next_try_at is None:
            now = self._around.clock()
            self._retry(change(self.status, InstanceState.RECONNECTING, now=now, reason="internal-error"))

    def _time_left(self) -> float | None:
        """Seconds until something is due; None when only the inbox can wake us."""
        due = [at for at in (self._deadline, self.status.next_try_at) if at is not None]
        if self._worker is not None or self._unsaved:
            due.append(self._checkpoint_at)
        return max(0.0, min(due) - self._around.clock()) if due else None

    def _handle(self, item: str | SendText | tuple[int, WorkerEvent] | None) -> None:
        match item:
            case None:
                self._on_time()
            case _Verb.START:
                self._on_start()
            case _Verb.STOP:
                self._on_stop()
            case SendText():
                self._on_send(item)
            case (int() as generation, event):
                self._on_event(generation, event)

    def _on_time(self) -> None:
        now = self._around.clock()
        if self.status.next_try_at is not None and now >= self.status.next_try_at:
            self._launch()
        elif self._deadline is not None and now >= self._deadline:
            self._end_worker()
            self._retry(change(self.status, InstanceState.RECONNECTING, now=now, reason="wa-no-answer"))
        elif now >= self._checkpoint_at:
            self._checkpoint()

    def _on_start(self) -> None:
        if self.status.state.running:
            if self.status.next_try_at is not None:
                self._launch()  # waiting out a backoff: a person asks, so try at once
            return
        self._attempt = 0
        self.restarts = 0
        self._remember(wanted=True)
        self._launch()

    def _on_stop(self) -> None:
        self._remember(wanted=False)
        self._end_worker()
        if self.status.state is not InstanceState.STOPPED or self.status.reason:
            self._become(change(self.status, InstanceState.STOPPED, now=self._around.clock()))

    def _on_send(self, command: SendText) -> None:
        problem = "not-connected"
        if self._worker is not None and self.status.state is InstanceState.CONNECTED:
            try:
                self._worker.send(command)
                return
            except WorkerLostError as error:
                problem = error.code
        self._around.outbox.settle(self.record.id, command.request_id, SendState.FAILED, reason=problem)

    # -- the worker ----------------------------------------------------------------------------------------
    def _launch(self) -> None:
        now = self._around.clock()
        self._become(relaunched(self.status, now=now))
        try:
            if not self._session_usable():
                return
            spec = WorkerSpec(
                instance_id=self.record.id,
                device_name=self.record.name,
                store_path=str(session.session_path(self._folder)),
            )
            self._worker = worker = self._around.launch(spec)
        except (StorageUnavailableError, WorkerLostError) as error:
            log.warning("cannot start: %s", error, extra={"instance": self.record.id})
            self._retry(
                change(
                    self.status, InstanceState.RECONNECTING, now=now, reason=error.code, detail=error.detail
                )
            )
            return
        self._generation += 1
        self._deadline = now + START_DEADLINE_S
        self._checkpoint_at = now + CHECKPOINT_EVERY_S
        self._reader = threading.Thread(
            target=self._listen, args=(worker, self._generation), daemon=True, name=f"reader-{self.record.id}"
        )
        self._reader.start()

    def _session_usable(self) -> bool:
        """Look at the store before a worker opens it; False when the instance cannot start as it is."""
        now = self._around.clock()
        try:
            linked = session.has_device(self._folder)
        except CorruptFileError:
            kept = session.set_session_aside(self._folder)
            log.error("session unreadable, kept as %s", kept, extra={"instance": self.record.id})
            self._remember(linked=False)
            self._around.notice(Notice("session-corrupt", self.record.id, detail=kept, at=now))
            self._fail(InstanceState.FAILED, "session-corrupt", kept)
            return False
        if self.record.linked and not linked:
            # It was linked and the store says otherwise: a QR, as if nothing had happened, would hide that.
            self._remember(linked=False)
            self._around.notice(Notice("session-missing", self.record.id, detail="", at=now))
            self._fail(InstanceState.LOGGED_OUT, "session-missing", "")
            return False
        if linked:
            log.info("Restoring session of instance %s from %s", self.record.id, self._folder)
        self.status = replace(self.status, linked=linked)
        return True

    def _fail(self, state: InstanceState, reason: str, detail: str) -> None:
        self._become(
            replace(
                change(self.status, state, now=self._around.clock(), reason=reason, detail=detail),
                linked=False,
            )
        )

    def _listen(self, worker: Worker, generation: int) -> None:
        """The reader thread of one worker."""
        pid = 0
        try:
            for event in worker.events():
                if isinstance(event, WorkerStarted):
                    pid = event.pid
                self._inbox.put((generation, event))
        except AppError as error:
            log.error("worker talks nonsense: %s", error, extra={"instance": self.record.id})
            worker.kill()
        self._inbox.put((generation, WorkerExited(self.record.id, pid=pid)))

    def _on_event(self, generation: int, event: WorkerEvent) -> None:
        if self._settle_send(event) or generation != self._generation or self._worker is None:
            return
        if isinstance(event, WorkerStarted):
            self.worker_pid = event.pid
            self._around.changed()
            return
        if isinstance(event, WorkerExited):
            self._drop_worker()
        before = self.status
        status, after = reduce(before, event, now=self._around.clock())
        self._follow(before, status, event)
        if after is Next.KEEP:
            self._become(status)
            return
        self._end_worker()
        if after is Next.RETRY:
            self._retry(status)
        else:
            self._become(status)

    def _follow(self, before: Status, status: Status, event: WorkerEvent) -> None:
        """What a change of state means for the record, the deadline and the backoff."""
        if status.state not in (InstanceState.STARTING, before.state):
            self._deadline = None
        if status.state is InstanceState.CONNECTED and before.state is not InstanceState.CONNECTED:
            self._connected_at = self._around.clock()
            # Once the first writes of a fresh session (812 pre-keys) are through.
            self._checkpoint_at = self._around.clock() + CHECKPOINT_AFTER_CONNECT_S
        if (status.linked, status.phone) != (self.record.linked, self.record.phone):
            self._remember(linked=status.linked, phone=status.phone)
        if status.reason == "qr-expired":
            self._remember(wanted=False)
        if isinstance(event, LoginOutcome) and event.outcome == "success":
            # As soon as there is time: a pairing must survive even the machine's sudden death.
            self._checkpoint_at = self._around.clock()
        if status.state is not before.state:
            log.info(
                "%s -> %s %s", before.state, status.state, status.reason, extra={"instance": self.record.id}
            )

    def _settle_send(self, event: WorkerEvent) -> bool:
        match event:
            case TextSent():
                self._around.outbox.settle(
                    self.record.id, event.request_id, SendState.SENT, message_id=event.message_id
                )
            case TextFailed():
                state = SendState.UNCERTAIN if event.reason == "send-timeout" else SendState.FAILED
                self._around.outbox.settle(self.record.id, event.request_id, state, reason=event.reason)
            case _:
                return False
        return True

    def _retry(self, status: Status) -> None:
        """Plan the next attempt after a wait that grows until a connection proved stable."""
        now = self._around.clock()
        if self._connected_at is not None and now - self._connected_at >= STABLE_S:
            self._attempt = 0
        self._connected_at = None
        wait = self._around.backoff.wait(self._attempt, chance=self._around.chance())
        self._attempt += 1
        self.restarts += 1
        self._become(replace(status, next_try_at=now + wait))

    def _end_worker(self) -> None:
        """Ask, wait, end the process; then shrink what it left on disk. Returns when it is gone."""
        worker, reader = self._worker, self._reader
        if worker is None or reader is None:
            return
        try:
            worker.send(StopWorker(self.record.id))
        except WorkerLostError:
            log.debug("worker went first", extra={"instance": self.record.id})
        reader.join(STOP_DEADLINE_S)
        if reader.is_alive():
            log.warning("worker did not stop in time, ending it", extra={"instance": self.record.id})
            worker.kill()
            reader.join(1.0)
        self._drop_worker()

    def _drop_worker(self) -> None:
        if self._worker is not None:
            self._worker.close()
        self._worker = self._reader = self.worker_pid = self._deadline = None
        self._around.outbox.worker_lost(self.record.id)
        self._checkpoint()

    # -- the disk ------------------------------------------------------------------------------------------
    def _checkpoint(self) -> None:
        """Make what the core wrote safe on the disk, when it wrote something; also saves a late record."""
        self._checkpoint_at = self._around.clock() + CHECKPOINT_EVERY_S
        if self._unsaved:
            self._remember()
        if (wal := session.wal_stamp(self._folder)) == self._wal:
            return
        try:
            session.checkpoint(self._folder)
        except AppError as error:
            log.warning("no checkpoint: %s", error, extra={"instance": self.record.id})
        self._wal = session.wal_stamp(self._folder) if wal[0] else wal

    def _remember(
        self, *, wanted: bool | None = None, linked: bool | None = None, phone: str | None = None
    ) -> None:
        """Change the record and store it; when the disk refuses, try again every 30 s."""
        record = self.record
        self.record = replace(
            record,
            wanted=record.wanted if wanted is None else wanted,
            linked=record.linked if linked is None else linked,
            phone=record.phone if phone is None else phone,
        )
        if self.record == record and not self._unsaved:
            return
        try:
            self._around.save(self.record)
            self._unsaved = False
        except StorageUnavailableError as error:
            self._unsaved = True
            self._checkpoint_at = self._around.clock() + CHECKPOINT_EVERY_S
            log.error("record not saved: %s", error, extra={"instance": self.record.id})

    def _become(self, status: Status) -> None:
        self.status = status
        self._around.changed()
