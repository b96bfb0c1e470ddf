"""What one instance does at every message: a person's wish, the clock, the disk, an event of its worker.

Nothing here waits for anything but the end of a worker, and nothing is locked: one thread calls it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final, assert_never

from core.engine.whatsapp.version import installed_core
from core.errors import CorruptFileError, InvalidInputError, StorageUnavailableError, WorkerLostError
from core.messages.arrival_replay import ArrivalReplay
from core.messages.write_behind import MessageWriter
from core.models.codes import RefusalCode, StateReason
from core.models.instance import InstanceRecord, InstanceState
from core.models.profile.commands import RejectCall
from core.models.profile.events import CallOffered, CallRejected
from core.models.timeline import HistoryKind
from core.models.topic import Topic
from core.models.worker_commands import ArrivalsStored, AskPairingCode, LogOut, Query, SendMessage, UseSecret
from core.models.worker_events import (
    ChatEvent,
    Connected,
    ConnectionEvent,
    DataReceived,
    KeepAliveRestored,
    LoginOutcome,
    MemoryUsed,
    MessageEvent,
    MessageFailed,
    MessageSent,
    PhoneSeen,
    PresenceShown,
    QueryReply,
    Receipt,
    SecretWanted,
    TemporaryBan,
    Typing,
    WentOnline,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.registry.calls.call_rejection import CallRejection
from core.registry.commands import (
    ENDED,
    AllowNewContacts,
    Close,
    Command,
    Deliver,
    FromWorker,
    HealthCommand,
    InstanceCommand,
    InstanceSnapshot,
    MarkMovedOut,
    Move,
    NoteMovedOut,
    RemoveSession,
    Rename,
    Restart,
    Resumed,
    SendGivenUp,
    SetCallRejection,
    SetDailyTest,
    SetPresence,
    Start,
    StateCommand,
    Stop,
    StorageChanged,
    Tick,
)
from core.registry.context import SupervisorContext
from core.registry.health.monitor import HealthMonitor
from core.registry.instance_writer import InstanceWriter
from core.registry.lifecycle import Status, WorkerAction, reduce, transition
from core.registry.presence.own_presence import OwnPresence
from core.registry.retry import CRASH_PAUSE_S
from core.registry.worker_runner import WorkerRunner
from core.registry.workers import WorkerSlot
from core.store import session
from core.store.layout import WORKER_LOG, instance_dir

log = logging.getLogger(__name__)

QUIET_S: Final = 0.2
"""Without an event for so long, the timeline is written."""
LONGEST_WAIT_S: Final = 3600.0
UNANSWERED_S: Final = 15.0
"""So long after a command of whose outcome nothing certain is told, it may still be under way."""


class InstanceController:
    """Decides what every message means for the worker, the record, the timeline and the messages.

    Threading: its supervisor's thread only, but for ``snapshot``.
    """

    def __init__(
        self, record: InstanceRecord, context: SupervisorContext, *, post: Callable[[FromWorker], None]
    ) -> None:
        """``post`` is called in the worker's reader thread; what it gets must come back to ``handle``."""
        self._context = context
        self._folder = instance_dir(context.auth_dir, record.id)
        self._writer = InstanceWriter(record, self._folder, save=context.save, clock=context.clock)
        self._messages = MessageWriter(record.id, context.outbox, context.inbox, clock=context.clock)
        self._arrivals = ArrivalReplay(record.id, self._folder, self._messages, clock=context.clock)
        self._monitor = HealthMonitor(self._writer, context.outbox, clock=context.clock)
        self._slot = WorkerSlot(
            record.id, on_event=lambda generation, event: post(FromWorker(generation, event))
        )
        self._runner = WorkerRunner(
            self._folder,
            context,
            slot=self._slot,
            writer=self._writer,
            messages=self._messages,
            arrivals=self._arrivals,
        )
        self._runner.sending = self._monitor.health
        self._runner.publish()
        self._presence = OwnPresence(
            self._writer,
            online=self._is_online,
            send=self._slot.send,
            changed=self._runner.announce,
            clock=context.clock,
        )
        self._calls = CallRejection(
            self._writer,
            send=self._send_unanswered,
            on_rejected=context.on_call_rejected,
            changed=self._runner.announce,
            clock=context.clock,
        )
        self._held: list[InstanceCommand] = []
        """What came while the instance moved from one worker to another."""
        self._unanswered_until = 0.0

    @property
    def snapshot(self) -> InstanceSnapshot:
        """Return what was published last. Threading: safe from any thread."""
        return self._runner.snapshot

    @property
    def awaits_disk_check(self) -> bool:
        """Return whether a check that finds the disk well may change anything. Threading: any; reads only.

        While the instance runs as it should, that is a look at its session's file; who gets no check is not
        woken for it.
        """
        status = self.snapshot.status
        if not status.state.running:
            return self._writer.has_leftover
        if self.snapshot.worker_pid is None:
            return status.next_try_at is None
        return self._runner.session_replaced()

    def loaded(self) -> None:
        """Note in the timeline that the process started: the instance is from an earlier one."""
        self._writer.add_timeline_entry(HistoryKind.PROCESS_STARTED)
        self._arrivals.left()
        if self._writer.record.phone and not self._writer.record.linked:
            # That process may have ended between the end of the link and the removal of its session.
            self._writer.link_ended()

    def handle(self, message: Command) -> None:
        """Do what ``message`` says, then publish the outcome. After an unexpected error, call ``recover``."""
        if isinstance(message, HealthCommand):
            self._monitor.handle(message)
        else:
            self._carry_out(message)
        self._deliver_held()
        if self._concerns_health(message):
            self._observe(message)
        self._runner.publish()

    def _carry_out(self, message: StateCommand) -> None:
        match message:
            case FromWorker():
                if message.generation != ENDED:
                    self._slot.handled(message.event)
                self._on_event(message.generation, message.event)
            case Tick():
                self._on_tick()
            case Deliver():
                self._deliver(message.command)
            case Start() | Stop() | Restart() | Move():
                self._run(message)
            case Rename() | SetPresence() | SetCallRejection():
                self._configure(message)
            case MarkMovedOut() | NoteMovedOut():
                self._move_out(message)
            case RemoveSession():
                self._remove_session()
            case Resumed():
                self._on_resume_from_suspend()
            case StorageChanged():
                self._on_storage_check(message.problem, resume=message.resume)
            case Close():
                self._close()
            case _:
                assert_never(message)

    def recover(self) -> None:
        """Schedule a retry if the instance should run but has no worker and no attempt is planned."""
        status = self._runner.status
        if status.state.running and not self._slot.occupied and status.next_try_at is None:
            self._runner.retry(
                self._runner.change(InstanceState.RECONNECTING, reason=StateReason.INTERNAL_ERROR)
            )
        self._runner.publish()

    def time_left(self) -> float | None:
        """Return the seconds until something is due; None when nothing is."""
        plans = (self._runner.deadline, self._runner.status.next_try_at, self._messages.due_at)
        others = (self._arrivals.due_at, self._presence.due_at, self._monitor.due_at)
        due = [at for at in (*plans, *others) if at is not None]
        if self._slot.occupied or self._writer.unsaved:
            due.append(self._writer.due_at)
        # No lock waits for centuries, as a ban may last; and the wait follows no change of the wall clock.
        longest = QUIET_S if self._writer.has_unwritten_entries else LONGEST_WAIT_S
        typing_s = self._context.typing.time_left(self._writer.record.id)
        longest = longest if typing_s is None else min(longest, typing_s)
        if not due:
            return longest if longest < LONGEST_WAIT_S else None
        return min(max(0.0, min(due) - self._context.clock()), longest)

    # -- what a person or the process asks for ---------------------------------------------------------------
    def _run(self, message: Start | Stop | Restart | Move) -> None:
        match message:
            case Start(confirmed=False) | Restart() if self._is_moved_out():
                # Also at the start of the process, and after a deletion that failed.
                log.warning(
                    "not started: it was moved to another system", extra={"instance": self._writer.record.id}
                )
            case Start():
                self._start()
            case Stop():
                self._stop()
            case Restart():
                self._restart()
            case Move():
                self._move()

    def _start(self) -> None:
        running = self._runner.status.state.running
        if running and self._slot.occupied:
            return
        # Waiting out a backoff counts as running: a person asks, so try at once, but later waits stay long.
        if not running:
            self._runner.retries.reset()
        self._writer.update_record(wanted=True, moved_out_at=0.0)
        self._runner.launch(automatic=False)

    def _stop(self) -> None:
        self._writer.update_record(wanted=False)
        self._runner.end()
        status = self._runner.status
        if status.state is not InstanceState.STOPPED or status.reason:
            self._runner.become(self._runner.change(InstanceState.STOPPED))

    def _restart(self) -> None:
        self._runner.end()
        self._runner.become(self._runner.change(InstanceState.STOPPED))
        self._start()

    def _move(self) -> None:
        """Go on in another worker, unless something is under way: what is held by this one would be lost."""
        if self._is_online() and not self._is_busy():
            log.info("moving to another worker", extra={"instance": self._writer.record.id})
            self._runner.move()

    def _is_busy(self) -> bool:
        """Return whether the worker was given anything that it may not have finished."""
        instance_id, context = self._writer.record.id, self._context
        if context.outbox.is_sending(instance_id) or context.queries.has_pending(instance_id):
            return True
        return context.clock() < self._unanswered_until

    def _remove_session(self) -> None:
        self._runner.end()
        session.remove_session(self._folder)
        self._messages.session_ended()
        self._writer.update_record(wanted=False, linked=False, moved_out_at=0.0)
        now = self._context.clock()
        stopped = self._runner.change(InstanceState.STOPPED)
        removed = transition(stopped, InstanceState.LOGGED_OUT, now=now, reason=StateReason.REMOVED_HERE)
        self._runner.become(replace(removed, linked=False))

    def _is_moved_out(self) -> bool:
        """Return whether the session here is one that another system has; a pairing makes another one."""
        return self._writer.record.linked and bool(self._writer.record.moved_out_at)

    def _move_out(self, message: MarkMovedOut | NoteMovedOut) -> None:
        """Mark the instance as moved out; what was started in the meantime is stopped first."""
        match message:
            case MarkMovedOut(on=False):
                self._writer.update_record(moved_out_at=0.0)
            case MarkMovedOut():
                self._stop()
                self._writer.update_record(
                    moved_out_at=self._writer.record.moved_out_at or self._context.clock()
                )
            case NoteMovedOut():
                self._stop()
                self._writer.update_record(moved_out_at=self._context.clock())
                self._writer.add_timeline_entry(HistoryKind.MOVED_OUT)
        self._runner.announce()

    def _configure(self, message: Rename | SetPresence | SetCallRejection) -> None:
        match message:
            case Rename():
                self._rename(message.name)
            case SetPresence():
                self._presence.configured(message.mode, message.receipts)
            case SetCallRejection():
                self._calls.configured(on=message.on, text=message.text)

    def _rename(self, name: str) -> None:
        self._writer.update_record(name=name)
        self._writer.add_timeline_entry(HistoryKind.RENAMED, detail=name)
        self._runner.announce()

    def _deliver(self, command: InstanceCommand) -> None:
        """Pass a command to a worker in the right state; settle it as failed without one."""
        if self._runner.moving:
            self._held.append(command)
            return
        needed = InstanceState.PAIRING if isinstance(command, AskPairingCode) else InstanceState.CONNECTED
        problem: str = RefusalCode.NOT_CONNECTED
        if self._slot.occupied and self._runner.status.state is needed and not self._is_given_up(command):
            try:
                if isinstance(command, LogOut):
                    self._send_unanswered(command)
                else:
                    self._slot.send(command)
                return
            except (InvalidInputError, WorkerLostError) as error:
                problem = error.code
        if isinstance(command, SendMessage):
            self._messages.not_sent(command.request_id, problem)
            self._context.publish(Topic.MESSAGES)
        elif isinstance(command, Query):
            self._context.queries.fail(command, problem)

    def _deliver_held(self) -> None:
        """Pass on what waited for a move to end, in order."""
        if self._held and not self._runner.moving:
            held, self._held = self._held, []
            for command in held:
                self._deliver(command)

    def _is_given_up(self, command: InstanceCommand) -> bool:
        """Return whether its sender was told that no worker is left to send it: then it must not go out."""
        return isinstance(command, SendMessage) and self._context.outbox.is_given_up(
            command.instance_id, command.request_id
        )

    def _close(self) -> None:
        self._runner.end()
        self._arrivals.replay()
        self._messages.write(last=True)
        self._writer.flush_timeline()

    # -- the clock, the machine and the disk -----------------------------------------------------------------
    def _on_tick(self) -> None:
        self._messages.write()
        self._settle_arrivals()
        if self._context.typing.expire(self._writer.record.id):
            self._context.publish(Topic.TYPING)
        if self._writer.has_unwritten_entries:
            self._writer.flush_timeline()
            self._context.publish(Topic.TIMELINE)
        self._presence.tick()
        now, deadline = self._context.clock(), self._runner.deadline
        next_try_at = self._runner.status.next_try_at
        if next_try_at is not None and now >= next_try_at:
            self._runner.launch(automatic=True)
        elif deadline is not None and now >= deadline:
            self._runner.end()
            self._runner.retry(self._runner.change(InstanceState.RECONNECTING, reason=StateReason.NO_ANSWER))
        elif now >= self._writer.due_at:
            self._writer.checkpoint()

    def _settle_arrivals(self) -> None:
        """Store what ended workers left, and tell the present one what of its own is stored."""
        if self._arrivals.replay():
            self._context.publish(Topic.MESSAGES)
        self._tell_stored()

    def _tell_stored(self) -> None:
        if (count := self._arrivals.stored()) is not None:
            with contextlib.suppress(WorkerLostError, InvalidInputError):  # its journal is read at its end
                self._slot.send(ArrivalsStored(self._writer.record.id, count))

    def _on_resume_from_suspend(self) -> None:
        if self._slot.occupied and self._runner.status.linked:
            self._runner.replace_worker(StateReason.MACHINE_SLEPT)

    def _on_storage_check(self, problem: StorageUnavailableError | None, *, resume: bool) -> None:
        """Wait while nothing can be stored; go on when it can; notice a session that was taken away."""
        status = self._runner.status
        if not status.state.running:
            if problem is None:
                self._runner.remove_leftover()
        elif problem is not None:
            self._runner.wait_for_storage(problem)
        elif not self._slot.occupied:
            if resume or status.next_try_at is None:
                self._runner.launch(automatic=True)
        elif self._runner.session_replaced():
            # The core writes on into a file that cannot be opened any more.
            log.error("session file was removed or replaced", extra={"instance": self._writer.record.id})
            self._runner.replace_worker(StateReason.SESSION_REPLACED)

    # -- whether it can send ---------------------------------------------------------------------------------
    def _concerns_health(self, message: Command) -> bool:
        """Return whether the health may be another now."""
        if self._monitor.is_due:
            return True
        match message:
            case AllowNewContacts() | SetDailyTest() | SendGivenUp() | Deliver(command=SendMessage()):
                return True
            case FromWorker(event=MessageFailed() | TemporaryBan() | Connected()):
                return True
            case FromWorker(event=MessageSent() | Receipt()):
                return self._monitor.is_open  # a flood of them costs nothing while all is well
        return False

    def _observe(self, message: Command) -> None:
        """Look at the health, and wake the pages when it is another."""
        event = message.event if isinstance(message, FromWorker) else None
        code = event.code if isinstance(event, TemporaryBan) else 0
        health = self._monitor.observe(self._runner.status, ban_code=code)
        if health != self._runner.sending:
            self._runner.sending = health
            self._runner.announce()

    # -- events of the worker --------------------------------------------------------------------------------
    def _on_event(self, generation: int, event: WorkerEvent) -> None:
        """Pass an event to what its family concerns; only the present worker's may change the state."""
        if isinstance(event, QueryReply):
            self._context.queries.resolve(event)
        elif isinstance(event, MessageEvent):
            self._messages.handle_event(event)
            if self._slot.is_current(generation):
                self._arrivals.received()
                self._tell_stored()
            else:
                self._arrivals.left()
            self._context.publish(Topic.MESSAGES)
        elif isinstance(event, ChatEvent):
            if self._slot.is_current(generation):
                self._on_chat_event(event)
        elif isinstance(event, ConnectionEvent):
            if self._slot.is_current(generation):
                self._on_connection_event(event)
        else:
            assert_never(event)

    def _on_chat_event(self, event: ChatEvent) -> None:
        match event:
            case Typing():
                if self._context.typing.handle_event(event):
                    self._context.publish(Topic.TYPING)
            case SecretWanted():
                self._give_secret(event)
            case CallOffered():
                self._calls.offered(event)
            case CallRejected():
                self._calls.rejected(event)

    def _give_secret(self, event: SecretWanted) -> None:
        """Read the secret that opens a sealed message; without one, the message stays closed."""
        try:
            found = session.message_secrets(self._folder, event.target_id)
        except (StorageUnavailableError, CorruptFileError) as error:
            log.warning("no secret read: %s", error, extra={"instance": event.instance_id})
            found = ()
        with contextlib.suppress(WorkerLostError, InvalidInputError):  # what it held is gone with it
            self._send_unanswered(UseSecret(event.instance_id, event.message_id, found))

    def _send_unanswered(self, command: LogOut | UseSecret | RejectCall) -> None:
        """Send a command to which no answer is certain. Raises WorkerLostError, InvalidInputError."""
        self._slot.send(command)
        self._unanswered_until = self._context.clock() + UNANSWERED_S

    def _on_connection_event(self, event: ConnectionEvent) -> None:
        match event:
            case WorkerStarted():
                self._runner.worker_pid = event.pid
                self._runner.announce()
            case DataReceived():
                self._runner.last_data_at = event.at  # not worth waking every page for
            case MemoryUsed():
                self._runner.worker_bytes = event.bytes
            case PresenceShown():
                self._presence.answered(event)
            case WentOnline():
                self._presence.went_online(event)
            case PhoneSeen():
                self._presence.phone_seen(event)
            case WorkerExited(replaced=True):
                self._runner.worker_replaced()
            case WorkerExited():
                if self._context.typing.forget(event.instance_id):
                    self._context.publish(Topic.TYPING)
                self._runner.after_exit()
                self._change_state(event)
            case _:
                self._change_state(event)

    def _change_state(self, event: ConnectionEvent) -> None:
        """Become what the lifecycle says, and do with the worker what it says."""
        before = self._runner.status
        status, action = reduce(before, event, now=self._context.clock())
        if (
            status.reason == StateReason.PAIRING_FAILED
            and (problem := self._runner.storage_problem()) is not None
        ):
            # The phone was told that it did not work; another QR comes when a session can be stored.
            self._runner.wait_for_storage(problem)
            return
        if action is WorkerAction.KEEP:
            if _connects(status, event):
                self._presence.listen()  # before pages see it: else weeks offline would look like silence
            self._runner.become(status)
            self._follow(before, status, event)
            return
        self._follow(before, status, event)
        if status.state is InstanceState.LOGGED_OUT:
            self._runner.end_unlinked()
        else:
            self._runner.end()
        shared = isinstance(event, WorkerExited) and event.shared
        crashed = isinstance(event, WorkerExited) and not shared
        if crashed and self._runner.retries.crashed(now=self._context.clock()):
            self._leave_alone()
        elif action is WorkerAction.RETRY:
            self._runner.retry(status, at_once=shared)
        else:
            self._runner.become(_explained(status))

    def _follow(self, before: Status, status: Status, event: ConnectionEvent) -> None:
        """Adjust the deadline, the attempts and the record to a change of state."""
        if status.state not in (InstanceState.STARTING, before.state):
            self._runner.deadline = None
            self._runner.remember_session()
        if status.state is InstanceState.CONNECTED and before.state is not InstanceState.CONNECTED:
            self._runner.retries.connected(now=self._context.clock())
        if isinstance(event, Connected):
            self._runner.settled()
        paired = isinstance(event, LoginOutcome) and event.outcome == "success"
        self._writer.on_transition(before, status, paired=paired)
        if paired:
            self._presence.paired()
        if _connects(status, event):
            self._presence.connected()
        if status.state is not before.state:
            instance = {"instance": self._writer.record.id}
            log.info("%s -> %s %s", before.state, status.state, status.reason, extra=instance)

    def _is_online(self) -> bool:
        connected = self._runner.status.state is InstanceState.CONNECTED
        return self._slot.occupied and connected and not self._runner.moving

    def _leave_alone(self) -> None:
        """Pause after repeated crashes; the detail names the log with the last output of the worker."""
        failed = self._runner.change(
            InstanceState.FAILED, reason=StateReason.WORKER_CRASHED, detail=WORKER_LOG
        )
        self._runner.become(replace(failed, next_try_at=self._context.clock() + CRASH_PAUSE_S))


def _connects(status: Status, event: ConnectionEvent) -> bool:
    """Return whether a connection begins with ``event``, also one that follows another at once."""
    return status.state is InstanceState.CONNECTED and isinstance(event, Connected | KeepAliveRestored)


def _explained(status: Status) -> Status:
    """Return the status with the version of a core that WhatsApp calls outdated."""
    if status.reason != StateReason.CLIENT_OUTDATED:
        return status
    version, built = installed_core()
    return replace(status, detail=f"{version}, {built}" if built else version)
