"""A connection that ends early lets its answer arrive, and a visitor who is gone already hurts nothing."""

from __future__ import annotations

import asyncio
import socket
import struct

from core.web.requests import lingering
from core.web.requests.lingering import LingeringTransport


class _Server(asyncio.Protocol):
    """Keeps the transport of the connection that was made."""

    def __init__(self, made: asyncio.Future[asyncio.Transport]) -> None:
        self._made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        self._made.set_result(transport)


async def _connected() -> tuple[socket.socket, asyncio.Transport, asyncio.Server]:
    loop = asyncio.get_running_loop()
    made: asyncio.Future[asyncio.Transport] = loop.create_future()
    server = await loop.create_server(lambda: _Server(made), "127.0.0.1", 0)
    client = socket.create_connection(server.sockets[0].getsockname())
    return client, await made, server


def test_a_visitor_who_reset_the_connection_is_no_error() -> None:
    """The reset is known to the kernel before the event loop hears of it: closing then just ends it."""

    async def scenario() -> bool:
        client, transport, server = await _connected()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()  # sends a reset
        LingeringTransport(transport, lambda: True).close()
        server.close()
        return transport.is_closing()

    assert asyncio.run(scenario())


def test_an_answer_arrives_though_not_all_was_read() -> None:
    """What was written before the close is read whole, and then the connection ends."""

    async def scenario() -> bytes:
        client, transport, server = await _connected()
        client.sendall(b"x" * 100_000)
        transport.write(b"too large")
        LingeringTransport(transport, lambda: True).close()
        client.setblocking(False)
        answer = b""
        async with asyncio.timeout(lingering.LINGER_S + 3):
            while chunk := await asyncio.get_running_loop().sock_recv(client, 100):
                answer += chunk
        client.close()
        server.close()
        transport.abort()
        return answer

    assert asyncio.run(scenario()) == b"too large"
