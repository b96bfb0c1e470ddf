"""The CONNECT proxy in front of the emulator: WhatsApp's hosts come here, every other host gets 502."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.emulator.certificates import HOSTS

_REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_GONE = (OSError, EOFError, asyncio.LimitOverrunError)


class Proxy:
    """Routes clients to the TLS port and remembers who asked for a host that is not WhatsApp's.

    `network_down` is asked at every new connection: while it says yes, connections are closed unanswered,
    as they would be without a network.
    """

    def __init__(self, tls_port: int, *, network_down: Callable[[], bool] = lambda: False) -> None:
        self._tls_port = tls_port
        self._network_down = network_down
        self._server: asyncio.Server | None = None
        self.refused_hosts: Counter[str] = Counter()
        """How often each other host was asked for; empty means nothing else was contacted."""

    async def start(self, port: int = 0) -> int:
        """Listen on loopback (0: any free port); the port in use."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        """Stop listening; tunnels end with the event loop."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(*_GONE):
            method, host = _asked_host(await reader.readuntil(b"\r\n\r\n"))
            if self._network_down():
                return
            if method != "CONNECT" or host not in HOSTS:
                self.refused_hosts[host] += 1
                writer.write(_REFUSED)
                await writer.drain()
                return
            await self._tunnel(reader, writer)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._tls_port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))


def _asked_host(head: bytes) -> tuple[str, str]:
    """Method and host name of a proxy request: `CONNECT host:port` or `GET http://host/path`."""
    method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    target = rest.partition(" ")[0]
    address = target if "//" in target else f"//{target}"
    return method, urlsplit(address).hostname or target


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer), contextlib.suppress(*_GONE):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
