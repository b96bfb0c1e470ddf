"""All instances of this process: started with it, created, told what to do, and stopped in order."""

from __future__ import annotations

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
    LimitReachedError,
    NotConnectedError,
    StorageUnavailableError,
)
from core.hosting.persistence.host import boot_id
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox, RateCheck
from core.models.content import Content
from core.models.instance import InstanceRecord, InstanceState, InstanceView
from core.models.messages import SendState, SentMessage
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.topic import Topic
from core.models.worker_commands import AskPairingCode, LogOut, Query, SendMessage
from core.models.worker_events import WorkerEvent
from core.registry.change_notifier import ChangeNotifier
from core.registry.context import SupervisorContext
from core.registry.pending_queries import PendingQueries
from core.registry.standing import StorageStatus
from core.registry.startup import Startup
from core.registry.storage import StorageMonitor
from core.registry.supervisors import Supervisors, snapshot
from core.registry.trash import Trash
from core.registry.workforce import WorkerPool
from core.settings import Settings
from core.store import known_contacts, session
from core.store import timeline as history
from core.store.instance_file import create_folder, renew_folder, write_record
from core.store.layout import instance_dir, is_id, new_id
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

_STOP_ALL_S: Final = 6.0
_VERB_S: Final = 2.0
_SECRET_BYTES: Final = 32


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
    ) -> None:
        """``on_change`` hears the topic and number of every change, as ``ChangeNotifier`` says.

        ``on_open`` hears once what the folder holds, when it is ours and before anything in it starts.
        """
        self._settings = settings
        self._clock = clock
        self._boot_id = boot_id()
        self._outbox = Outbox(clock=clock, folder_of=self._folder_of, boot_id=self._boot_id)
        self.arrivals = Inbox(
            folder_of=self._folder_of,
            clock=clock,
            messages=settings.inbox_messages,
            days=settings.inbox_days,
        )
        self._inquiries = PendingQueries()
        self._changed = ChangeNotifier(on_change)
        self._standing = StorageStatus(settings, self._changed)
        self._workforce = WorkerPool()
        watch = self._watch = StorageMonitor(settings.auth_dir, self._standing)
        around = SupervisorContext(
            auth_dir=settings.auth_dir,
            launch=self._workforce.launch,
            save=self._save,
            recreate_folder=self._renew,
            changed=self._changed.publish,
            add_notice=self._standing.add_notices,
            outbox=self._outbox,
            arrivals=self.arrivals,
            inquiries=self._inquiries,
            require_sound=watch.require_writable,
            clock=clock,
        )
        self._roster = Supervisors(self._changed, around)
        self.trash = Trash(settings.auth_dir, self._roster, self._standing, watch, clock=clock)
        self._opener = Startup(
            settings,
            self._roster,
            self._standing,
            watch,
            self._workforce,
            on_open=on_open,
            tidy=self.arrivals.trim,
            clock=clock,
        )

    # -- life ----------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Open ``AUTH_DIR`` and restore its instances in the background. Returns at once; call it once."""
        self._opener.start()

    def stop(self) -> None:
        """Stop accepting, then the supervisors with their workers, then the launcher, then free the lock.

        Idempotent. Returns within about 8 s, whatever hangs.
        """
        self._opener.end()
        supervisors = self._roster.all()
        for supervisor in supervisors:
            supervisor.close()
        deadline = time.monotonic() + _STOP_ALL_S
        for supervisor in supervisors:
            supervisor.join(max(0.0, deadline - time.monotonic()))
        self._workforce.close()
        session.close()
        self._opener.release()

    def _folder_of(self, instance_id: str) -> Path:
        return instance_dir(self._settings.auth_dir, instance_id)

    def _save(self, record: InstanceRecord) -> None:
        self._watch.require_same_folder()
        try:
            write_record(self._settings.auth_dir, record)
        except OSError as error:
            raise storage_error(error) from error

    def _renew(self, record: InstanceRecord) -> None:
        self._watch.require_same_folder()
        try:
            renew_folder(self._settings.auth_dir, record)
        except OSError as error:
            raise storage_error(error) from error

    # -- what there is -------------------------------------------------------------------------------------
    def version(self) -> int:
        """A number that grows with every change of what the views below say, across restarts too."""
        return self._changed.version

    def storage(self) -> StorageView:
        """Whether ``AUTH_DIR`` can be used, and what was mended in it."""
        return self._standing.view

    def views(self) -> tuple[InstanceView, ...]:
        """Every instance, oldest first."""
        return self._roster.views()

    def view(self, instance_id: str) -> InstanceView:
        """One instance. Raises UnknownInstanceError."""
        return self._roster.view(instance_id)

    def wait_for(self, instance_id: str, test: Callable[[InstanceView], bool], *, timeout: float) -> bool:
        """Wait until ``test`` holds for the instance; False after ``timeout`` seconds.

        Raises UnknownInstanceError.
        """
        return self._roster.wait_for(instance_id, test, timeout=timeout)

    def sent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """The last 200 sends through the instance, newest first, those of earlier processes too."""
        return self._outbox.recent(instance_id) if is_id(instance_id) else ()

    def verify_sent(self, instance_id: str, request_id: str) -> SentMessage:
        """Look again for what became of an uncertain send. Raises UnknownInstanceError."""
        self._roster.get(instance_id)
        found = self._outbox.verify(instance_id, request_id)
        self._changed.publish(Topic.MESSAGES)
        return found

    # -- verbs ---------------------------------------------------------------------------------------------
    def create(self, name: str, *, request_id: str = "") -> InstanceView:
        """A new instance called ``name``, stored and starting; for a ``request_id`` seen before, that one.

        Raises InvalidInputError (name-taken), LimitReachedError (instance-limit), StorageUnavailableError.
        """
        with self._changed:
            if self._opener.closing.is_set():
                raise StorageUnavailableError("closing")
            self._standing.require_ready()
            self._watch.require_writable()
            if known := self._roster.find_by_request(request_id):
                return known
            if self._roster.is_taken(name):
                raise InvalidInputError("name-taken", detail=name)
            limit = self._settings.max_instances
            if len(self._roster) >= limit:
                raise LimitReachedError("instance-limit", detail=str(limit))
            self._watch.require_room_for_pairing()
            record = InstanceRecord(id=new_id(name), name=name, created_at=self._clock(), wanted=True)
            try:
                create_folder(self._settings.auth_dir, record)
            except OSError as error:
                raise storage_error(error) from error
            supervisor = self._roster.add(record)
            self._roster.remember_request(request_id, record.id)
        history.append(
            instance_dir(self._settings.auth_dir, record.id), HistoryKind.CREATED, at=record.created_at
        )
        supervisor.start()
        return snapshot(supervisor)

    def start_instance(self, instance_id: str) -> None:
        """Let it run. Idempotent. Raises UnknownInstanceError."""
        self._roster.get(instance_id).start()

    def stop_instance(self, instance_id: str, *, timeout: float) -> bool:
        """Stop it; True when it stood still within ``timeout`` seconds. Raises UnknownInstanceError."""
        self._roster.get(instance_id).stop()
        return self.wait_for(instance_id, lambda view: view.state is InstanceState.STOPPED, timeout=timeout)

    def restart_instance(self, instance_id: str) -> None:
        """Another worker, at once. Idempotent. Raises UnknownInstanceError."""
        self._roster.get(instance_id).restart()

    def rename(self, instance_id: str, name: str) -> None:
        """Give it another name. Raises UnknownInstanceError, InvalidInputError (name-taken)."""
        supervisor = self._roster.get(instance_id)
        if self._roster.is_taken(name, but=supervisor):
            raise InvalidInputError("name-taken", detail=name)
        supervisor.rename(name)
        self.wait_for(instance_id, lambda view: view.name == name, timeout=_VERB_S)

    def unlink(self, instance_id: str, *, timeout: float) -> None:
        """Remove the device from the account at WhatsApp, and its session here.

        Raises UnknownInstanceError, NotConnectedError, AppError (log-out-failed) without WhatsApp's word.
        """
        supervisor = self._roster.get(instance_id)
        if snapshot(supervisor).state is not InstanceState.CONNECTED:
            raise NotConnectedError
        before = supervisor.status  # it may still tell of an earlier refusal
        supervisor.send(LogOut(instance_id))
        self.wait_for(
            instance_id,
            lambda view: (
                view.state is InstanceState.LOGGED_OUT
                or (view.reason == "log-out-failed" and supervisor.status is not before)
            ),
            timeout=timeout,
        )
        view = snapshot(supervisor)
        if view.state is not InstanceState.LOGGED_OUT:
            raise AppError("log-out-failed", detail=view.detail)

    def forget(self, instance_id: str) -> None:
        """Remove its session here only. Idempotent. Raises UnknownInstanceError."""
        self._roster.get(instance_id).forget()
        self.wait_for(instance_id, lambda view: view.reason == "removed-here", timeout=_STOP_ALL_S)

    def ask_pairing_code(self, instance_id: str, number: str) -> None:
        """Ask for a code for the phone of ``number`` (digits); it appears in the view.

        Raises UnknownInstanceError, AppError (not-pairing) when no QR is showing.
        """
        supervisor = self._roster.get(instance_id)
        if supervisor.status.qr is None:
            raise AppError("not-pairing")
        supervisor.send(AskPairingCode(instance_id, number=number))

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        """What happened to an instance, newest first. Raises UnknownInstanceError."""
        self._roster.get(instance_id)
        return history.entries(instance_dir(self._settings.auth_dir, instance_id), limit=limit, kinds=kinds)

    @staticmethod
    def installed_core() -> tuple[str, date | None]:
        """Version of the WhatsApp core and the day it was built, when it says."""
        return installed_core()

    def ask(self, question: Query, *, timeout: float) -> WorkerEvent:
        """What the instance's worker answers to ``question``, which must carry a fresh ``request_id``.

        Raises UnknownInstanceError, NotConnectedError, WorkerLostError when the worker went meanwhile,
        AppError with the worker's code, or ``no-answer`` after ``timeout`` seconds.
        """
        return self._inquiries.ask(
            question, send=self._roster.get(question.instance_id).send, timeout=timeout
        )

    def note_read(self, instance_id: str, message_ids: Sequence[str]) -> None:
        """These were marked as read. Raises UnknownInstanceError, StorageUnavailableError."""
        self._roster.get(instance_id)
        self.arrivals.note_read(instance_id, message_ids)
        self._changed.publish(Topic.MESSAGES)

    def knows(self, instance_id: str, numbers: Collection[str]) -> bool:
        """Whether this instance ever wrote to one of these numbers (digits), or heard from one.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        self._roster.get(instance_id)
        open_or_sent = (one for one in self._outbox.recent(instance_id) if one.state is not SendState.FAILED)
        return (
            any(one.to in numbers for one in open_or_sent)
            or self.arrivals.has_unwritten_from(instance_id, numbers)
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
    ) -> SentMessage:
        """Send one message to a number (digits) or a group's address; waits for the server's answer.

        After ``timeout`` seconds without one the send is given as uncertain. The same ``request_id`` never
        sends twice: the second call waits for the first one's outcome. It is written down first and goes out
        only then. A file is deleted when the outcome is known, or given up.
        Raises UnknownInstanceError, StorageUnavailableError when it cannot be written down (it is not sent
        then), and what ``admit`` raises for a new send.
        """
        supervisor = self._roster.get(instance_id)
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
            admit=admit,
        )
        if new:
            command = SendMessage(
                instance_id, message.request_id, to=to, content=content, secret=message.secret
            )
            supervisor.send(command)
            self._changed.publish(Topic.MESSAGES)
        outcome = self._outbox.wait(instance_id, message.request_id, timeout=timeout)
        if content.file is not None and content.file.path:
            Path(content.file.path).unlink(missing_ok=True)
        return outcome
