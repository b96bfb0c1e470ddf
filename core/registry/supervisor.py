"""One thread per instance: starts its worker, listens to it, restarts it, stops it.

Everything that happens to an instance goes through this thread's inbox in order; so nothing here is locked.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from core.engine.protocol import WorkerSpec
from core.engine.release import installed_core
from core.errors import CorruptFileError, StorageUnavailableError, WorkerLostError
from core.models.events import (
    AskPairingCode,
    LoginOutcome,
    ProofOfLife,
    SendText,
    Unlink,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.models.history import HistoryKind
from core.models.instance import InstanceRecord, InstanceState
from core.models.message import SendState
from core.models.storage import Notice
from core.registry.attempts import CRASH_PAUSE_S, Attempts
from core.registry.ledger import EVERY_S, Ledger
from core.registry.lifecycle import Next, Status, change, reduce, relaunched
from core.registry.slot import WorkerSlot
from core.registry.surroundings import Surroundings
from core.store import session
from core.store.layout import WORKER_LOG, instance_dir

log = logging.getLogger(__name__)

START_DEADLINE_S: Final = 30.0
"""A worker that has neither connected nor shown a QR by then is ended and started again."""
QUIET_S: Final = 0.2
"""Without an event for so long, the timeline is written."""
LONGEST_WAIT_S: Final = 3600.0


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


_Ask = SendText | AskPairingCode | Unlink
_Item = _Verb | _Rename | _Ask | tuple[int, WorkerEvent]


class Supervisor:
    """Keeps one instance as its owner wants it.

    Threading: the verbs are safe from any thread and return at once (but ``join``); ``status``, ``record``,
    ``restarts``, ``worker_pid`` and ``proof_at`` are replaced, never changed.
    """

    def __init__(self, record: InstanceRecord, around: Surroundings, *, loaded: bool = False) -> None:
        """``loaded``: the instance is from an earlier process; its timeline tells of this one's start."""
        self.status = Status(
            InstanceState.STOPPED, since=around.clock(), linked=record.linked, phone=record.phone
        )
        self.worker_pid: int | None = None
        self.proof_at: float | None = None
        self._around = around
        self._loaded = loaded
        self._folder = instance_dir(around.auth_dir, record.id)
        self._ledger = Ledger(record, self._folder, save=around.save, clock=around.clock)
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._slot = WorkerSlot(record.id, hear=lambda number, event: self._inbox.put((number, event)))
        self._attempts = Attempts(around.backoff, around.chance)
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"supervisor-{record.id}", daemon=True)
        self._thread.start()

    @property
    def record(self) -> InstanceRecord:
        """What is stored about the instance."""
        return self._ledger.record

    @property
    def restarts(self) -> int:
        """Workers started after the first one since a person or the process started the instance."""
        return self._attempts.restarts

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

    def slept(self) -> None:
        """The machine was suspended: every connection is dead, whatever the core still believes."""
        self._inbox.put(_Verb.SLEPT)

    def send(self, command: _Ask) -> None:
        """Pass a command to the worker. What becomes of a text goes to the outbox."""
        self._inbox.put(command)

    def close(self) -> None:
        """End the worker and the thread; what the owner wanted stays as it was."""
        self._inbox.put(_Verb.CLOSE)

    def join(self, timeout: float) -> None:
        """Wait until the thread is gone, at most ``timeout`` seconds."""
        self._thread.join(timeout)

    # -- the thread ----------------------------------------------------------------------------------------
    def _run(self) -> None:
        if self._loaded:
            self._ledger.note(HistoryKind.PROCESS_STARTED)
        while True:
            try:
                item: _Item | None = self._inbox.get(timeout=self._time_left())
            except queue.Empty:
                item = None
            try:
                if item is _Verb.CLOSE:
                    self._end_worker()
                    self._ledger.write_notes()
                    return
                self._handle(item)
            except Exception:
                # Top of a thread. A bug must cost one event, not the instance.
                log.exception("supervisor stumbled", extra={"instance": self.record.id})
                self._recover()

    def _recover(self) -> None:
        """After a stumble: an instance that should run but has no worker and no plan gets another try."""
        if self.status.state.running and not self._slot.taken and self.status.next_try_at is None:
            now = self._around.clock()
            self._retry(change(self.status, InstanceState.RECONNECTING, now=now, reason="internal-error"))

    def _time_left(self) -> float | None:
        """Seconds until something is due; None when only the inbox can wake us."""
        due = [at for at in (self._deadline, self.status.next_try_at) if at is not None]
        if self._slot.taken or self._ledger.unsaved:
            due.append(self._ledger.due_at)
        # No lock waits for centuries, as a ban may last; and the wait follows no change of the wall clock.
        longest = QUIET_S if self._ledger.has_notes else LONGEST_WAIT_S
        if not due:
            return QUIET_S if self._ledger.has_notes else None
        return min(max(0.0, min(due) - self._around.clock()), longest)

    def _handle(self, item: _Item | None) -> None:
        match item:
            case None:
                self._on_time()
            case _Verb.START:
                self._on_start()
            case _Verb.STOP:
                self._on_stop()
            case _Verb.RESTART:
                self._end_worker()
                self._become(change(self.status, InstanceState.STOPPED, now=self._around.clock()))
                self._on_start()
            case _Verb.FORGET:
                self._on_forget()
            case _Verb.SLEPT:
                self._on_slept()
            case _Rename():
                self._ledger.remember(name=item.name)
                self._ledger.note(HistoryKind.RENAMED, detail=item.name)
                self._around.changed()
            case SendText() | AskPairingCode() | Unlink():
                self._on_ask(item)
            case (int() as generation, event):
                self._on_event(generation, event)

    def _on_time(self) -> None:
        self._ledger.write_notes()
        now = self._around.clock()
        if self.status.next_try_at is not None and now >= self.status.next_try_at:
            self._launch()
        elif self._deadline is not None and now >= self._deadline:
            self._end_worker()
            self._retry(change(self.status, InstanceState.RECONNECTING, now=now, reason="wa-no-answer"))
        elif now >= self._ledger.due_at:
            self._ledger.checkpoint()

    def _on_start(self) -> None:
        if self.status.state.running and self._slot.taken:
            return
        # Waiting out a backoff counts as running: a person asks, so try at once, but later waits stay long.
        if not self.status.state.running:
            self._attempts.forget()
        self._ledger.remember(wanted=True)
        self._launch()

    def _on_stop(self) -> None:
        self._ledger.remember(wanted=False)
        self._end_worker()
        if self.status.state is not InstanceState.STOPPED or self.status.reason:
            self._become(change(self.status, InstanceState.STOPPED, now=self._around.clock()))

    def _on_forget(self) -> None:
        self._end_worker()
        session.remove_session(self._folder)
        self._ledger.remember(wanted=False, linked=False)
        now = self._around.clock()
        gone = change(self.status, InstanceState.STOPPED, now=now)
        self._become(
            replace(change(gone, InstanceState.LOGGED_OUT, now=now, reason="removed-here"), linked=False)
        )

    def _on_slept(self) -> None:
        if self._slot.taken and self.status.linked:
            self._end_worker()
            now = self._around.clock()
            slept = change(self.status, InstanceState.RECONNECTING, now=now, reason="machine-slept")
            self._become(slept)
            self._launch()

    def _on_ask(self, command: _Ask) -> None:
        """Hand a command to the worker, when there is one in the right state; else say that it failed."""
        needed = InstanceState.PAIRING if isinstance(command, AskPairingCode) else InstanceState.CONNECTED
        problem = "not-connected"
        if self._slot.taken and self.status.state is needed:
            try:
                self._slot.send(command)
                return
            except WorkerLostError as error:
                problem = error.code
        if isinstance(command, SendText):
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
                log_path=str(self._folder / WORKER_LOG),
            )
            worker = self._around.launch(spec)
        except (StorageUnavailableError, WorkerLostError) as error:
            log.warning("cannot start: %s", error, extra={"instance": self.record.id})
            self._retry(
                change(
                    self.status, InstanceState.RECONNECTING, now=now, reason=error.code, detail=error.detail
                )
            )
            return
        self._deadline = now + START_DEADLINE_S
        self._ledger.due_at = now + EVERY_S
        self._slot.fill(worker)

    def _session_usable(self) -> bool:
        """Look at the store before a worker opens it; False when the instance cannot start as it is."""
        now = self._around.clock()
        try:
            linked = session.has_device(self._folder)
        except CorruptFileError:
            kept = session.set_session_aside(self._folder)
            log.error("session unreadable, kept as %s", kept, extra={"instance": self.record.id})
            self._ledger.remember(linked=False)
            self._around.notice(Notice("session-corrupt", self.record.id, detail=kept, at=now))
            self._fail(InstanceState.FAILED, "session-corrupt", kept)
            return False
        if self.record.linked and not linked:
            # It was linked and the store says otherwise: a QR, as if nothing had happened, would hide that.
            self._ledger.remember(linked=False)
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

    def _on_event(self, generation: int, event: WorkerEvent) -> None:
        if self._around.outbox.hear(event) or not self._slot.is_current(generation):
            return
        if isinstance(event, WorkerStarted):
            self.worker_pid = event.pid
            self._around.changed()
            return
        if isinstance(event, ProofOfLife):
            self.proof_at = event.at  # not worth waking every page for
            return
        if isinstance(event, WorkerExited):
            self._after_worker()
        before = self.status
        status, after = reduce(before, event, now=self._around.clock())
        if after is Next.KEEP:
            self._become(status)
            self._follow(before, status, event)
            return
        self._follow(before, status, event)
        self._end_worker()
        if isinstance(event, WorkerExited) and self._attempts.crashed(now=self._around.clock()):
            self._become(self._crashed(status))
        elif after is Next.RETRY:
            self._retry(status)
        else:
            self._become(self._explained(status))

    def _crashed(self, status: Status) -> Status:
        """Leave a worker that dies again and again alone for a while, and say where its last words are."""
        now = self._around.clock()
        failed = change(status, InstanceState.FAILED, now=now, reason="worker-crashed", detail=WORKER_LOG)
        return replace(failed, next_try_at=now + CRASH_PAUSE_S)

    def _explained(self, status: Status) -> Status:
        if status.reason != "wa-client-outdated":
            return status
        version, built = installed_core()
        return replace(status, detail=f"{version}, {built}" if built else version)

    def _follow(self, before: Status, status: Status, event: WorkerEvent) -> None:
        """What a change of state means for the deadline, the tries and the record."""
        if status.state not in (InstanceState.STARTING, before.state):
            self._deadline = None
        if status.state is InstanceState.CONNECTED and before.state is not InstanceState.CONNECTED:
            self.proof_at = now = self._around.clock()
            self._attempts.connected(now=now)
        paired = isinstance(event, LoginOutcome) and event.outcome == "success"
        self._ledger.follow(before, status, paired=paired)
        if status.state is not before.state:
            log.info(
                "%s -> %s %s", before.state, status.state, status.reason, extra={"instance": self.record.id}
            )

    def _retry(self, status: Status) -> None:
        """Plan the next attempt after a wait that grows until a connection proved stable."""
        self._become(replace(status, next_try_at=self._attempts.next_at(now=self._around.clock())))

    def _end_worker(self) -> None:
        """End the process; then shrink what it left on disk. Returns when it is gone."""
        if self._slot.end():
            self._after_worker()

    def _after_worker(self) -> None:
        self._slot.drop()
        self.worker_pid = self._deadline = None
        self._around.outbox.worker_lost(self.record.id)
        self._ledger.checkpoint()

    def _become(self, status: Status) -> None:
        before, self.status = self.status, status
        self._around.changed()
        self._ledger.note_status(before, status)
