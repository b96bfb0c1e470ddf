"""Telling open pages that something changed, and about what, without their asking.

A WebSocket and not server-sent events: a browser opens six plain connections to a host for all its tabs
together, and a seventh tab would wait for ever; WebSockets have a limit of their own, in the hundreds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from core.models.topic import Topic
from core.web.requests.origin import is_same_origin, values

QUIET_S: Final = 0.05
"""Between two messages to a page: at most twenty a second, however much happens."""
HEARTBEAT_S: Final = 25.0
"""Proxies drop connections that say nothing for a minute."""
GOING_AWAY: Final = 1001
_FOREIGN: Final = 4403


class ChangeBus:
    """Passes the number of the newest change of each topic on to whoever waits for one.

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
        """Change number ``version`` happened; it is about ``topic``."""
        self.newest = {**self.newest, topic: version}
        self._wake_soon()

    def close(self) -> None:
        """Send the pages away: the process is about to end. Idempotent."""
        self.closed = True
        self._wake_soon()

    async def newer(self, seen: dict[Topic, int] | None) -> dict[Topic, int]:
        """The newest numbers, as soon as they are not ``seen``; the same ones after 25 s or at the end."""
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
            with contextlib.suppress(RuntimeError):  # the loop ended first
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        # First: a change from here on asks for another round.
        self._due = False
        for event in self._waiting:
            event.set()


bus: Final = ChangeBus()
"""The process's one bus; the lifespan connects it to the registry."""


async def changes(socket: WebSocket) -> None:
    """`/api/changes`: the number of the newest change of each topic, now and after each next one, as JSON."""
    if values(socket.scope, b"origin") and not _from_own_page(socket):
        await socket.close(_FOREIGN)
        return
    await socket.accept()
    gone = asyncio.ensure_future(_until_gone(socket))
    seen: dict[Topic, int] | None = None
    try:
        while not gone.done() and not bus.closed:
            seen = await bus.newer(seen)
            await socket.send_text(json.dumps(seen))
            await asyncio.sleep(QUIET_S)
        if bus.closed:
            await socket.close(GOING_AWAY)
    except (WebSocketDisconnect, RuntimeError):
        pass  # it went while we wrote
    finally:
        gone.cancel()


def _from_own_page(socket: WebSocket) -> bool:
    """The door has compared the scheme as well, and knows whether an edge speaks https for us."""
    return any(is_same_origin(socket.scope, secure=secure) for secure in (False, True))


async def _until_gone(socket: WebSocket) -> None:
    """A page says nothing; hearing it is how its end is noticed."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
