"""Connections that ask for nothing: ended after a while, and never more than a few hundred.

A client that opens a connection and sends half a request holds a descriptor and some memory as long as it
likes: the server itself has a limit only for what is idle after a request. It is found through the signal
handler that it installed before the lifespan began, as its limit for the stop is.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from core.web.auth.sockets import MESSAGE_LIMIT
from core.web.requests.head import HEAD_LIMIT
from core.web.requests.protocol import CheckedHttpProtocol, without_backtracking

log = logging.getLogger(__name__)

LONGEST_S: Final = 10.0
"""For the first line to the last header of a request, and between two requests."""
MOST: Final = 256
"""Connections that wait for a request; beyond that the one that waited longest is ended."""
CROWD: Final = 640
"""Connections of all kinds; with more, those that wait are counted at each new one: thousands come between
two looks, and each takes a descriptor."""
BACKLOG: Final = 128
"""Connections that are taken before others have their turn; the server's own number is 2,048."""
_LOOK_EVERY_S: Final = 0.5
_LOOK_LATER_S: Final = 2.0
"""While there are no connections: the time of one that asks for nothing counts from when it was made."""
_DESCRIPTORS: Final = 4_096


class CrowdedHttpProtocol(CheckedHttpProtocol):
    """Makes room at once when a new connection finds a crowd."""

    made_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection over; see ``asyncio.Protocol``."""
        self.made_at = time.monotonic()
        _send_at_once(transport)
        super().connection_made(transport)
        if len(self.connections) > CROWD:
            _end_surplus(self.connections)


def _send_at_once(transport: asyncio.Transport) -> None:
    """Send what is small without waiting for more: else an answer in two parts takes 40 ms longer.

    asyncio does this itself, but not for connections of a socket that was bound before, as the server's is.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):  # it may be gone already
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _end_surplus(connections: set[Any]) -> None:
    waiting = sorted(filter(_waits, connections), key=lambda each: getattr(each, "made_at", 0.0))
    for each in waiting[: max(0, len(waiting) - MOST)]:
        connections.discard(each)  # the event loop tells it a little later that it is lost
        each.transport.abort()


def running_server() -> Any | None:
    """Return the uvicorn server that this process runs; None under another one."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return server if hasattr(server, "server_state") and hasattr(server, "config") else None


def set_limits(server: Any) -> None:
    """Let connections from now on cost little: checked, small heads, small websocket messages."""
    without_backtracking()
    server.config.http_protocol_class = CrowdedHttpProtocol
    server.config.backlog = BACKLOG
    server.config.h11_max_incomplete_event_size = HEAD_LIMIT
    server.config.ws_max_size = MESSAGE_LIMIT
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  # not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < _DESCRIPTORS <= hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))


async def close_idle_connections(server: Any) -> None:
    """End, until cancelled, connections that asked for nothing for 10 s, and the oldest beyond 256."""
    waiting: dict[Any, _Wait] = {}
    while True:
        waiting = _looked_at(server.server_state.connections, waiting, time.monotonic())
        for connection in _too_long(waiting, time.monotonic()):
            waiting.pop(connection)
            connection.transport.abort()
        await asyncio.sleep(_LOOK_EVERY_S if server.server_state.connections else _LOOK_LATER_S)


@dataclass(frozen=True, slots=True)
class _Wait:
    since: float
    cycle: object
    """The request before; the same one while nothing new was asked for."""
    unsent: int
    """Bytes of its answer that the visitor has not taken yet."""

    def goes_on(self, before: _Wait) -> bool:
        """Return whether nothing has happened on the connection since then."""
        return self.cycle is before.cycle and self.unsent >= before.unsent


def _looked_at(connections: Iterable[Any], before: Mapping[Any, _Wait], now: float) -> dict[Any, _Wait]:
    """Return who waits, and since when; who is still being sent an answer has not begun to."""
    found: dict[Any, _Wait] = {}
    for each in filter(_waits, connections):
        cycle = getattr(each, "cycle", None)
        since = now if cycle else getattr(each, "made_at", now)
        wait = _Wait(since, cycle, each.transport.get_write_buffer_size())
        known = before.get(each)
        found[each] = replace(wait, since=known.since) if known and wait.goes_on(known) else wait
    return found


def _too_long(waiting: Mapping[Any, _Wait], now: float) -> list[Any]:
    oldest = sorted(waiting.items(), key=lambda item: item[1].since)
    surplus = max(0, len(oldest) - MOST)
    return [
        connection
        for place, (connection, wait) in enumerate(oldest)
        if place < surplus or now - wait.since > LONGEST_S
    ]


def _waits(connection: Any) -> bool:
    """Return whether it has no request under way. Websockets have one from their handshake on."""
    if not hasattr(connection, "cycle"):
        return not getattr(connection, "handshake_initiated", True)
    return connection.cycle is None or connection.cycle.response_complete
