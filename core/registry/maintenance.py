"""Periodic work for all instances: storage checks, the trash, new connections after a suspend."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.registry.commands import Resumed, StorageChanged
from core.registry.storage import ELSEWHERE, StorageMonitor
from core.registry.supervisors import Supervisors
from core.store import trash
from core.store.files import remove_unfinished
from core.store.layout import instance_dir

log = logging.getLogger(__name__)

INTERVAL_S: Final = 5.0
_PURGE_EVERY_S: Final = 3600.0
NOTICED_FROM_S: Final = 20.0
"""Shorter suspends are left to the core's keep-alive, which notices a dead connection by itself."""


class Maintenance:
    """The loop over all instances. Threading: ``run`` in a thread of the caller's."""

    def __init__(  # noqa: PLR0913  # what it looks after
        self,
        auth_dir: Path,
        *,
        supervisors: Supervisors,
        monitor: StorageMonitor,
        reacquire: Callable[[], None],
        trim_inbox: Callable[[str], None],
        each_round: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """``reacquire`` is called when the folder is back at its path and its lock is not ours any more.

        ``trim_inbox`` is called for each instance every hour; raises StorageUnavailableError. ``each_round``
        is called every 5 s.
        """
        self._auth_dir = auth_dir
        self._supervisors = supervisors
        self._monitor = monitor
        self._reacquire = reacquire
        self._trim_inbox = trim_inbox
        self._each_round = each_round
        self._clock = clock
        self._had_problem = False
        self._purge_at = 0.0

    def run(self, closing: threading.Event) -> None:
        """Look after all instances every 5 s until ``closing`` is set."""
        through, awake = clocks()
        detector = SuspendDetector(through=through, awake=awake)
        while not closing.wait(INTERVAL_S):
            if detector.resumed():
                log.warning("this machine was suspended; connecting all instances anew")
                for supervisor in self._supervisors.all():
                    supervisor.post(Resumed())
            try:
                self._check_storage()
                self._purge()
                self._each_round()
            except Exception:
                # Top of a thread that is never started again.
                log.exception("maintenance: unhandled error")

    def _check_storage(self) -> None:
        """Let the instances wait while nothing can be stored, and go on when it can."""
        problem = self._monitor.check()
        if problem is not None and problem.code in ELSEWHERE:
            instances = [supervisor.snapshot() for supervisor in self._supervisors.all()]
            if all(instance.worker_pid is None for instance in instances) and self._monitor.can_reacquire(
                instance.record.id for instance in instances
            ):
                self._reacquire()
                problem = self._monitor.check()
        over, self._had_problem = self._had_problem and problem is None, problem is not None
        for supervisor in self._supervisors.all():
            if problem is not None or over or supervisor.awaits_disk_check:
                supervisor.post(StorageChanged(problem, resume=over))

    def _purge(self) -> None:
        if not self._had_problem and self._clock() >= self._purge_at:
            self._purge_at = self._clock() + _PURGE_EVERY_S
            trash.purge_expired(self._auth_dir, now=self._clock())
            remove_unfinished(self._auth_dir)
            for supervisor in self._supervisors.all():
                instance_id = supervisor.snapshot().record.id
                remove_unfinished(instance_dir(self._auth_dir, instance_id))
                with contextlib.suppress(StorageUnavailableError):  # told elsewhere; the next hour will do
                    self._trim_inbox(instance_id)


def clocks() -> tuple[Callable[[], float], Callable[[], float]]:
    """Return a clock that runs through a suspend and one that stands still, both in seconds.

    Elsewhere than on Linux the first is the wall clock, so that setting it forward looks like a suspend; that
    costs a reconnection, no more.
    """
    if sys.platform == "linux":
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic
    return time.time, time.monotonic


class SuspendDetector:
    """Two clocks that drift apart while the machine is suspended: every connection is dead then."""

    def __init__(self, *, through: Callable[[], float], awake: Callable[[], float]) -> None:
        self._through = through
        self._awake = awake
        self._gap = through() - awake()

    def resumed(self) -> bool:
        """Return True when the machine was suspended for 20 s or more since the last call."""
        gap = self._through() - self._awake()
        before, self._gap = self._gap, gap
        return gap - before >= NOTICED_FROM_S
