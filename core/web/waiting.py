"""Connections that ask for nothing: ended after a while, and never more than a few hundred.

Whoever opens a connection and sends half a request holds a descriptor and some memory for as long as they
like: the server itself has a limit only for what is idle after a request. It is found through the signal
handler that it installed before the lifespan began, as its limit for the stop is.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from typing import Any, Final

from core.web.requests.head import HEAD_LIMIT
from core.web.requests.protocol import CheckedHttpProtocol, without_backtracking
from core.web.sockets import MESSAGE_LIMIT

log = logging.getLogger(__name__)

LONGEST_S: Final = 10.0
"""For the first line to the last header of a request, and between two requests."""
MOST: Final = 256
"""Connections that wait for a request; beyond that the one that waited longest is ended."""
_LOOK_EVERY_S: Final = 0.5
_DESCRIPTORS: Final = 4_096


def running_server() -> Any | None:
    """The uvicorn server that this process runs; None under another one."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return server if hasattr(server, "server_state") and hasattr(server, "config") else None


def set_limits(server: Any) -> None:
    """Let connections from now on cost little: checked, small heads, small websocket messages."""
    without_backtracking()
    server.config.http_protocol_class = CheckedHttpProtocol
    server.config.h11_max_incomplete_event_size = HEAD_LIMIT
    server.config.ws_max_size = MESSAGE_LIMIT
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  # not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < _DESCRIPTORS <= hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))


async def end_idlers(server: Any) -> None:
    """Until cancelled: end connections that have asked for nothing for 10 s, and the oldest beyond 256."""
    waiting: dict[Any, float] = {}
    while True:
        now = time.monotonic()
        asking = {each for each in server.server_state.connections if _waits(each)}
        waiting = {each: waiting.get(each, now) for each in asking}
        oldest = sorted(waiting.items(), key=lambda item: item[1])
        surplus = max(0, len(oldest) - MOST)
        for place, (connection, since) in enumerate(oldest):
            if place < surplus or now - since > LONGEST_S:
                waiting.pop(connection)
                connection.transport.abort()
        await asyncio.sleep(_LOOK_EVERY_S)


def _waits(connection: Any) -> bool:
    """Whether it has no request under way. Websockets have one from their handshake on."""
    if not hasattr(connection, "cycle"):
        return not getattr(connection, "handshake_initiated", True)
    return connection.cycle is None or connection.cycle.response_complete
