"""Connections that ask for nothing are ended; who is still taking an answer, or has asked again, is not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from core.web import connection_limits


class Connection:
    """As uvicorn's protocol, after a request that was answered."""

    def __init__(self, unsent: int = 0) -> None:
        self.unsent, self.aborted, self.made_at = unsent, False, 0.0
        self.cycle: Any = SimpleNamespace(response_complete=True)
        self.transport = SimpleNamespace(get_write_buffer_size=lambda: self.unsent, abort=self._abort)

    def _abort(self) -> None:
        self.aborted = True


def live(monkeypatch: pytest.MonkeyPatch, connection: Connection, happens: Callable[[], None]) -> bool:
    """Let time pass, four times the limit, while something happens often; whether it was ended."""
    monkeypatch.setattr(connection_limits, "LONGEST_S", 0.2)
    monkeypatch.setattr(connection_limits, "_LOOK_EVERY_S", 0.01)

    async def run() -> None:
        server = SimpleNamespace(server_state=SimpleNamespace(connections={connection}))
        looking = asyncio.create_task(connection_limits.close_idle_connections(server))
        for _ in range(40):
            await asyncio.sleep(0.02)
            happens()
        looking.cancel()

    asyncio.run(run())
    return connection.aborted


def test_who_asks_for_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ever."""
    assert live(monkeypatch, Connection(), lambda: None)


def test_a_large_file_is_sent_to_its_end_over_a_slow_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer counts as complete once it lies in the buffer: 100 MB take a while from there."""
    connection = Connection(unsent=100_000)

    def taken() -> None:
        connection.unsent -= 1_000

    assert not live(monkeypatch, connection, taken)


def test_who_takes_nothing_of_an_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the memory of the answer."""
    assert live(monkeypatch, Connection(unsent=100_000), lambda: None)


def test_who_asks_again_between_two_looks_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request begins the time anew, however quickly it was answered."""
    connection = Connection()

    def asks() -> None:
        connection.cycle = SimpleNamespace(response_complete=True)

    assert not live(monkeypatch, connection, asks)


def test_a_crowd_is_thinned_out_at_once_and_the_oldest_go_first() -> None:
    """Who has a request under way stays."""
    crowd = [Connection() for _ in range(connection_limits.MOST + 3)]
    for made_at, each in enumerate(crowd):
        each.made_at = float(made_at)
    crowd[0].cycle.response_complete = False
    connections: set[Any] = set(crowd)
    connection_limits._end_surplus(connections)
    assert [each.aborted for each in crowd[:5]] == [False, True, True, False, False]
    assert connections == {crowd[0], *crowd[3:]}


def test_small_answers_leave_at_once() -> None:
    """Also on a socket that was bound before the server began, as Streamlit does it."""
    told: list[int] = []

    class Told(connection_limits.CrowdedHttpProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connection = transport.get_extra_info("socket")
            told.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.abort()

    async def run() -> None:
        async def app(_scope: object, _receive: object, _send: object) -> None: ...

        config = uvicorn.Config(app, interface="asgi3", ws="none", log_config=None)
        config.load()
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.bind(("127.0.0.1", 0))
        state = uvicorn.server.ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: Told(config=config, server_state=state, app_state={}), sock=bound
        )
        _, writer = await asyncio.open_connection(*bound.getsockname())
        while not told:
            await asyncio.sleep(0.01)
        writer.close()
        server.close()

    asyncio.run(run())
    assert told == [1]
