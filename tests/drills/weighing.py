"""Memory and descriptors of the app's processes over time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Self

import psutil

from tests.drills.counting import slope_per_hour

MB: Final = 1024 * 1024


class Scales:
    """Weighs the processes that ``pids`` names, every so often, until the context ends."""

    def __init__(self, pids: Callable[[], dict[int, str]], *, every_s: float) -> None:
        """``pids`` gives each process id and what it is."""
        self._pids, self._every_s = pids, every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._begin = time.monotonic()
        self.memory: dict[tuple[int, str], list[tuple[float, float]]] = {}
        """Seconds and MB (PSS) of each."""
        self.descriptors: dict[tuple[int, str], list[tuple[float, float]]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def weigh(self) -> None:
        """Weigh all now."""
        for pid, name in self._pids().items():
            try:
                process = psutil.Process(pid)
                memory, descriptors = process.memory_full_info().pss / MB, float(process.num_fds())
            except psutil.Error:
                continue  # it has ended meanwhile
            at = time.monotonic() - self._begin
            self.memory.setdefault((pid, name), []).append((at, memory))
            self.descriptors.setdefault((pid, name), []).append((at, descriptors))

    def slopes(self, name: str, *, after: float) -> list[float]:
        """MB an hour of each process called ``name`` that was there for most of the time after ``after``."""
        found = []
        for (_, what), points in self.memory.items():
            late = [point for point in points if point[0] >= after]
            whole = time.monotonic() - self._begin - after
            if what == name and len(late) > 2 and late[-1][0] - late[0][0] >= 0.7 * whole:
                found.append(slope_per_hour(late))
        return found

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self.weigh()
