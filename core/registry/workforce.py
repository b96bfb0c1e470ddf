"""The launcher of all workers, shared by the supervisors."""

from __future__ import annotations

import logging
import threading

from core.engine.launcher import Launcher, Worker, make_launcher
from core.engine.protocol import WorkerSpec
from core.errors import StorageUnavailableError

log = logging.getLogger(__name__)


class WorkerPool:
    """Threading: safe from any thread; starts one worker at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._launcher: Launcher | None = None
        self._closed = False

    def open(self, *, lock: int) -> bool:
        """From now on workers can be had; each keeps the descriptor ``lock`` open. False after ``close``."""
        with self._lock:
            if self._closed:
                return False
            self._launcher = make_launcher(inherit=(lock,))
            try:
                self._launcher.warm()
            except OSError as error:
                log.error("cannot prepare workers: %s; each start tries again", error)
        return True

    def launch(self, spec: WorkerSpec) -> Worker:
        """A new worker. Raises StorageUnavailableError (closing), WorkerLostError."""
        with self._lock:
            if self._launcher is None or self._closed:
                raise StorageUnavailableError("closing")
            return self._launcher.launch(spec)

    def pause(self) -> None:
        """End every worker that is left; none can be had until ``open``."""
        with self._lock:
            if self._launcher is not None:
                self._launcher.close()
                self._launcher = None

    def close_to_new(self) -> None:
        """Start no worker any more."""
        self._closed = True

    def close(self) -> None:
        """End every worker that is left, and start none any more. Idempotent."""
        self._closed = True
        self.pause()
