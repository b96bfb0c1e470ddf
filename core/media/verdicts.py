"""What was said of pictures lately: none is decoded at each look, and one that kills a child does so once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from core.media.decoder_protocol import Verdict

_MOST_BYTES: Final = 4 * 1024**2
_MOST_ENTRIES: Final = 2_000
_ENTRY: Final = 500
"""Bytes that an entry takes beside its data."""
_LARGEST: Final = 4
"""A picture may take that part of all the room."""


class Verdicts:
    """Verdicts by digest; what was asked for longest ago goes first.

    Threading: safe from any thread.
    """

    def __init__(self, *, most_bytes: int = _MOST_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[Verdict, float]] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes
        self._clock = clock

    def find(self, digest: bytes) -> Verdict | None:
        """Return the verdict on that picture, while it counts."""
        with self._lock:
            verdict, until = self._kept.get(digest, (None, 0.0))
            if verdict is None or until < self._clock():
                return None
            self._kept.move_to_end(digest)
            return verdict

    def keep(self, digest: bytes, verdict: Verdict, *, seconds: float = float("inf")) -> None:
        """Keep the verdict for so long, unless it would push out much of the rest."""
        if _size(verdict) > self._most_bytes // _LARGEST:
            return
        with self._lock:
            self._forget(digest)
            self._kept[digest] = (verdict, self._clock() + seconds)
            self._bytes += _size(verdict)
            while self._bytes > self._most_bytes or len(self._kept) > _MOST_ENTRIES:
                self._forget(next(iter(self._kept)))

    def _forget(self, digest: bytes) -> None:
        verdict, _ = self._kept.pop(digest, (None, 0.0))
        if verdict is not None:
            self._bytes -= _size(verdict)


def _size(verdict: Verdict) -> int:
    return _ENTRY + len(verdict.data) + len(verdict.thumbnail)
