"""What is done about one instance at every verb and event: worker, status, record, in step.

Nothing here waits for anything but the end of a worker, and nothing is locked: one thread calls it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from core.engine.protocol import WorkerSpec
from core.engine.whatsapp.version import installed_core
from core.errors import InvalidInputError, StorageUnavailableError, WorkerLostError
from core.messages.write_behind import MessageWriter
from core.models.instance import InstanceRecord, InstanceState
from core.models.storage import Notice
from core.models.timeline import HistoryKind
from core.models.topic import Topic
from core.models.worker_events import (
    AskPairingCode,
    DataReceived,
    LoginOutcome,
    LogOut,
    MemoryUsed,
    Query,
    SendMessage,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.registry.context import SupervisorContext
from core.registry.instance_writer import EVERY_S, InstanceWriter
from core.registry.lifecycle import Status, WorkerAction, on_launch, reduce, transition
from core.registry.retry import CRASH_PAUSE_S, RetryState
from core.registry.workers import WorkerSlot
from core.store import session
from core.store.layout import WORKER_LOG, instance_dir
from core.store.session import inspect_session

log = logging.getLogger(__name__)

START_DEADLINE_S: Final = 30.0
"""A worker that has neither connected nor shown a QR by then is ended and started again."""
QUIET_S: Final = 0.2
"""Without an event for so long, the timeline is written."""
LONGEST_WAIT_S: Final = 3600.0

Ask = SendMessage | AskPairingCode | LogOut | Query


class InstanceController:
    """Threading: its supervisor's thread only; what is public is replaced whole."""

    def __init__(
        self, record: InstanceRecord, around: SupervisorContext, *, hear: Callable[[int, WorkerEvent], None]
    ) -> None:
        """``hear`` is called from the worker's reader; what it gets must come back through the method."""
        self.status = Status(
            InstanceState.STOPPED, since=around.clock(), linked=record.linked, phone=record.phone
        )
        self.worker_pid: int | None = None
        self.proof_at: float | None = None
        self.worker_bytes: int | None = None
        self._around = around
        self._folder = instance_dir(around.auth_dir, record.id)
        self._ledger = InstanceWriter(record, self._folder, save=around.save, clock=around.clock)
        self._slot = WorkerSlot(record.id, hear=hear)
        self._mail = MessageWriter(record.id, around.outbox, around.arrivals, clock=around.clock)
        self._attempts = RetryState(around.backoff, around.random)
        self._deadline: float | None = None
        self._store: tuple[int, int] | None = None

    @property
    def record(self) -> InstanceRecord:
        """What is stored about the instance."""
        return self._ledger.record

    @property
    def restarts(self) -> int:
        """Workers started after the first one since a person or the process started the instance."""
        return self._attempts.restarts

    def loaded(self) -> None:
        """The instance is from an earlier process: its timeline tells of this one's start."""
        self._ledger.add_timeline_entry(HistoryKind.PROCESS_STARTED)
        if self.record.phone and not self.record.linked:
            # That process may have ended between the end of the link and the removal of its session.
            self._ledger.link_ended()

    def close(self) -> None:
        """End the worker and write what waits; what the owner wanted stays as it was."""
        self._end_worker()
        self._mail.write(last=True)
        self._ledger.flush_timeline()

    def recover(self) -> None:
        """After a stumble: an instance that should run but has no worker and no plan gets another try."""
        if self.status.state.running and not self._slot.occupied and self.status.next_try_at is None:
            now = self._around.clock()
            self._retry(transition(self.status, InstanceState.RECONNECTING, now=now, reason="internal-error"))

    def time_left(self) -> float | None:
        """Seconds until something is due; None when nothing is."""
        plans = (self._deadline, self.status.next_try_at, self._mail.due_at)
        due = [at for at in plans if at is not None]
        if self._slot.occupied or self._ledger.unsaved:
            due.append(self._ledger.due_at)
        # No lock waits for centuries, as a ban may last; and the wait follows no change of the wall clock.
        longest = QUIET_S if self._ledger.has_unwritten_entries else LONGEST_WAIT_S
        if not due:
            return QUIET_S if self._ledger.has_unwritten_entries else None
        return min(max(0.0, min(due) - self._around.clock()), longest)

    def on_time(self) -> None:
        """Whatever is due now; to be called when nothing has happened for a while."""
        self._mail.write()
        if self._ledger.has_unwritten_entries:
            self._ledger.flush_timeline()
            self._around.changed(Topic.TIMELINE)
        now = self._around.clock()
        if self.status.next_try_at is not None and now >= self.status.next_try_at:
            self._launch(by_itself=True)
        elif self._deadline is not None and now >= self._deadline:
            self._end_worker()
            self._retry(transition(self.status, InstanceState.RECONNECTING, now=now, reason="wa-no-answer"))
        elif now >= self._ledger.due_at:
            self._ledger.checkpoint()

    def start(self) -> None:
        """A person or the process wants it to run."""
        if self.status.state.running and self._slot.occupied:
            return
        # Waiting out a backoff counts as running: a person asks, so try at once, but later waits stay long.
        if not self.status.state.running:
            self._attempts.reset()
        self._ledger.update_record(wanted=True)
        self._launch(by_itself=False)

    def stop(self) -> None:
        """It is not to run, across restarts of the process too."""
        self._ledger.update_record(wanted=False)
        self._end_worker()
        if self.status.state is not InstanceState.STOPPED or self.status.reason:
            self._become(transition(self.status, InstanceState.STOPPED, now=self._around.clock()))

    def restart(self) -> None:
        """Another worker, whatever was before."""
        self._end_worker()
        self._become(transition(self.status, InstanceState.STOPPED, now=self._around.clock()))
        self.start()

    def forget(self) -> None:
        """End it and erase its session here."""
        self._end_worker()
        session.remove_session(self._folder)
        self._mail.session_ended()
        self._ledger.update_record(wanted=False, linked=False)
        now = self._around.clock()
        gone = transition(self.status, InstanceState.STOPPED, now=now)
        self._become(
            replace(transition(gone, InstanceState.LOGGED_OUT, now=now, reason="removed-here"), linked=False)
        )

    def rename(self, name: str) -> None:
        """Store another name."""
        self._ledger.update_record(name=name)
        self._ledger.add_timeline_entry(HistoryKind.RENAMED, detail=name)
        self._around.changed(Topic.INSTANCES)

    def on_resume_from_suspend(self) -> None:
        """The machine was suspended: connect anew."""
        if self._slot.occupied and self.status.linked:
            self._end_worker()
            now = self._around.clock()
            slept = transition(self.status, InstanceState.RECONNECTING, now=now, reason="machine-slept")
            self._become(slept)
            self._launch(by_itself=True)

    def check_storage(self, problem: StorageUnavailableError | None, *, resume: bool) -> None:
        """Wait while nothing can be stored; go on when it can; notice a session that was taken away."""
        if not self.status.state.running:
            if problem is None:
                self._remove_leftover()
            return
        if problem is not None:
            self._wait_for_storage(problem)
        elif not self._slot.occupied:
            if resume or self.status.next_try_at is None:
                self._launch(by_itself=True)
        elif self._store is not None and self._store != session.identity(self._folder):
            # The core writes on into a file that nobody can open any more.
            log.error("session file was removed or replaced", extra={"instance": self.record.id})
            self._end_worker()
            now = self._around.clock()
            self._become(
                transition(self.status, InstanceState.RECONNECTING, now=now, reason="session-replaced")
            )
            self._launch(by_itself=True)

    def _storage_problem(self) -> StorageUnavailableError | None:
        try:
            self._around.require_sound()
        except StorageUnavailableError as error:
            return error
        return None

    def _wait_for_storage(self, problem: StorageUnavailableError) -> None:
        """End the worker: online it would lose what comes in; offline, WhatsApp keeps it for later."""
        if self._slot.occupied or self.status.reason != problem.code:
            self._end_worker()
            now = self._around.clock()
            self._become(
                transition(
                    self.status,
                    InstanceState.RECONNECTING,
                    now=now,
                    reason=problem.code,
                    detail=problem.detail,
                )
            )

    def ask(self, command: Ask) -> None:
        """Hand a command to the worker, when there is one in the right state; else say that it failed."""
        needed = InstanceState.PAIRING if isinstance(command, AskPairingCode) else InstanceState.CONNECTED
        problem = "not-connected"
        if self._slot.occupied and self.status.state is needed:
            try:
                self._slot.send(command)
                return
            except (InvalidInputError, WorkerLostError) as error:
                problem = error.code
        if isinstance(command, SendMessage):
            self._mail.not_sent(command.request_id, problem)
            self._around.changed(Topic.MESSAGES)
        elif isinstance(command, Query):
            self._around.inquiries.fail(command, problem)

    # -- the worker ----------------------------------------------------------------------------------------
    def _launch(self, *, by_itself: bool) -> None:
        now = self._around.clock()
        self._become(on_launch(self.status, now=now, by_itself=by_itself))
        if (problem := self._storage_problem()) is not None:
            self._wait_for_storage(problem)
            return
        try:
            if not by_itself:
                self._around.recreate_folder(self.record)
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
                transition(
                    self.status, InstanceState.RECONNECTING, now=now, reason=error.code, detail=error.detail
                )
            )
            return
        self._deadline = now + START_DEADLINE_S
        self._ledger.due_at = now + EVERY_S
        self._slot.attach(worker)

    def _session_usable(self) -> bool:
        """Look at the store before a worker opens it; False when the instance cannot start as it is."""
        self._remove_leftover()
        linked, flaw = inspect_session(self._folder, self.record)
        if flaw is None:
            self.status = replace(self.status, linked=linked)
            return True
        now = self._around.clock()
        self._mail.session_ended()
        if flaw.state is InstanceState.LOGGED_OUT and session.identity(self._folder):
            # The core took the device out on WhatsApp's word, and nobody lived to hear it.
            self._ledger.link_ended()
        self._ledger.update_record(linked=False)
        self._around.add_notice(Notice(flaw.reason, self.record.id, detail=flaw.detail, at=now))
        unusable = transition(self.status, flaw.state, now=now, reason=flaw.reason, detail=flaw.detail)
        self._become(replace(unusable, linked=False))
        return False

    def handled(self, event: WorkerEvent) -> None:
        """An event was taken out of the queue in which ``hear`` put it; the worker may say more."""
        self._slot.handled(event)

    def handle_event(self, generation: int, event: WorkerEvent) -> None:
        """What the worker of that number said."""
        if self._around.inquiries.resolve(event):
            return
        if self._mail.handle_event(event):
            self._around.changed(Topic.MESSAGES)
            return
        if not self._slot.is_current(generation):
            return
        if isinstance(event, WorkerStarted):
            self.worker_pid = event.pid
            self._around.changed(Topic.INSTANCES)
            return
        if isinstance(event, DataReceived):
            self.proof_at = event.at  # not worth waking every page for
            return
        if isinstance(event, MemoryUsed):
            self.worker_bytes = event.bytes
            return
        if isinstance(event, WorkerExited):
            self._after_worker()
        before = self.status
        status, after = reduce(before, event, now=self._around.clock())
        if status.reason == "pairing-failed" and (problem := self._storage_problem()) is not None:
            # The phone was told that it did not work; another QR comes when a session can be stored.
            self._wait_for_storage(problem)
            return
        if after is WorkerAction.KEEP:
            self._become(status)
            self._follow(before, status, event)
            return
        self._follow(before, status, event)
        self._end_worker_after(status)
        if isinstance(event, WorkerExited) and self._attempts.crashed(now=self._around.clock()):
            self._become(self._crashed(status))
        elif after is WorkerAction.RETRY:
            self._retry(status)
        else:
            self._become(self._explained(status))

    def _end_worker_after(self, status: Status) -> None:
        """End the worker; when its link has ended, its session goes too."""
        if status.state is not InstanceState.LOGGED_OUT:
            self._end_worker()
            return
        self._ledger.await_unlinked()
        self._end_worker()
        self._ledger.link_ended()
        self._remove_leftover()

    def _remove_leftover(self) -> None:
        if self._ledger.remove_leftover():
            self._mail.session_ended()

    def _crashed(self, status: Status) -> Status:
        """Leave a worker that dies again and again alone for a while, and say where its last words are."""
        now = self._around.clock()
        failed = transition(status, InstanceState.FAILED, now=now, reason="worker-crashed", detail=WORKER_LOG)
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
            self._store = self._store or session.identity(self._folder)
        if status.state is InstanceState.CONNECTED and before.state is not InstanceState.CONNECTED:
            self.proof_at = now = self._around.clock()
            self._attempts.connected(now=now)
        paired = isinstance(event, LoginOutcome) and event.outcome == "success"
        self._ledger.on_transition(before, status, paired=paired)
        if status.state is not before.state:
            log.info(
                "%s -> %s %s", before.state, status.state, status.reason, extra={"instance": self.record.id}
            )

    def _retry(self, status: Status) -> None:
        """Plan the next attempt after a wait that grows until a connection proved stable."""
        self._become(replace(status, next_try_at=self._attempts.next_at(now=self._around.clock())))

    def _end_worker(self) -> None:
        """End the process; then shrink what it left on disk. Returns when it is gone."""
        if self._slot.stop():
            self._after_worker()

    def _after_worker(self) -> None:
        self._slot.detach()
        self.worker_pid = self.worker_bytes = self._deadline = self._store = None
        self._mail.worker_lost()
        self._around.inquiries.worker_lost(self.record.id)
        self._ledger.checkpoint()

    def _become(self, status: Status) -> None:
        before, self.status = self.status, status
        self._around.changed(Topic.INSTANCES)
        self._ledger.add_transition_entry(before, status)
