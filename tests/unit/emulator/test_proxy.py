"""The proxy lets WhatsApp through and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.emulator.proxy import Proxy


async def _ask(port: int, request: str, then: bytes = b"") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode() + b"\r\nHost: x\r\n\r\n" + then)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


def _with_proxy(
    scenario: Callable[[Proxy, int], Awaitable[None]], *, network_down: Callable[[], bool] = lambda: False
) -> None:
    """Run a scenario with a proxy in front of a server that answers one line in capitals."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(shout, "127.0.0.1", 0)
        proxy = Proxy(server.sockets[0].getsockname()[1], network_down=network_down)
        port = await proxy.start()
        await scenario(proxy, port)
        proxy.close()
        server.close()

    asyncio.run(run())


def test_other_hosts_are_refused_and_remembered() -> None:
    """Every host that is not WhatsApp's gets 502, by CONNECT and by GET, and its name is counted."""

    async def scenario(proxy: Proxy, port: int) -> None:
        requests = ["CONNECT example.com:443 HTTP/1.1"] * 2 + ["GET http://example.org/path HTTP/1.1"]
        for request in requests:
            assert (await _ask(port, request)).startswith(b"HTTP/1.1 502 ")
        assert proxy.refused_hosts == {"example.com": 2, "example.org": 1}

    _with_proxy(scenario)


def test_names_that_only_look_like_whatsapps_are_refused() -> None:
    """A host is compared as a whole, and plain HTTP to WhatsApp's host is no tunnel."""

    async def scenario(proxy: Proxy, port: int) -> None:
        for request in (
            "CONNECT web.whatsapp.com.example:443 HTTP/1.1",
            "CONNECT evil-web.whatsapp.com:443 HTTP/1.1",
            "GET http://web.whatsapp.com/ HTTP/1.1",
        ):
            assert (await _ask(port, request)).startswith(b"HTTP/1.1 502 ")

    _with_proxy(scenario)


def test_whatsapps_hosts_are_tunnelled_to_the_emulator() -> None:
    """After 200 the bytes go both ways unchanged, and nothing is counted as refused."""

    async def scenario(proxy: Proxy, port: int) -> None:
        answer = await _ask(port, "CONNECT web.whatsapp.com:443 HTTP/1.1", b"hello\n")
        assert answer == b"HTTP/1.1 200 OK\r\n\r\nHELLO\n"
        assert not proxy.refused_hosts

    _with_proxy(scenario)


def test_without_a_network_nobody_answers() -> None:
    """While the network is down a connection ends without a byte, and no host is blamed."""

    async def scenario(proxy: Proxy, port: int) -> None:
        assert await _ask(port, "CONNECT web.whatsapp.com:443 HTTP/1.1") == b""
        assert not proxy.refused_hosts

    _with_proxy(scenario, network_down=lambda: True)


def test_a_client_that_says_nothing_is_no_error() -> None:
    """Connecting and leaving at once disturbs nobody."""

    async def scenario(proxy: Proxy, port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        assert (await _ask(port, "CONNECT example.com:443 HTTP/1.1")).startswith(b"HTTP/1.1 502 ")
        assert list(proxy.refused_hosts) == ["example.com"]

    _with_proxy(scenario)
