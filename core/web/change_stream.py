"""The WebSocket that tells open pages that something changed, and about what, without their asking.

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
from core.services.runtime import current
from core.web.requests.origin import is_same_origin, values

QUIET_S: Final = 0.05
"""Between two messages to a page: at most twenty a second, however much happens."""
GOING_AWAY: Final = 1001
_FOREIGN: Final = 4403


async def changes(socket: WebSocket) -> None:
    """Serve `/api/changes`: as JSON, the number of each topic's newest change, now and after each next."""
    if values(socket.scope, b"origin") and not _from_own_page(socket):
        await socket.close(_FOREIGN)
        return
    bus = current().changes
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
    """Compare the host; the middleware has compared the scheme and knows whether an edge speaks https."""
    return any(is_same_origin(socket.scope, secure=secure) for secure in (False, True))


async def _until_gone(socket: WebSocket) -> None:
    """Wait for the end of a page, which sends nothing: reading is how its end is noticed."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
