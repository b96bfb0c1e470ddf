"""The thread that measures what lies on the disk, so that no page has to wait for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.hosting.checks.memory import MemoryRoom, memory_room, proportional_bytes
from core.hosting.usage import growth
from core.hosting.usage.scan import FolderUsage, Measured, disk_space, measure
from core.models.instance import InstanceView
from core.models.storage import StorageView
from core.models.usage import DiskSpace, InstanceUsage, UsageHistory, UsageView
from core.store.owner_lock import storage_error
from core.store.usage_file import read_usage, write_usage

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
COST_SHARE: Final = 20
"""A measurement that took long is followed by so many times its length of rest: at most 5 % of the time."""
PROCESSOR_SHARE: Final = 1000
"""The same of its processor time: a page asks, and without one it may cost a thousandth of a core."""
ASKED_GAP_S: Final = 1.0
"""Between two measurements that were asked for."""
NOT_READY_S: Final = 1.0
STOP_S: Final = 1.0
_NOTHING: Final = FolderUsage(0, 0, 0, None)
_BEFORE: Final = UsageView(
    measured_at=None,
    instances=(),
    trash_bytes=0,
    other_bytes=0,
    total_bytes=0,
    disk=None,
    samples=(),
    growth_per_day=None,
    full_at=None,
    warnings=(),
    problem="",
)


class UsageMonitor:
    """The thread that measures every 60 s, less often when that costs much, and when asked; keeps samples.

    Threading: everything is safe from any thread and returns at once, but ``stop`` waits up to 1 s. No lock:
    one thread measures, and what it found is replaced whole.
    """

    def __init__(
        self,
        auth_dir: Path,
        *,
        storage: Callable[[], StorageView],
        views: Callable[[], tuple[InstanceView, ...]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.view = _BEFORE
        """The newest measurement."""
        self.memory = MemoryRoom(None, None, None)
        """Memory at that moment."""
        self._auth_dir = auth_dir
        self._storage = storage
        self._views = views
        self._clock = clock
        self._history: UsageHistory | None = None
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usage-meter", daemon=True)

    def start(self) -> None:
        """Start measuring; call it once."""
        self._thread.start()

    def measure_again(self) -> None:
        """Measure anew, beginning after this call; many calls may be answered by one measurement."""
        self._asked.set()

    def stop(self) -> None:
        """Stop. Idempotent. A disk that hangs holds nothing up: the thread is left to the process's end."""
        self._closing.set()
        self._asked.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)

    # -- the thread ----------------------------------------------------------------------------------------
    def _run(self) -> None:
        while not self._closing.is_set():
            self._asked.clear()
            began, began_working = time.monotonic(), time.thread_time()
            try:
                ready = self._look()
            except Exception:
                # Top of a thread: a bug costs this measurement, not all later ones.
                log.exception("usage not measured")
                ready = True
            took, worked = time.monotonic() - began, time.thread_time() - began_working
            if self._closing.wait(max(ASKED_GAP_S, took) if ready else NOT_READY_S):
                return
            if ready:
                self._asked.wait(max(EVERY_S - ASKED_GAP_S, took * COST_SHARE, worked * PROCESSOR_SHARE))

    def _look(self) -> bool:
        """Measure once. False while the folder is not ours yet."""
        storage = self._storage()
        if not storage.ready:
            self.view = replace(self.view, problem=storage.problem)
            return False
        try:
            measured, disk = measure(self._auth_dir), disk_space(self._auth_dir)
        except OSError as error:
            problem = storage_error(error)
            if problem.code != self.view.problem:
                log.warning("usage not measured: %s", problem)
            self.view = replace(self.view, problem=problem.code)
            return True
        views, now = self._views(), self._clock()
        self.memory = memory_room()
        self._sample(measured, now)
        self.view = _viewed(measured, disk, views, history=self._history or UsageHistory(), now=now)
        return True

    def _sample(self, measured: Measured, now: float) -> None:
        """Keep what was measured, once an hour. A disk that refuses costs the sample's survival, no more."""
        try:
            if self._history is None:
                self._history = read_usage(self._auth_dir)
            if self._closing.is_set() or not growth.is_due(self._history, now=now):
                return
            self._history = growth.with_sample(
                self._history,
                now=now,
                total=measured.total_bytes,
                instances={name: folder.total_bytes for name, folder in measured.folders.items()},
            )
            write_usage(self._auth_dir, self._history)
        except OSError as error:
            log.warning("usage sample not stored: %s", error)


def _viewed(
    measured: Measured,
    disk: DiskSpace,
    views: tuple[InstanceView, ...],
    *,
    history: UsageHistory,
    now: float,
) -> UsageView:
    sharing = Counter(view.worker_pid for view in views)
    instances = tuple(
        _instance(
            view,
            measured.folders.get(view.id, _NOTHING),
            history=history,
            now=now,
            worker_bytes=_worker_bytes(view, sharing=sharing[view.worker_pid]),
        )
        for view in views
    )
    per_day = growth.growth_per_day(history.totals, now=now)
    in_instances = sum(instance.total_bytes for instance in instances)
    return UsageView(
        measured_at=now,
        instances=instances,
        trash_bytes=measured.trash_bytes,
        # A folder that is no instance (any more) is still there.
        other_bytes=measured.total_bytes - measured.trash_bytes - in_instances,
        total_bytes=measured.total_bytes,
        disk=disk,
        samples=history.totals,
        growth_per_day=per_day,
        full_at=growth.full_at(per_day, disk, now=now),
        warnings=growth.warnings(disk),
        problem="usage-incomplete" if measured.unreadable else "",
    )


def _instance(
    view: InstanceView, folder: FolderUsage, *, history: UsageHistory, now: float, worker_bytes: int | None
) -> InstanceUsage:
    return InstanceUsage(
        instance_id=view.id,
        name=view.name,
        state=view.state,
        session_bytes=folder.session_bytes,
        history_bytes=folder.history_bytes,
        total_bytes=folder.total_bytes,
        growth_bytes=growth.instance_growth(history, view.id, now=now, total=folder.total_bytes),
        last_write=folder.last_write,
        worker_bytes=worker_bytes,
    )


def _worker_bytes(view: InstanceView, *, sharing: int) -> int | None:
    """Return what the worker costs, a share of one that ``sharing`` instances are in.

    As the system tells, which tells only root, else as the worker told.
    """
    if not view.worker_pid:
        return None
    whole = proportional_bytes(view.worker_pid)
    return whole // sharing if whole else view.worker_bytes
