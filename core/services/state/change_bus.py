"""Passing changes on to open pages, within one event loop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from core.models.topic import Topic

HEARTBEAT_S: Final = 25.0
"""Proxies drop connections that say nothing for a minute."""


class ChangeBus:
    """The number of the newest change of each topic, for everything that waits for one.

    Threading: ``publish`` and ``close`` are safe from any thread and return at once; the rest belongs to the
    event loop that ``bind`` was called in.
    """

    def __init__(self) -> None:
        self.newest: dict[Topic, int] = {}
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()
        self._due = False

    def bind(self) -> None:
        """Deliver in the running event loop."""
        self._loop, self.closed = asyncio.get_running_loop(), False

    def publish(self, topic: Topic, version: int) -> None:
        """Announce change number ``version``, which is about ``topic``."""
        self.newest = {**self.newest, topic: version}
        self._wake_soon()

    def close(self) -> None:
        """Send the pages away: the process is about to end. Idempotent."""
        self.closed = True
        self._wake_soon()

    async def newer(self, seen: dict[Topic, int] | None) -> dict[Topic, int]:
        """Return the newest numbers once they are not ``seen``; the same ones after 25 s or at the end."""
        if self.newest != seen or self.closed:
            return self.newest
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(event)
        return self.newest

    def _wake_soon(self) -> None:
        if self._loop is not None and not self._due:
            self._due = True
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        # First: a change from here on asks for another round.
        self._due = False
        for event in self._waiting:
            event.set()
