"""What has to be done now and then for all instances."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.registry import suspend
from core.registry.roster import Roster
from core.store import trash

log = logging.getLogger(__name__)

HOUSEKEEPING_S: Final = 5.0
_PURGE_EVERY_S: Final = 3600.0


class Housekeeping:
    """Runs in a thread of somebody else."""

    def __init__(self, auth_dir: Path, *, roster: Roster, clock: Callable[[], float]) -> None:
        self._auth_dir = auth_dir
        self._roster = roster
        self._clock = clock

    def run(self, closing: threading.Event) -> None:
        """Keep house every 5 s until ``closing`` is set."""
        through, awake = suspend.clocks()
        detector = suspend.SuspendDetector(through=through, awake=awake)
        purge_at = 0.0
        while not closing.wait(HOUSEKEEPING_S):
            if detector.slept():
                log.warning("this machine was suspended; connecting all instances anew")
                for supervisor in self._roster.all():
                    supervisor.slept()
            if self._clock() >= purge_at:
                purge_at = self._clock() + _PURGE_EVERY_S
                trash.purge_expired(self._auth_dir, now=self._clock())
