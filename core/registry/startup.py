"""Opens ``AUTH_DIR`` in the background, however long that takes, and restores its instances."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import StorageUnavailableError
from core.models.instance import InstanceRecord, InstanceState
from core.models.storage import Notice
from core.moving import staging
from core.registry.commands import Start
from core.registry.maintenance import Maintenance
from core.registry.storage import StorageMonitor, StorageStatus
from core.registry.supervisor import Supervisor
from core.registry.supervisors import Supervisors
from core.registry.workers import WorkerPool
from core.settings import Settings
from core.store.instance_file import load_records
from core.store.owner_lock import OwnerLock, storage_error

log = logging.getLogger(__name__)

OPEN_EVERY_S: Final = 1.0
"""How often a folder that cannot be used is tried again."""
RESTORED_TOGETHER: Final = 8
"""Instances that log in at the same time: about 40 logins a second on two cores, fewer where each takes
longer, so WhatsApp sees no burst. A hundred are connected 3.6 s after the process began; 4.2 s with four at
a time (medians of eight and six starts).
"""
RESTORE_SLOT_S: Final = 3.0
"""A start that takes longer than this no longer holds back the others."""


class Startup:
    """The owner of the folder, from the moment it could be opened until ``release``."""

    def __init__(  # noqa: PLR0913  # it puts all of them to work
        self,
        settings: Settings,
        supervisors: Supervisors,
        status: StorageStatus,
        monitor: StorageMonitor,
        workers: WorkerPool,
        *,
        on_open: Callable[[Sequence[InstanceRecord]], None],
        trim_inbox: Callable[[str], None],
        each_round: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """``on_open`` gets what the folder holds, once, when it is ours and before anything in it starts.

        ``trim_inbox`` is called for each instance every hour, ``each_round`` every 5 s.
        """
        self._settings = settings
        self._on_open = on_open
        self._changes = supervisors.changes
        self._status = status
        self._supervisors = supervisors
        self._monitor = monitor
        self._workers = workers
        self._maintenance = Maintenance(
            settings.auth_dir,
            supervisors=supervisors,
            monitor=monitor,
            reacquire=self._reacquire,
            trim_inbox=trim_inbox,
            each_round=each_round,
            clock=clock,
        )
        self._owner: OwnerLock | None = None
        self._thread: threading.Thread | None = None
        self.closing = threading.Event()

    def start(self) -> None:
        """Start the thread. Returns at once; call it once."""
        self._thread = threading.Thread(target=self._run, name="registry-startup", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop opening and starting; return when that is sure, within 2 s. Idempotent."""
        self._workers.close_to_new()
        with self._changes:
            self.closing.set()
            self._changes.publish()  # wakes `_restore`
        if self._thread is not None:
            self._thread.join(2.0)

    def release(self) -> None:
        """Free the folder. Idempotent."""
        if self._owner is not None:
            self._owner.release()

    def _run(self) -> None:
        while not self.closing.is_set():
            try:
                self._owner = OwnerLock(self._settings.auth_dir)
                records, notices = load_records(self._settings.auth_dir)
            except (StorageUnavailableError, OSError) as error:
                self._on_failure(
                    error if isinstance(error, StorageUnavailableError) else storage_error(error)
                )
                self.closing.wait(OPEN_EVERY_S)
                continue
            self._on_open(records)
            staging.sweep(self._settings.auth_dir)  # pages cannot prepare anything before it is ready
            self._on_success(self._owner, records, notices)
            self._maintenance.run(self.closing)
            return

    def _on_failure(self, problem: StorageUnavailableError) -> None:
        if self._owner is not None:
            self._owner.release()
            self._owner = None
        self._status.set_startup_problem(problem)

    def _on_success(self, owner: OwnerLock, records: list[InstanceRecord], notices: list[Notice]) -> None:
        log.info("using auth directory %s with %d instances", self._settings.auth_dir, len(records))
        if not self._workers.open(lock=owner.descriptor):
            return
        with self._changes:
            if self.closing.is_set():
                return  # the stop has its list already: a supervisor made now would never be ended
            supervisors = [self._supervisors.add(record, loaded=True) for record in records]
            self._monitor.owner = owner
            self._status.add_notices(*notices)
            self._status.opened()
        self._restore([supervisor for supervisor in supervisors if supervisor.snapshot().record.wanted])

    def _reacquire(self) -> None:
        """Take the lock of a folder that is back anew, and load what is in it and is not in the table."""
        assert self._owner is not None
        # A process that still holds the old lock may keep a disk from being unmounted, and us from locking.
        self._workers.pause()
        self._owner.release()
        try:
            owner = OwnerLock(self._settings.auth_dir)
            records, notices = load_records(self._settings.auth_dir)
        except (StorageUnavailableError, OSError) as error:
            problem = error if isinstance(error, StorageUnavailableError) else storage_error(error)
            self._status.set_problem(problem)
            return
        self._owner = owner
        known = {supervisor.snapshot().record.id for supervisor in self._supervisors.all()}
        self._on_success(
            owner,
            [record for record in records if record.id not in known],
            [notice for notice in notices if notice.instance_id not in known],
        )

    def _restore(self, supervisors: list[Supervisor]) -> None:
        """Start supervisors, a few at a time: all at once would starve each other's handshakes."""
        started: dict[Supervisor, float] = {}

        def under_way() -> int:
            now = time.monotonic()
            return sum(
                now - at < RESTORE_SLOT_S
                and supervisor.snapshot().status.state in (InstanceState.STOPPED, InstanceState.STARTING)
                for supervisor, at in started.items()
            )

        for supervisor in supervisors:
            with self._changes:
                self._changes.wait_for(
                    lambda: self.closing.is_set() or under_way() < RESTORED_TOGETHER, RESTORE_SLOT_S
                )
            if self.closing.is_set():
                return
            started[supervisor] = time.monotonic()
            supervisor.post(Start())
