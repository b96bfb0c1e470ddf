"""Telling open pages that something changed, without their asking.

A WebSocket and not server-sent events: a browser opens six plain connections to a host for all its tabs
together, and a seventh tab would wait for ever; WebSockets have a limit of their own, in the hundreds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

QUIET_S: Final = 0.1
"""At most ten messages a second to each page, however much happens."""
HEARTBEAT_S: Final = 25.0
"""Proxies drop connections that say nothing for a minute."""


class ChangeBus:
    """Counts changes and wakes whoever waits for the next one.

    Threading: ``publish`` and ``close`` are safe from any thread; the rest belongs to the event loop that
    ``bind`` was called in.
    """

    def __init__(self) -> None:
        self.version = 0
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()

    def bind(self) -> None:
        """Deliver in the running event loop."""
        self._loop = asyncio.get_running_loop()

    def publish(self) -> None:
        """Something changed."""
        self._call(self._changed)

    def close(self) -> None:
        """Send the pages away: the process is about to end. Idempotent."""
        self._call(self._close)

    async def next(self, seen: int) -> int:
        """The version as soon as it is another than ``seen``, or the same one after 25 s or at the end."""
        if self.version != seen or self.closed:
            return self.version
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(event)
        return self.version

    def _call(self, action: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended first
                self._loop.call_soon_threadsafe(action)

    def _changed(self) -> None:
        self.version += 1
        self._wake()

    def _close(self) -> None:
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()


bus: Final = ChangeBus()
"""The process's one bus; the lifespan connects it to the registry."""


async def changes(socket: WebSocket) -> None:
    """`/api/changes`: a number each time something changed, the present one first. Says nothing else."""
    origin = socket.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != socket.headers.get("host"):
        await socket.close(4403)
        return
    await socket.accept()
    gone = asyncio.ensure_future(_until_gone(socket))
    seen = -1
    try:
        while not gone.done() and not bus.closed:
            seen = await bus.next(seen)
            await socket.send_text(str(seen))
            await asyncio.sleep(QUIET_S)
        if bus.closed:
            await socket.close(1001)
    except (WebSocketDisconnect, RuntimeError):
        pass  # it went while we wrote
    finally:
        gone.cancel()


async def _until_gone(socket: WebSocket) -> None:
    """A page says nothing; hearing it is how its end is noticed."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
