"""What has to be done now and then for all instances."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.registry import suspend
from core.registry.storage import ELSEWHERE, StorageMonitor
from core.registry.supervisors import Supervisors
from core.store import trash

log = logging.getLogger(__name__)

INTERVAL_S: Final = 5.0
_PURGE_EVERY_S: Final = 3600.0


class Maintenance:
    """Runs in a thread of somebody else."""

    def __init__(  # noqa: PLR0913  # what it looks after
        self,
        auth_dir: Path,
        *,
        roster: Supervisors,
        watch: StorageMonitor,
        own_again: Callable[[], None],
        tidy: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        """``own_again`` is called when the folder is back at its path and its lock is not ours any more.

        ``tidy`` is called for each instance every hour; raises StorageUnavailableError.
        """
        self._auth_dir = auth_dir
        self._roster = roster
        self._watch = watch
        self._own_again = own_again
        self._tidy = tidy
        self._clock = clock
        self._trouble = False
        self._purge_at = 0.0

    def run(self, closing: threading.Event) -> None:
        """Keep house every 5 s until ``closing`` is set."""
        through, awake = suspend.clocks()
        detector = suspend.SuspendDetector(through=through, awake=awake)
        while not closing.wait(INTERVAL_S):
            if detector.resumed():
                log.warning("this machine was suspended; connecting all instances anew")
                for supervisor in self._roster.all():
                    supervisor.on_resume_from_suspend()
            try:
                self._look_at_storage()
                self._purge()
            except Exception:
                # Nobody else would ever look again.
                log.exception("housekeeping stumbled")

    def _look_at_storage(self) -> None:
        """Let the instances wait while nothing can be stored, and go on when it can."""
        problem = self._watch.check()
        if problem is not None and problem.code in ELSEWHERE:
            workers = [one for one in self._roster.all() if one.worker_pid is not None]
            if not workers and self._watch.can_reacquire(one.record.id for one in self._roster.all()):
                self._own_again()
                problem = self._watch.check()
        over, self._trouble = self._trouble and problem is None, problem is not None
        for supervisor in self._roster.all():
            supervisor.check_storage(problem, resume=over)

    def _purge(self) -> None:
        if not self._trouble and self._clock() >= self._purge_at:
            self._purge_at = self._clock() + _PURGE_EVERY_S
            trash.purge_expired(self._auth_dir, now=self._clock())
            for supervisor in self._roster.all():
                with contextlib.suppress(StorageUnavailableError):  # told elsewhere; the next hour will do
                    self._tidy(supervisor.record.id)
