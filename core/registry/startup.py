"""Opening ``AUTH_DIR`` in the background, however long that takes, and restoring its instances."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import StorageUnavailableError
from core.models.instance import InstanceRecord, InstanceState
from core.models.storage import Notice
from core.registry.maintenance import Maintenance
from core.registry.standing import StorageStatus
from core.registry.storage import StorageMonitor
from core.registry.supervisor import Supervisor
from core.registry.supervisors import Supervisors
from core.registry.workforce import WorkerPool
from core.settings import Settings
from core.store.instance_file import load_records
from core.store.owner_lock import OwnerLock, storage_error

log = logging.getLogger(__name__)

OPEN_EVERY_S: Final = 1.0
"""How often a folder that cannot be used is tried again."""
RESTORED_TOGETHER: Final = 4
RESTORE_SLOT_S: Final = 3.0
"""A start that takes longer than this no longer holds back the others."""


class Startup:
    """Owns the folder from the moment it could be opened until ``close``."""

    def __init__(  # noqa: PLR0913  # it puts all of them to work
        self,
        settings: Settings,
        roster: Supervisors,
        standing: StorageStatus,
        watch: StorageMonitor,
        workforce: WorkerPool,
        *,
        on_open: Callable[[Sequence[InstanceRecord]], None],
        tidy: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        """``on_open`` hears once what the folder holds, when it is ours and before anything in it starts.

        ``tidy`` is called for each instance now and then.
        """
        self._settings = settings
        self._on_open = on_open
        self._changed = roster.changed
        self._standing = standing
        self._roster = roster
        self._watch = watch
        self._workforce = workforce
        self._housekeeping = Maintenance(
            settings.auth_dir, roster=roster, watch=watch, own_again=self._reacquire, tidy=tidy, clock=clock
        )
        self._owner: OwnerLock | None = None
        self._thread: threading.Thread | None = None
        self.closing = threading.Event()

    def start(self) -> None:
        """Begin. Returns at once; call it once."""
        self._thread = threading.Thread(target=self._run, name="registry-opener", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Open nothing more, start nothing more; returns when that is sure, within 2 s. Idempotent."""
        self._workforce.close_to_new()
        with self._changed:
            self.closing.set()
            self._changed.publish()  # wakes who waits in here
        if self._thread is not None:
            self._thread.join(2.0)

    def release(self) -> None:
        """Give the folder free. Idempotent."""
        if self._owner is not None:
            self._owner.release()

    def _run(self) -> None:
        while not self.closing.is_set():
            try:
                self._owner = OwnerLock(self._settings.auth_dir)
                records, notices = load_records(self._settings.auth_dir)
            except (StorageUnavailableError, OSError) as error:
                self._refused(error if isinstance(error, StorageUnavailableError) else storage_error(error))
                self.closing.wait(OPEN_EVERY_S)
                continue
            self._on_open(records)
            self._opened(self._owner, records, notices)
            self._housekeeping.run(self.closing)
            return

    def _refused(self, problem: StorageUnavailableError) -> None:
        if self._owner is not None:
            self._owner.release()
            self._owner = None
        self._standing.set_startup_problem(problem)

    def _opened(self, owner: OwnerLock, records: list[InstanceRecord], notices: list[Notice]) -> None:
        log.info("using auth directory %s with %d instances", self._settings.auth_dir, len(records))
        if not self._workforce.open(lock=owner.descriptor):
            return
        with self._changed:
            if self.closing.is_set():
                return  # the stop has its list already: nobody would end a supervisor made now
            supervisors = [self._roster.add(record, loaded=True) for record in records]
            self._watch.owner = owner
            self._standing.add_notices(*notices)
            self._standing.opened()
        self._restore([one for one in supervisors if one.record.wanted])

    def _reacquire(self) -> None:
        """The folder is back: take its lock anew, and take in what is in it and was not known."""
        assert self._owner is not None
        # Whoever still holds the old lock may keep a disk from being unmounted, and us from locking anew.
        self._workforce.pause()
        self._owner.release()
        try:
            owner = OwnerLock(self._settings.auth_dir)
            records, notices = load_records(self._settings.auth_dir)
        except (StorageUnavailableError, OSError) as error:
            problem = error if isinstance(error, StorageUnavailableError) else storage_error(error)
            self._standing.set_problem(problem)
            return
        self._owner = owner
        known = {one.record.id for one in self._roster.all()}
        self._opened(
            owner,
            [record for record in records if record.id not in known],
            [notice for notice in notices if notice.instance_id not in known],
        )

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
                    lambda: self.closing.is_set() or under_way() < RESTORED_TOGETHER, RESTORE_SLOT_S
                )
            if self.closing.is_set():
                return
            started[supervisor] = time.monotonic()
            supervisor.start()
