"""Answers kept for a while, so that the same question is not put again at once."""

from __future__ import annotations

import threading
import time
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class TimedCache(Generic[K, V]):
    """One answer a key, each with its age. Threading: safe from any thread."""

    def __init__(self, most: int) -> None:
        """Keep ``most`` answers; the one that was stored longest ago goes first."""
        self._most = most
        self._lock = threading.Lock()
        self._stored: dict[K, tuple[float, V]] = {}

    def find(self, key: K, *, within_s: float) -> V | None:
        """Return the answer to ``key`` if it is younger than ``within_s`` seconds."""
        with self._lock:
            entry = self._stored.get(key)
        return entry[1] if entry is not None and time.monotonic() - entry[0] < within_s else None

    def store(self, key: K, value: V) -> None:
        """Keep ``value`` from now on."""
        with self._lock:
            self._stored.pop(key, None)
            self._stored[key] = (time.monotonic(), value)
            while len(self._stored) > self._most:
                del self._stored[next(iter(self._stored))]
