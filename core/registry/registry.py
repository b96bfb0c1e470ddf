"""All instances of this process: started with it, created, commanded, and stopped in order."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from core.engine.whatsapp.version import installed_core
from core.errors import (
    AppError,
    InvalidInputError,
    NotConnectedError,
    StorageUnavailableError,
    UnknownInstanceError,
)
from core.hosting.persistence.host import boot_id
from core.locale import translation
from core.messages.conversations import Conversations
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox, RateCheck
from core.messages.typing import TypingMemory
from core.models.codes import InputCode, RefusalCode, StateReason
from core.models.content import Content, Kind
from core.models.instance import InstanceRecord, InstanceState, InstanceView, PresenceMode
from core.models.messages import LatestMessage, SendState, SentMessage
from core.models.profile.events import CallRejected
from core.models.storage import StorageProblem, StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.topic import Topic
from core.models.worker_commands import UNKNOWN_TIMER, AskPairingCode, LogOut, Query, SendMessage, ShowTyping
from core.models.worker_events import InboxEvent, QueryReply, SendEvent
from core.registry.admission import Admission
from core.registry.change_notifier import ChangeNotifier
from core.registry.commands import (
    ENDED,
    AllowNewContacts,
    Close,
    Deliver,
    FromWorker,
    MarkMovedOut,
    Move,
    NoteMovedOut,
    RemoveSession,
    Rename,
    Restart,
    SendGivenUp,
    SetCallRejection,
    SetDailyTest,
    SetPresence,
    Start,
    Stop,
)
from core.registry.context import SupervisorContext
from core.registry.health.daily_test import DailyTests
from core.registry.moving.adoption import Adoption
from core.registry.moving.devices import Devices
from core.registry.open_sends import OpenSends
from core.registry.packing.pool import PackedWorkers
from core.registry.pending_queries import PendingQueries
from core.registry.startup import Startup
from core.registry.storage import StorageMonitor, StorageStatus
from core.registry.supervisor import Supervisor
from core.registry.supervisors import Supervisors
from core.registry.trash import Trash
from core.registry.workers import WorkerPool
from core.settings import Settings
from core.store import known_contacts, session
from core.store import timeline as timeline_table
from core.store.instance_file import create_folder, read_record, renew_folder, write_record
from core.store.layout import RECORD_FILE, instance_dir, is_id, new_id
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

_STOP_ALL_S: Final = 6.0
_RENAME_S: Final = 2.0
_SET_S: Final = 2.0
_SECRET_BYTES: Final = 32
_TEST_S: Final = 15.0
"""For WhatsApp's answer to a daily test."""


class Registry:
    """The one owner of every instance.

    Threading: every method is safe from any thread. The lock guards the tables only and is never held while
    waiting for a worker or the disk, except for the short file writes of ``create``.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        on_change: Callable[[Topic, int], None] = lambda _topic, _version: None,
        on_open: Callable[[Sequence[InstanceRecord]], None] = lambda _records: None,
        on_call_rejected: Callable[[CallRejected], None] = lambda _call: None,
    ) -> None:
        """``on_change`` gets the topic and number of every change, as ``ChangeNotifier`` says.

        ``on_open`` gets what the folder holds, once, when it is ours and before anything in it starts.
        ``on_call_rejected`` gets each call whose caller is to get a text, and returns at once.
        """
        self._settings = settings
        self._clock = clock
        self._boot_id = boot_id()
        self._outbox = Outbox(clock=clock, folder_of=self._folder_of, boot_id=self._boot_id)
        self.inbox = Inbox(
            folder_of=self._folder_of,
            clock=clock,
            messages=settings.inbox_messages,
            days=settings.inbox_days,
        )
        self.typing = TypingMemory()
        """What the other sides are doing now."""
        self.conversations = Conversations(
            folder_of=self._folder_of, inbox=self.inbox, recent_sends=self._outbox.recent, clock=clock
        )
        self._queries = PendingQueries()
        self._changes = ChangeNotifier(on_change)
        self._open_sends = OpenSends(self._outbox, on_given_up=self._on_given_up)
        self._status = StorageStatus(settings.auth_dir, self._changes)
        self._monitor = StorageMonitor(settings.auth_dir, self._status)
        self._workers = WorkerPool()
        self._packed = PackedWorkers(
            self._workers.launch,
            seats=settings.instances_per_worker,
            folder=settings.auth_dir,
            move=self._move,
            on_late=self._take_late,
        )
        context = SupervisorContext(
            auth_dir=settings.auth_dir,
            launch=self._packed.launch if settings.instances_per_worker > 1 else self._workers.launch,
            save=self._save,
            recreate_folder=self._recreate_folder,
            publish=self._changes.publish,
            add_notice=self._status.add_notices,
            outbox=self._outbox,
            inbox=self.inbox,
            queries=self._queries,
            typing=self.typing,
            require_writable=self._monitor.require_writable,
            clock=clock,
            on_call_rejected=on_call_rejected,
        )
        self._supervisors = Supervisors(self._changes, context)
        devices = Devices(settings.auth_dir, self._supervisors)
        self.trash = Trash(
            settings.auth_dir, self._supervisors, self._status, self._monitor, devices, clock=clock
        )
        self._daily_tests = DailyTests(
            views=self.views, talked_at=self._talked_at, send=self._send_daily_test, clock=clock
        )
        self._startup = Startup(
            settings,
            self._supervisors,
            self._status,
            self._monitor,
            self._workers,
            on_open=on_open,
            trim_inbox=self._trim_inbox,
            each_round=self._each_round,
            clock=clock,
        )
        self._admission = Admission(
            self._supervisors,
            self._status,
            self._monitor,
            max_instances=settings.max_instances,
            closing=self._startup.closing,
        )
        self.moving = Adoption(settings.auth_dir, self._supervisors, self._admission, devices, clock=clock)
        """Sessions that come in."""

    # -- life ----------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Open ``AUTH_DIR`` and restore its instances in the background. Returns at once; call it once."""
        self._startup.start()

    def stop(self) -> None:
        """Stop accepting, then the supervisors with their workers, then the launcher, then free the lock.

        Idempotent. Returns within about 8 s, whatever hangs.
        """
        self._startup.end()
        supervisors = self._supervisors.all()
        for supervisor in supervisors:
            supervisor.post(Close())
        deadline = time.monotonic() + _STOP_ALL_S
        for supervisor in supervisors:
            supervisor.join(max(0.0, deadline - time.monotonic()))
        self._workers.close()
        session.close()
        self._startup.release()

    def _each_round(self) -> None:
        self._daily_tests.run_due()
        self._packed.review()

    def _move(self, instance_id: str) -> None:
        with contextlib.suppress(UnknownInstanceError):  # it was deleted meanwhile
            self._supervisors.get(instance_id).post(Move())

    def _on_given_up(self, instance_id: str) -> None:
        self._changes.publish(Topic.MESSAGES)
        with contextlib.suppress(UnknownInstanceError):  # it was deleted meanwhile
            self._supervisors.get(instance_id).post(SendGivenUp())

    def _take_late(self, event: InboxEvent | SendEvent) -> None:
        with contextlib.suppress(UnknownInstanceError):  # it was deleted meanwhile
            self._supervisors.get(event.instance_id).post(FromWorker(ENDED, event))

    def _folder_of(self, instance_id: str) -> Path:
        return instance_dir(self._settings.auth_dir, instance_id)

    def _save(self, record: InstanceRecord) -> None:
        self._monitor.require_same_folder()
        try:
            write_record(self._settings.auth_dir, record)
        except OSError as error:
            raise storage_error(error) from error

    def _recreate_folder(self, record: InstanceRecord) -> None:
        self._monitor.require_same_folder()
        try:
            renew_folder(self._settings.auth_dir, record)
        except OSError as error:
            raise storage_error(error) from error

    def flush_messages(self, instance_id: str) -> None:
        """Write what is in memory of an instance's messages; a disk that refuses is tried again later."""
        self._outbox.flush(instance_id)
        self.inbox.flush(instance_id)

    def _trim_inbox(self, instance_id: str) -> None:
        """Trim an inbox, and have the newest messages in memory before a page asks for them."""
        self.inbox.trim(instance_id)
        self._outbox.latest(instance_id)

    def _talked_at(self, instance_id: str) -> float:
        """Return when a message was last sent or received, in seconds since the epoch; 0 for never."""
        latest = (self.inbox.latest(instance_id), self._outbox.latest(instance_id))
        return max((message.at for message in latest if message is not None), default=0.0)

    def _send_daily_test(self, view: InstanceView, request_id: str) -> SentMessage:
        """Send an instance's own number a greeting in the app's language, as the button on its page does."""
        _ = translation(self._settings.language).gettext
        text = _("Hello! This is the daily test of “{name}”: it can send.").format(name=view.name)
        content = Content(Kind.TEXT, text=text)
        return self.send(
            view.id, to=view.phone, content=content, request_id=request_id, timeout=_TEST_S, wait=False
        )

    # -- what there is -------------------------------------------------------------------------------------
    def version(self) -> int:
        """Return a number that grows with every change of the views below, across restarts too."""
        return self._changes.version

    def publish(self, topic: Topic) -> None:
        """Count a change of ``topic`` that is not the registry's own, so that open pages draw it."""
        self._changes.publish(topic)

    def storage(self) -> StorageView:
        """Return whether ``AUTH_DIR`` can be used, and what was mended in it."""
        return self._status.view

    def views(self) -> tuple[InstanceView, ...]:
        """Return every instance, oldest first."""
        return self._supervisors.views()

    def view(self, instance_id: str) -> InstanceView:
        """Return one instance. Raises UnknownInstanceError."""
        return self._supervisors.view(instance_id)

    def wait_for(self, instance_id: str, test: Callable[[InstanceView], bool], *, timeout: float) -> bool:
        """Wait until ``test`` holds for the instance; return False after ``timeout`` seconds.

        Raises UnknownInstanceError.
        """
        return self._supervisors.wait_for(instance_id, test, timeout=timeout)

    def sent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """Return the last 200 sends through the instance, newest first, those of earlier processes too."""
        return self._outbox.recent(instance_id) if is_id(instance_id) else ()

    def latest_sent(self, instance_id: str) -> LatestMessage | None:
        """Return the newest send through the instance that did not fail; None when there is none."""
        return self._outbox.latest(instance_id) if is_id(instance_id) else None

    def verify_sent(self, instance_id: str, request_id: str) -> SentMessage:
        """Check again whether an uncertain send went out, and return it. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id)
        message = self._outbox.verify(instance_id, request_id)
        self._changes.publish(Topic.MESSAGES)
        return message

    # -- verbs ---------------------------------------------------------------------------------------------
    def create(self, name: str, *, history: bool = False, request_id: str = "") -> InstanceView:
        """Create an instance, store and start it; for a ``request_id`` seen before, return that one.

        ``history``: when it is linked, the phone's recent chats appear in it.

        Raises InvalidInputError (name-taken), LimitReachedError (instance-limit), StorageUnavailableError.
        """
        with self._changes:
            self._admission.require_open()
            if existing := self._supervisors.find_by_request(request_id):
                return existing
            self._admission.require_place(name)
            record = InstanceRecord(
                id=new_id(name), name=name, created_at=self._clock(), wanted=True, history=history
            )
            try:
                create_folder(self._settings.auth_dir, record)
            except OSError as error:
                raise storage_error(error) from error
            supervisor = self._supervisors.add(record)
            self._supervisors.remember_request(request_id, record.id)
        timeline_table.append(
            instance_dir(self._settings.auth_dir, record.id), HistoryKind.CREATED, at=record.created_at
        )
        supervisor.post(Start())
        return supervisor.snapshot().as_view()

    def start_instance(self, instance_id: str, *, confirmed: bool = False) -> None:
        """Start an instance. Idempotent.

        Raises UnknownInstanceError, and AppError (moved-out) unless ``confirmed``.
        """
        supervisor = self._supervisors.get(instance_id)
        if not confirmed:
            _require_not_moved_out(supervisor)
        supervisor.post(Start(confirmed=confirmed))

    def stop_instance(self, instance_id: str, *, timeout: float) -> bool:
        """Stop an instance; return True when it stopped within ``timeout`` s. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id).post(Stop())
        return self.wait_for(instance_id, lambda view: view.state is InstanceState.STOPPED, timeout=timeout)

    def mark_moved_out(self, instance_id: str, *, on: bool) -> None:
        """Stop an instance and mark it as moved to another system, on the disk; or take the mark away.

        Raises UnknownInstanceError, AppError (export-running) when it does not stop in time,
        StorageUnavailableError when the mark cannot be stored: take it away then.
        """
        self._supervisors.get(instance_id).post(MarkMovedOut(on))
        marked = self.wait_for(instance_id, lambda view: bool(view.moved_out_at) is on, timeout=_STOP_ALL_S)
        if on and not (marked and self.view(instance_id).state is InstanceState.STOPPED):
            raise AppError(RefusalCode.EXPORT_RUNNING)
        if on and not self._stored(instance_id).moved_out_at:
            # Two systems would have the session after the next start of this one.
            raise StorageUnavailableError(StorageProblem.ERROR, detail=RECORD_FILE)

    def _stored(self, instance_id: str) -> InstanceRecord:
        try:
            return read_record(self._settings.auth_dir, instance_id)
        except OSError as error:
            raise storage_error(error) from error

    def note_moved_out(self, instance_id: str) -> None:
        """Store that a session was handed out for another system. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id).post(NoteMovedOut())
        self.wait_for(instance_id, lambda view: bool(view.moved_out_at), timeout=_SET_S)

    def restart_instance(self, instance_id: str) -> None:
        """Replace the worker at once. Idempotent. Raises UnknownInstanceError, AppError (moved-out)."""
        supervisor = self._supervisors.get(instance_id)
        _require_not_moved_out(supervisor)
        supervisor.post(Restart())

    def rename(self, instance_id: str, name: str) -> None:
        """Give an instance another name. Raises UnknownInstanceError, InvalidInputError (name-taken)."""
        supervisor = self._supervisors.get(instance_id)
        if self._supervisors.is_taken(name, but=supervisor):
            raise InvalidInputError(InputCode.NAME_TAKEN, detail=name)
        supervisor.post(Rename(name))
        self.wait_for(instance_id, lambda view: view.name == name, timeout=_RENAME_S)

    def allow_new_contacts(self, instance_id: str) -> None:
        """End the pause of new contacts. Idempotent. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id).post(AllowNewContacts())
        self.wait_for(instance_id, lambda view: view.sending.restriction.paused_until is None, timeout=_SET_S)

    def set_daily_test(self, instance_id: str, *, on: bool) -> None:
        """Test an instance once a day, or no longer. Idempotent. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id).post(SetDailyTest(on))
        self.wait_for(instance_id, lambda view: bool(view.sending.daily_since) is on, timeout=_SET_S)

    def set_presence(
        self, instance_id: str, *, mode: PresenceMode | None = None, receipts: bool | None = None
    ) -> None:
        """Set when an instance shows itself, and whether senders see ✓✓; None leaves it as it is.

        Idempotent. Raises UnknownInstanceError.
        """
        self._supervisors.get(instance_id).post(SetPresence(mode, receipts))
        self.wait_for(
            instance_id,
            lambda view: mode in (None, view.presence) and receipts in (None, view.receipts),
            timeout=_RENAME_S,
        )

    def set_call_rejection(
        self, instance_id: str, *, on: bool | None = None, text: str | None = None
    ) -> None:
        """Set whether calls are rejected, and what their callers get; None leaves it as it is.

        Idempotent. Raises UnknownInstanceError.
        """
        self._supervisors.get(instance_id).post(SetCallRejection(on, text))
        self.wait_for(
            instance_id,
            lambda view: on in (None, view.reject_calls) and text in (None, view.reject_calls_text),
            timeout=_SET_S,
        )

    def unlink(self, instance_id: str, *, timeout: float) -> None:
        """Remove the device from the account at WhatsApp, and its session here.

        Raises UnknownInstanceError, NotConnectedError, AppError (log-out-failed) without WhatsApp's word.
        """
        supervisor = self._supervisors.get(instance_id)
        before = supervisor.snapshot().status  # it may still tell of an earlier refusal
        if before.state is not InstanceState.CONNECTED:
            raise NotConnectedError

        def answered() -> bool:
            status = supervisor.snapshot().status
            refused = status.reason == StateReason.LOG_OUT_FAILED and status is not before
            return refused or status.state is InstanceState.LOGGED_OUT

        supervisor.post(Deliver(LogOut(instance_id)))
        with self._changes:
            self._changes.wait_for(answered, timeout)
        status = supervisor.snapshot().status
        if status.state is not InstanceState.LOGGED_OUT:
            raise AppError(RefusalCode.LOG_OUT_FAILED, detail=status.detail)

    def forget(self, instance_id: str) -> None:
        """Remove the session of an instance here only. Idempotent. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id).post(RemoveSession())
        self.wait_for(instance_id, lambda view: view.reason == StateReason.REMOVED_HERE, timeout=_STOP_ALL_S)

    def ask_pairing_code(self, instance_id: str, number: str) -> None:
        """Ask for a code for the phone of ``number`` (digits); it appears in the view.

        Raises UnknownInstanceError, AppError (not-pairing) when no QR is showing.
        """
        supervisor = self._supervisors.get(instance_id)
        if supervisor.snapshot().status.qr is None:
            raise AppError(RefusalCode.NOT_PAIRING)
        supervisor.post(Deliver(AskPairingCode(instance_id, number=number)))

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        """Return what happened to an instance, newest first. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id)
        return timeline_table.entries(
            instance_dir(self._settings.auth_dir, instance_id), limit=limit, kinds=kinds
        )

    @staticmethod
    def installed_core() -> tuple[str, date | None]:
        """Return the version of the WhatsApp core and the day it was built, when it says."""
        return installed_core()

    def ask(self, query: Query, *, timeout: float) -> QueryReply:
        """Return the worker's reply to ``query``, which must carry a fresh ``request_id``.

        Raises UnknownInstanceError, NotConnectedError, WorkerLostError when the worker went meanwhile,
        AppError with the worker's code, or ``no-answer`` after ``timeout`` seconds.
        """
        supervisor = self._supervisors.get(query.instance_id)
        return self._queries.ask(query, send=lambda query: supervisor.post(Deliver(query)), timeout=timeout)

    def show_typing(self, instance_id: str, to: str, *, on: bool) -> None:
        """Show the other side that the account writes to ``to``, or no longer does.

        Nothing happens while the instance is not connected. Raises UnknownInstanceError.
        """
        self._supervisors.get(instance_id).post(Deliver(ShowTyping(instance_id, to, on)))

    def note_read(self, instance_id: str, rows: Sequence[int]) -> None:
        """Store that messages (``StoredMessage.row``) were marked as read.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._supervisors.get(instance_id)
        self.inbox.note_read(instance_id, rows)
        self._changes.publish(Topic.MESSAGES)

    def note_seen(self, instance_id: str) -> None:
        """Store that what arrived was looked at. Raises UnknownInstanceError."""
        self._supervisors.get(instance_id)
        if self.inbox.note_seen(instance_id):
            self._changes.publish(Topic.MESSAGES)

    def note_conversation_seen(self, instance_id: str, conversation_id: str, *, up_to: str) -> None:
        """Store that what arrived in a conversation was looked at, up to the message with that key.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._supervisors.get(instance_id)
        if self.conversations.note_seen(instance_id, conversation_id, up_to=up_to):
            self._changes.publish(Topic.MESSAGES)

    def knows(self, instance_id: str, numbers: Collection[str]) -> bool:
        """Return whether this instance ever wrote to one of these numbers (digits), or heard from one.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._supervisors.get(instance_id)
        sends = self._outbox.recent(instance_id)
        return (
            any(send.to in numbers and send.state is not SendState.FAILED for send in sends)
            or self.inbox.has_unwritten_from(instance_id, numbers)
            or known_contacts.knows(self._folder_of(instance_id), numbers)
        )

    def send(  # noqa: PLR0913  # a message, its rule and its deadline
        self,
        instance_id: str,
        *,
        to: str,
        content: Content,
        to_name: str = "",
        stranger: bool = False,
        request_id: str = "",
        timeout: float,
        admit: RateCheck = lambda _: None,
        wait: bool = True,
    ) -> SentMessage:
        """Send one message to a number (digits) or a group's address, and wait for the server's answer.

        After ``timeout`` seconds without one the send is returned as uncertain. Without ``wait`` it is
        returned as soon as it is written down. The same ``request_id`` never sends twice: the second call
        waits for the first one's outcome. It is written down first and goes out only then. A file is deleted
        when the outcome is known, or given up.
        Raises UnknownInstanceError, StorageUnavailableError when it cannot be written down, or the folder is
        known not to take what is written (it is not sent then), and what ``admit`` raises for a new send.
        """
        supervisor = self._supervisors.get(instance_id)

        def admit_stored(before: tuple[SentMessage, ...]) -> None:
            # A full disk may take one small write after another: what is known of it counts, not luck.
            self._status.require_no_trouble()
            admit(before)

        timer, set_at = self.inbox.timer(instance_id, to) or (UNKNOWN_TIMER, 0.0)
        message, new = self._outbox.record(
            SentMessage(
                request_id=request_id or uuid.uuid4().hex,
                instance_id=instance_id,
                to=to,
                to_name=to_name,
                content=content,
                stranger=stranger,
                state=SendState.SENDING,
                created_at=self._clock(),
                secret=secrets.token_hex(_SECRET_BYTES),
                boot_id=self._boot_id,
            ),
            admit=admit_stored,
        )
        if new:
            command = SendMessage(
                instance_id,
                message.request_id,
                to=to,
                content=content,
                secret=message.secret,
                timer=timer,
                timer_at=set_at,
            )
            supervisor.post(Deliver(command))
            self._changes.publish(Topic.MESSAGES)
        if wait:
            return self._open_sends.wait(message, timeout=timeout)
        if new:
            self._open_sends.follow(message, timeout=timeout)
        return message


def _require_not_moved_out(supervisor: Supervisor) -> None:
    if supervisor.snapshot().as_view().is_moved_out:
        raise AppError(RefusalCode.MOVED_OUT)
