"""The worker of one instance and its status, in step: started, retried, replaced, ended, published."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.engine.protocol import WorkerSpec
from core.errors import StorageUnavailableError, WorkerLostError
from core.messages.arrival_replay import ArrivalReplay
from core.messages.write_behind import MessageWriter
from core.models.codes import StateReason
from core.models.health.sending import SendingHealth
from core.models.instance import InstanceState
from core.models.storage import Notice
from core.models.topic import Topic
from core.registry.commands import InstanceSnapshot
from core.registry.context import SupervisorContext
from core.registry.instance_writer import EVERY_S, InstanceWriter
from core.registry.lifecycle import Status, on_launch, transition
from core.registry.retry import RetryState
from core.registry.workers import WorkerSlot
from core.store import session
from core.store.layout import WORKER_LOG
from core.store.session import inspect_session

log = logging.getLogger(__name__)

MOVE_DEADLINE_S: Final = 10.0
"""An instance that has not connected in its other worker by then is no longer said to be connected."""
LEAVE_DEADLINE_S: Final = 10.0
"""A worker that is left for another has more time to end than one that is stopped: no page waits for it, and
to end it costs all that are in it their process.
"""
START_DEADLINE_S: Final = 30.0
"""A worker that has neither connected nor shown a QR by then is ended and started again."""


class WorkerRunner:
    """Keeps one instance's status and worker in step.

    Threading: the supervisor's only; ``snapshot`` may be read from any thread, it is replaced whole.
    """

    def __init__(  # noqa: PLR0913  # what it keeps in step
        self,
        folder: Path,
        context: SupervisorContext,
        *,
        slot: WorkerSlot,
        writer: InstanceWriter,
        messages: MessageWriter,
        arrivals: ArrivalReplay,
    ) -> None:
        record = writer.record
        self.status = Status(
            InstanceState.STOPPED, since=context.clock(), linked=record.linked, phone=record.phone
        )
        """As of now; ``snapshot`` holds what was published."""
        self.snapshot = InstanceSnapshot(record, self.status)
        self.worker_pid: int | None = None
        self.worker_bytes: int | None = None
        self.last_data_at: float | None = None
        self.sending = SendingHealth()
        self.deadline: float | None = None
        """When the worker is given up, unless it has connected or shown a QR; None without such a time."""
        self.moving = False
        """True while another worker connects an instance that pages see connected all the while."""
        self.retries = RetryState(context.backoff, context.random)
        self._folder = folder
        self._context = context
        self._slot = slot
        self._writer = writer
        self._messages = messages
        self._arrivals = arrivals
        self._session: tuple[int, int] | None = None

    # -- what is published -----------------------------------------------------------------------------------
    def publish(self) -> None:
        """Replace the snapshot, without waking the pages."""
        self.snapshot = InstanceSnapshot(
            self._writer.record,
            self.status,
            restarts=self.retries.restarts,
            worker_pid=self.worker_pid,
            last_data_at=self.last_data_at,
            worker_bytes=self.worker_bytes,
            sending=self.sending,
        )

    def announce(self) -> None:
        """Replace the snapshot, then wake the pages: in the other order they would see the old one."""
        self.publish()
        self._context.publish(Topic.INSTANCES)

    def become(self, status: Status) -> None:
        """Take another status, announce it and note it in the timeline."""
        before, self.status = self.status, status
        self.moving = self.moving and status.state is InstanceState.CONNECTED
        if status.state is InstanceState.CONNECTED and before.state is not InstanceState.CONNECTED:
            self.last_data_at = self._context.clock()
        self.announce()
        self._writer.add_transition_entry(before, status)

    def change(self, to: InstanceState, *, reason: str = "", detail: str = "") -> Status:
        """Return the status after a change to ``to`` now. Raises InvalidTransitionError."""
        return transition(self.status, to, now=self._context.clock(), reason=reason, detail=detail)

    # -- starting --------------------------------------------------------------------------------------------
    def launch(self, *, automatic: bool) -> None:
        """Start a worker, or plan another attempt; ``automatic`` when no person asked for it."""
        self.become(on_launch(self.status, now=self._context.clock(), automatic=automatic))
        self._open(automatic=automatic, deadline_s=START_DEADLINE_S)

    def move(self) -> None:
        """Put a connected instance into another worker. Only while nothing is under way in this one."""
        if self._slot.stop(deadline_s=LEAVE_DEADLINE_S):
            self.after_exit(but_sending=True)
        self._open_again()

    def worker_replaced(self) -> None:
        """Start another worker for one that was ended for the sake of another instance."""
        self.after_exit()
        if self.status.state is InstanceState.CONNECTED:
            self._open_again()
            return
        if self.status.state is InstanceState.PAIRING:
            self.become(self.change(InstanceState.RECONNECTING, reason=StateReason.WORKER_EXITED))
        self.launch(automatic=True)

    def settled(self) -> None:
        """Note that the worker has connected."""
        self.moving, self.deadline = False, None
        self.remember_session()

    def _open_again(self) -> None:
        self._open(automatic=True, deadline_s=MOVE_DEADLINE_S)
        self.moving = self._slot.occupied

    def _open(self, *, automatic: bool, deadline_s: float) -> None:
        """Start a worker if one can be started, or plan another attempt."""
        now = self._context.clock()
        if (problem := self.storage_problem()) is not None:
            self.wait_for_storage(problem)
            return
        record = self._writer.record
        try:
            if not automatic:
                self._context.recreate_folder(record)
            if not self._session_usable():
                return
            spec = WorkerSpec(
                instance_id=record.id,
                device_name=record.name,
                store_path=str(session.session_path(self._folder)),
                log_path=str(self._folder / WORKER_LOG),
                history=record.history,
                paired=self.status.linked,
                journal=self._arrivals.begin(),
            )
            worker = self._context.launch(spec)
        except (StorageUnavailableError, WorkerLostError) as error:
            log.warning("cannot start: %s", error, extra={"instance": record.id})
            self.retry(self.change(InstanceState.RECONNECTING, reason=error.code, detail=error.detail))
            return
        self.deadline = now + deadline_s
        self._writer.due_at = now + EVERY_S
        self._slot.attach(worker)

    def replace_worker(self, reason: str) -> None:
        """End the worker and start another at once, for ``reason``."""
        self.end()
        self.become(self.change(InstanceState.RECONNECTING, reason=reason))
        self.launch(automatic=True)

    def retry(self, status: Status, *, at_once: bool = False) -> None:
        """Plan the next attempt after a wait that grows until a connection proved stable.

        ``at_once``: the first one without a wait.
        """
        next_at = self.retries.next_at(now=self._context.clock(), at_once=at_once)
        self.become(replace(status, next_try_at=next_at))

    def _session_usable(self) -> bool:
        """Check the session before a worker opens it; return False when the instance cannot start."""
        self.remove_leftover()
        linked, problem = inspect_session(self._folder, self._writer.record)
        if problem is None:
            self.status = replace(self.status, linked=linked)
            return True
        self._messages.session_ended()
        if problem.state is InstanceState.LOGGED_OUT and session.identity(self._folder):
            # The core took the device out on WhatsApp's word, and its process ended before it told us.
            self._writer.link_ended()
        self._writer.update_record(linked=False)
        instance_id, now = self._writer.record.id, self._context.clock()
        self._context.add_notice(Notice(problem.reason, instance_id, detail=problem.detail, at=now))
        unusable = self.change(problem.state, reason=problem.reason, detail=problem.detail)
        self.become(replace(unusable, linked=False))
        return False

    # -- the storage -----------------------------------------------------------------------------------------
    def storage_problem(self) -> StorageUnavailableError | None:
        """Check now whether a session can be stored; return the problem, None when all is well."""
        try:
            self._context.require_writable()
        except StorageUnavailableError as error:
            return error
        return None

    def wait_for_storage(self, problem: StorageUnavailableError) -> None:
        """End the worker: online it would lose what comes in; offline, WhatsApp keeps it for later."""
        if self._slot.occupied or self.status.reason != problem.code:
            self.end()
            self.become(self.change(InstanceState.RECONNECTING, reason=problem.code, detail=problem.detail))

    def session_replaced(self) -> bool:
        """Return whether the session's file is no longer the one that the worker opened."""
        return self._session is not None and self._session != session.identity(self._folder)

    def remember_session(self) -> None:
        """Note which file the worker has opened, once for each worker."""
        self._session = self._session or session.identity(self._folder)

    def remove_leftover(self) -> None:
        """Remove the session of a link that has ended, if there is one; only without a worker."""
        if self._writer.remove_leftover():
            self._messages.session_ended()

    # -- ending ----------------------------------------------------------------------------------------------
    def end(self) -> None:
        """End the process; then shrink what it left on disk. Returns when it is gone."""
        if self._slot.stop():
            self.after_exit()

    def end_unlinked(self) -> None:
        """End the worker of a link that has ended, and remove its session."""
        self._writer.await_unlinked()
        self.end()
        self._writer.link_ended()
        self.remove_leftover()

    def after_exit(self, *, but_sending: bool = False) -> None:
        """Clear what belonged to a worker that is gone; its open sends and queries are settled as lost.

        ``but_sending``: nothing was under way in it, and what waits for its turn is for the next one.
        """
        self._slot.detach()
        self.moving = False
        self.worker_pid = self.worker_bytes = self.deadline = self._session = None
        self._messages.worker_lost(but_sending=but_sending)
        self._arrivals.worker_ended()
        if not but_sending:
            self._context.queries.worker_lost(self._writer.record.id)
        self._writer.checkpoint()
