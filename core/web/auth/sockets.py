"""A websocket that has been let in: what it may send, and how it is ended when its sign-in ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MESSAGE_LIMIT: Final = 1024 * 1024
"""Bytes of one message; what a page sends is a few hundred, a long text some thousand."""
BURST: Final = 300
PER_SECOND: Final = 50.0
"""Messages; a person who types and presses makes about ten."""
OPEN_AT_ONCE: Final = 300
"""Sockets of all visitors together; a tab has two."""
NOT_IN: Final = 4401
_TOO_BIG: Final = 1009
_TOO_MANY: Final = 1008
_TRY_LATER: Final = 1013


class _EndedError(OSError):
    """Sending on a socket that was ended. Starlette turns an OSError into a disconnect."""


@dataclass(frozen=True, slots=True)
class SocketLogin:
    """What the socket's sign-in wants to know, and has to say."""

    on_end: Callable[[Callable[[], None]], Callable[[], None]]
    """Is given what ends the socket, and gives the function that takes that back."""
    used: Callable[[], None]
    """Called for each message."""
    sent: Callable[[bytes], None]
    """Is given each message that goes to the page."""


class Sockets:
    """Counts what is open. Threading: the event loop's thread only."""

    def __init__(self) -> None:
        self._open = 0

    async def serve(
        self,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
        login: SocketLogin,
    ) -> None:
        """Run ``app`` on the socket within the limits, until either side ends it or its sign-in does."""
        if self._open >= OPEN_AT_ONCE:
            await refuse(receive, send, _TRY_LATER, "too many connections")
            return
        guarded = _Guarded(receive, send, login)
        take_back = login.on_end(guarded.end)
        self._open += 1
        try:
            await app(scope, guarded.receive, guarded.send)
        finally:
            self._open -= 1
            take_back()


class _Guarded:
    def __init__(self, receive: Receive, send: Send, login: SocketLogin) -> None:
        self._receive, self._send, self._login = receive, send, login
        self._over = asyncio.Event()
        self._closed = False
        self._left, self._at = float(BURST), time.monotonic()

    def end(self) -> None:
        """Have the next (or the waiting) ``receive`` close the socket."""
        self._over.set()

    async def receive(self) -> Message:
        if self._closed:
            return {"type": "websocket.disconnect", "code": NOT_IN}
        message = await self._next()
        if message is None:
            return await self._close(NOT_IN, "signed out")
        if message["type"] == "websocket.receive":
            if len(message.get("bytes") or message.get("text") or "") > MESSAGE_LIMIT:
                return await self._close(_TOO_BIG, "message too big")
            if not self._within_rate():
                return await self._close(_TOO_MANY, "too many messages")
            self._login.used()
        return message

    async def send(self, message: Message) -> None:
        if self._closed:
            raise _EndedError
        if message["type"] == "websocket.close":
            self._closed = True
        if data := message.get("bytes"):
            self._login.sent(data)
        await self._send(message)

    async def _next(self) -> Message | None:
        """Return the next message; None when the sign-in ended first."""
        if self._over.is_set():
            return None
        incoming = asyncio.ensure_future(self._receive())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((incoming, over), return_when=asyncio.FIRST_COMPLETED)
            return None if over.done() else incoming.result()
        finally:
            over.cancel()
            incoming.cancel()

    def _within_rate(self) -> bool:
        now = time.monotonic()
        self._left = min(float(BURST), self._left + (now - self._at) * PER_SECOND) - 1
        self._at = now
        return self._left >= 0

    async def _close(self, code: int, reason: str) -> Message:
        if not self._closed:
            self._closed = True
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        return {"type": "websocket.disconnect", "code": code, "reason": reason}


async def refuse(receive: Receive, send: Send, code: int, reason: str) -> None:
    """Turn a socket away before it is accepted: the server answers 403."""
    await receive()
    await send({"type": "websocket.close", "code": code, "reason": reason})
