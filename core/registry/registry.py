"""All instances of this process: opened at start, restored, created, and stopped in order."""

from __future__ import annotations

import itertools
import logging
import threading
import time
import uuid
from collections.abc import Callable, Collection
from datetime import date
from typing import Final

from core.engine.launcher import Launcher, Worker, make_launcher
from core.engine.protocol import WorkerSpec
from core.engine.release import installed_core
from core.errors import (
    AppError,
    InvalidInputError,
    LimitReachedError,
    NotConnectedError,
    StorageUnavailableError,
    UnknownInstanceError,
)
from core.models.deleted import DeletedInstance
from core.models.events import AskPairingCode, SendText, Unlink
from core.models.history import HistoryEntry, HistoryKind
from core.models.instance import InstanceRecord, InstanceState, InstanceView
from core.models.message import SendState, SentMessage
from core.models.storage import Notice, StorageView
from core.registry import suspend
from core.registry.changes import Changes
from core.registry.outbox import Outbox
from core.registry.supervisor import Supervisor, Surroundings
from core.settings import Settings
from core.store import history, trash
from core.store.layout import instance_dir, new_id
from core.store.owner import OwnerLock, storage_error
from core.store.records import create_folder, load_records, write_record

log = logging.getLogger(__name__)

OPEN_EVERY_S: Final = 1.0
"""How often a folder that cannot be used is tried again."""
RESTORED_TOGETHER: Final = 4
RESTORE_SLOT_S: Final = 3.0
"""A start that takes longer than this no longer holds back the others."""
_STOP_ALL_S: Final = 6.0
_VERB_S: Final = 2.0
HOUSEKEEPING_S: Final = 5.0
_PURGE_EVERY_S: Final = 3600.0


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
        on_change: Callable[[int], None] = lambda _version: None,
    ) -> None:
        """``on_change`` hears the number of every change, as ``Changes`` says."""
        self._settings = settings
        self._clock = clock
        self._outbox = Outbox(clock=clock)
        self._changed = Changes(on_change)
        self._supervisors: dict[str, Supervisor] = {}
        self._requests: dict[str, str] = {}
        self._notices: list[Notice] = []
        self._problem = StorageUnavailableError("")
        self._ready = False
        self._closing = threading.Event()
        self._launch_lock = threading.Lock()
        self._launcher: Launcher | None = None
        self._owner: OwnerLock | None = None
        self._opener: threading.Thread | None = None

    # -- life ----------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Open ``AUTH_DIR`` and restore its instances in the background. Returns at once; call it once."""
        self._opener = threading.Thread(target=self._open, name="registry-opener", daemon=True)
        self._opener.start()

    def stop(self) -> None:
        """Stop accepting, then the supervisors with their workers, then the launcher, then free the lock.

        Idempotent. Returns within about 6 s, whatever hangs.
        """
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
            supervisors = list(self._supervisors.values())
        if self._opener is not None:
            self._opener.join(2.0)
        for supervisor in supervisors:
            supervisor.close()
        deadline = time.monotonic() + _STOP_ALL_S
        for supervisor in supervisors:
            supervisor.join(max(0.0, deadline - time.monotonic()))
        with self._launch_lock:
            if self._launcher is not None:
                self._launcher.close()
                self._launcher = None
        if self._owner is not None:
            self._owner.release()

    def _open(self) -> None:
        while not self._closing.is_set():
            try:
                self._owner = OwnerLock(self._settings.auth_dir)
                records, notices = load_records(self._settings.auth_dir)
            except (StorageUnavailableError, OSError) as error:
                self._refused(error if isinstance(error, StorageUnavailableError) else storage_error(error))
                self._closing.wait(OPEN_EVERY_S)
                continue
            self._opened(records, notices)
            self._keep_house()
            return

    def _keep_house(self) -> None:
        """The opener's second life: what has to be done now and then for all instances."""
        through, awake = suspend.clocks()
        detector = suspend.SuspendDetector(through=through, awake=awake)
        purge_at = 0.0
        while not self._closing.wait(HOUSEKEEPING_S):
            if detector.slept():
                log.warning("this machine was suspended; connecting all instances anew")
                with self._changed:
                    supervisors = list(self._supervisors.values())
                for supervisor in supervisors:
                    supervisor.slept()
            if self._clock() >= purge_at:
                purge_at = self._clock() + _PURGE_EVERY_S
                trash.purge_expired(self._settings.auth_dir, now=self._clock())

    def _refused(self, problem: StorageUnavailableError) -> None:
        if self._owner is not None:
            self._owner.release()
            self._owner = None
        if problem.code != self._problem.code:
            log.error("cannot use %s: %s; trying on", self._settings.auth_dir, problem)
        with self._changed:
            self._problem = problem
            self._changed.notify_all()

    def _opened(self, records: list[InstanceRecord], notices: list[Notice]) -> None:
        assert self._owner is not None
        log.info("using auth directory %s with %d instances", self._settings.auth_dir, len(records))
        with self._launch_lock:
            if self._closing.is_set():
                return
            self._launcher = make_launcher(inherit=(self._owner.descriptor,))
            try:
                self._launcher.warm()
            except OSError as error:
                log.error("cannot prepare workers: %s; each start tries again", error)
        with self._changed:
            if self._closing.is_set():
                return  # ``stop`` has its list already: nobody would end a supervisor made now
            self._notices.extend(notices)
            for record in records:
                self._supervisors[record.id] = Supervisor(record, self._surroundings(), loaded=True)
            self._problem = StorageUnavailableError("")
            self._ready = True
            self._changed.notify_all()
        self._restore([self._supervisors[record.id] for record in records if record.wanted])

    def _restore(self, supervisors: list[Supervisor]) -> None:
        """Start the wanted ones, a few at a time: all at once would starve each other's handshakes."""
        started: dict[Supervisor, float] = {}

        def under_way() -> int:
            now = time.monotonic()
            return sum(
                now - at < RESTORE_SLOT_S
                and one.status.state in (InstanceState.STOPPED, InstanceState.STARTING)
                for one, at in started.items()
            )

        for supervisor in supervisors:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closing.is_set() or under_way() < RESTORED_TOGETHER, RESTORE_SLOT_S
                )
            if self._closing.is_set():
                return
            started[supervisor] = time.monotonic()
            supervisor.start()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            auth_dir=self._settings.auth_dir,
            launch=self._launch,
            save=self._save,
            changed=self._announce,
            notice=self._add_notice,
            outbox=self._outbox,
            clock=self._clock,
        )

    def _launch(self, spec: WorkerSpec) -> Worker:
        with self._launch_lock:
            if self._launcher is None or self._closing.is_set():
                raise StorageUnavailableError("closing")
            return self._launcher.launch(spec)

    def _save(self, record: InstanceRecord) -> None:
        try:
            write_record(self._settings.auth_dir, record)
        except OSError as error:
            raise storage_error(error) from error

    def _announce(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _add_notice(self, notice: Notice) -> None:
        with self._changed:
            self._notices.append(notice)
            self._changed.notify_all()

    # -- what there is -------------------------------------------------------------------------------------
    def version(self) -> int:
        """A number that grows with every change of what the views below say, across restarts too."""
        return self._changed.version

    def storage(self) -> StorageView:
        """Whether ``AUTH_DIR`` can be used, and what was mended in it."""
        with self._changed:
            return StorageView(
                auth_dir=str(self._settings.auth_dir),
                ready=self._ready,
                problem=self._problem.code,
                detail=self._problem.detail,
                ephemeral=self._settings.auth_dir_ephemeral,
                notices=tuple(self._notices),
            )

    def views(self) -> tuple[InstanceView, ...]:
        """Every instance, oldest first."""
        with self._changed:
            supervisors = list(self._supervisors.values())
        views = [_view(supervisor) for supervisor in supervisors]
        return tuple(sorted(views, key=lambda view: (view.created_at, view.id)))

    def view(self, instance_id: str) -> InstanceView:
        """One instance. Raises UnknownInstanceError."""
        return _view(self._supervisor(instance_id))

    def wait_for(self, instance_id: str, test: Callable[[InstanceView], bool], *, timeout: float) -> bool:
        """Wait until ``test`` holds for the instance; False after ``timeout`` seconds.

        Raises UnknownInstanceError.
        """
        supervisor = self._supervisor(instance_id)
        with self._changed:
            return self._changed.wait_for(lambda: test(_view(supervisor)), timeout)

    def sent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """What was sent through the instance since the process started, newest first."""
        return self._outbox.recent(instance_id)

    def _supervisor(self, instance_id: str) -> Supervisor:
        with self._changed:
            supervisor = self._supervisors.get(instance_id)
        if supervisor is None:
            raise UnknownInstanceError(instance_id)
        return supervisor

    # -- verbs ---------------------------------------------------------------------------------------------
    def create(self, name: str, *, request_id: str = "") -> InstanceView:
        """A new instance called ``name``, stored and starting; for a ``request_id`` seen before, that one.

        Raises InvalidInputError (name-taken), LimitReachedError (instance-limit), StorageUnavailableError.
        """
        with self._changed:
            if not self._ready or self._closing.is_set():
                raise StorageUnavailableError(self._problem.code or "opening", detail=self._problem.detail)
            if known := self._supervisors.get(self._requests.get(request_id, "")):
                return _view(known)
            if name.casefold() in self._names():
                raise InvalidInputError("name-taken", detail=name)
            limit = self._settings.max_instances
            if len(self._supervisors) >= limit:
                raise LimitReachedError("instance-limit", detail=str(limit))
            record = InstanceRecord(id=new_id(name), name=name, created_at=self._clock(), wanted=True)
            try:
                create_folder(self._settings.auth_dir, record)
            except OSError as error:
                raise storage_error(error) from error
            supervisor = self._supervisors[record.id] = Supervisor(record, self._surroundings())
            if request_id:
                self._requests[request_id] = record.id
            self._changed.notify_all()
        history.append(
            instance_dir(self._settings.auth_dir, record.id), HistoryKind.CREATED, at=record.created_at
        )
        supervisor.start()
        return _view(supervisor)

    def start_instance(self, instance_id: str) -> None:
        """Let it run. Idempotent. Raises UnknownInstanceError."""
        self._supervisor(instance_id).start()

    def stop_instance(self, instance_id: str, *, timeout: float) -> bool:
        """Stop it; True when it stood still within ``timeout`` seconds. Raises UnknownInstanceError."""
        self._supervisor(instance_id).stop()
        return self.wait_for(instance_id, lambda view: view.state is InstanceState.STOPPED, timeout=timeout)

    def restart_instance(self, instance_id: str) -> None:
        """Another worker, at once. Idempotent. Raises UnknownInstanceError."""
        self._supervisor(instance_id).restart()

    def rename(self, instance_id: str, name: str) -> None:
        """Give it another name. Raises UnknownInstanceError, InvalidInputError (name-taken)."""
        supervisor = self._supervisor(instance_id)
        with self._changed:
            if name.casefold() in self._names(but=supervisor):
                raise InvalidInputError("name-taken", detail=name)
        supervisor.rename(name)
        self.wait_for(instance_id, lambda view: view.name == name, timeout=_VERB_S)

    def unlink(self, instance_id: str, *, timeout: float) -> None:
        """Remove the device from the account at WhatsApp, and its session here.

        Raises UnknownInstanceError, NotConnectedError, AppError (log-out-failed) without WhatsApp's word.
        """
        supervisor = self._supervisor(instance_id)
        if _view(supervisor).state is not InstanceState.CONNECTED:
            raise NotConnectedError
        before = supervisor.status  # it may still tell of an earlier refusal
        supervisor.send(Unlink(instance_id))
        self.wait_for(
            instance_id,
            lambda view: (
                view.state is InstanceState.LOGGED_OUT
                or (view.reason == "log-out-failed" and supervisor.status is not before)
            ),
            timeout=timeout,
        )
        view = _view(supervisor)
        if view.state is not InstanceState.LOGGED_OUT:
            raise AppError("log-out-failed", detail=view.detail)

    def forget(self, instance_id: str) -> None:
        """Remove its session here only. Idempotent. Raises UnknownInstanceError."""
        self._supervisor(instance_id).forget()
        self.wait_for(instance_id, lambda view: view.reason == "removed-here", timeout=_STOP_ALL_S)

    def ask_pairing_code(self, instance_id: str, number: str) -> None:
        """Ask for a code for the phone of ``number`` (digits); it appears in the view.

        Raises UnknownInstanceError, AppError (not-pairing) when no QR is showing.
        """
        supervisor = self._supervisor(instance_id)
        if supervisor.status.qr is None:
            raise AppError("not-pairing")
        supervisor.send(AskPairingCode(instance_id, number=number))

    def delete(self, instance_id: str) -> None:
        """Stop it and move it to the trash, session and all.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        with self._changed:
            supervisor = self._supervisors.pop(instance_id, None)
            self._changed.notify_all()
        if supervisor is None:
            raise UnknownInstanceError(instance_id)
        supervisor.close()
        supervisor.join(_STOP_ALL_S)
        try:
            trash.move_to_trash(self._settings.auth_dir, instance_id, now=self._clock())
        except OSError as error:
            self._adopt(supervisor.record)
            raise storage_error(error) from error
        log.info("moved to the trash", extra={"instance": instance_id})

    def deleted(self) -> tuple[DeletedInstance, ...]:
        """What lies in the trash, newest first; empty while the storage is not ready."""
        return trash.deleted(self._settings.auth_dir) if self._ready else ()

    def restore(self, trash_name: str) -> InstanceView:
        """Take an instance out of the trash, stopped. Its name gets a number when another one has it now.

        Raises UnknownInstanceError, StorageUnavailableError.
        """
        item = trash.find_deleted(self._settings.auth_dir, trash_name)
        try:
            record = trash.restore(self._settings.auth_dir, item)
        except OSError as error:
            raise storage_error(error) from error
        name = self._free_name(record.name)
        supervisor = self._adopt(record)
        supervisor.stop()
        if name != record.name:
            supervisor.rename(name)
            self.wait_for(item.id, lambda view: view.name == name, timeout=_VERB_S)
        history.append(instance_dir(self._settings.auth_dir, item.id), HistoryKind.RESTORED, at=self._clock())
        return _view(supervisor)

    def purge(self, trash_name: str) -> None:
        """Erase a deleted instance for good. Raises UnknownInstanceError, StorageUnavailableError."""
        try:
            trash.purge(self._settings.auth_dir, trash.find_deleted(self._settings.auth_dir, trash_name))
        except OSError as error:
            raise storage_error(error) from error

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        """What happened to an instance, newest first. Raises UnknownInstanceError."""
        self._supervisor(instance_id)
        return history.entries(instance_dir(self._settings.auth_dir, instance_id), limit=limit, kinds=kinds)

    @staticmethod
    def installed_core() -> tuple[str, date | None]:
        """Version of the WhatsApp core and the day it was built, when it says."""
        return installed_core()

    def _adopt(self, record: InstanceRecord) -> Supervisor:
        with self._changed:
            supervisor = self._supervisors[record.id] = Supervisor(record, self._surroundings())
            self._changed.notify_all()
        return supervisor

    def _names(self, *, but: Supervisor | None = None) -> set[str]:
        """The names that are given away, folded for comparison. Call while holding ``_changed``."""
        return {one.record.name.casefold() for one in self._supervisors.values() if one is not but}

    def _free_name(self, name: str) -> str:
        with self._changed:
            taken = self._names()
        numbered = (f"{name} ({number})" for number in itertools.count(2))
        return next(one for one in itertools.chain((name,), numbered) if one.casefold() not in taken)

    def send_text(
        self, instance_id: str, *, to: str, text: str, request_id: str = "", timeout: float
    ) -> SentMessage:
        """Send one text to one number (digits) and wait for the server's answer, at most ``timeout`` seconds.

        The same ``request_id`` never sends twice: the second call waits for the first one's outcome.
        Raises UnknownInstanceError.
        """
        supervisor = self._supervisor(instance_id)
        message, new = self._outbox.open(
            SentMessage(
                request_id=request_id or uuid.uuid4().hex,
                instance_id=instance_id,
                to=to,
                text=text,
                state=SendState.SENDING,
                created_at=self._clock(),
            )
        )
        if new:
            supervisor.send(SendText(instance_id, message.request_id, to=to, text=text))
        return self._outbox.wait(instance_id, message.request_id, timeout=timeout)


def _view(supervisor: Supervisor) -> InstanceView:
    record, status = supervisor.record, supervisor.status
    return InstanceView(
        id=record.id,
        name=record.name,
        state=status.state,
        reason=status.reason,
        detail=status.detail,
        phone=status.phone,
        since=status.since,
        restarts=supervisor.restarts,
        worker_pid=supervisor.worker_pid,
        qr=status.qr,
        next_try_at=status.next_try_at,
        linked=status.linked,
        created_at=record.created_at,
        pairing_code=status.pairing_code,
        proof_at=supervisor.proof_at,
    )
