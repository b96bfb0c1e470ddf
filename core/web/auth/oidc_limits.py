"""What a stranger can make sign-in through a provider remember and wait for."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

AT_ONCE: Final = 16
"""Strangers whom the provider is asked about at the same moment."""
AT_ONCE_EACH: Final = 4
"""The same of one client: an address, or a browser that signed in before."""
_REMEMBERED: Final = 10_000


class TooManyError(Exception):
    """So many are waiting that one more is not let in line."""


class WaitingLimit:
    """Counts who waits for the provider. Threading: the event loop's thread."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._strangers = 0

    @contextlib.contextmanager
    def place(self, client: str, *, known: bool) -> Iterator[None]:
        """Hold a place for ``client``; who is ``known`` needs none of those that strangers share.

        Raises TooManyError at once: there is no line behind those who wait.
        """
        if self._waiting[client] >= AT_ONCE_EACH or (self._strangers >= AT_ONCE and not known):
            raise TooManyError
        self._waiting[client] += 1
        self._strangers += not known
        try:
            yield
        finally:
            self._strangers -= not known
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]


class UsedFlows:
    """Remembers by its digest which flow came back. Threading: the event loop's thread."""

    def __init__(self, lifetime_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Each is forgotten after ``lifetime_s``: by then it does not count any more anyway."""
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def use(self, state: str) -> bool:
        """Use up the flow of that ``state``; return False when it was used before."""
        now, digest = self._clock(), hashlib.sha256(state.encode()).digest()
        while self._until and (len(self._until) >= _REMEMBERED or next(iter(self._until.values())) <= now):
            self._until.popitem(last=False)
        if digest in self._until:
            return False
        self._until[digest] = now + self._lifetime_s
        return True
