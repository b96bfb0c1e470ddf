"""What is behind TLS: the chat WebSocket of web.whatsapp.com, and the media host."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from tests.emulator.media_host import media_routes
from tests.emulator.session import Session

if TYPE_CHECKING:
    from tests.emulator.world import World

_log = logging.getLogger(__name__)

_CLIENT_LEFT: Final = (WebSocketDisconnect, ConnectionError, InvalidTag)
"""How a connection ends when the client goes, at whatever point: no error of ours."""


def whatsapp_app(world: World) -> Starlette:
    """The ASGI application to serve behind TLS."""

    async def chat(socket: WebSocket) -> None:
        world.connects += 1
        if world.faults.refuse:
            await socket.send_denial_response(Response(status_code=503))
            return
        await socket.accept()
        with contextlib.suppress(*_CLIENT_LEFT):
            if world.faults.blackhole:
                await _swallow(socket)
            await _serve(world, socket)

    return Starlette(
        routes=[
            WebSocketRoute("/ws/chat", chat),
            *media_routes(world),
        ]
    )


async def _serve(world: World, socket: WebSocket) -> None:
    try:
        await Session(world, socket).run()
    except _CLIENT_LEFT:
        raise
    except Exception as error:  # top of a connection: recorded, and the others go on
        if _closed_by_us(error, socket):
            return
        world.errors.append(repr(error))
        _log.debug("a session failed", exc_info=error)
        with contextlib.suppress(Exception):
            await socket.close(1011)


def _closed_by_us(error: Exception, socket: WebSocket) -> bool:
    """Starlette's way to say that `close` came between two steps of a session (`drop`, `unlink`)."""
    return isinstance(error, RuntimeError) and socket.application_state is WebSocketState.DISCONNECTED


async def _swallow(socket: WebSocket) -> None:
    """Read and never answer, until the client gives up."""
    while True:
        await socket.receive_bytes()
