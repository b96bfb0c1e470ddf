"""The server's main loop: few ticks, and an end without delay however it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable

import pytest
import uvicorn

from core.web import calm_server
from core.web.calm_server import CalmServer, calm


class Counted(CalmServer):
    """Counts its ticks."""

    ticks = 0

    async def on_tick(self, counter: int) -> bool:
        """Count; see ``uvicorn.Server``."""
        self.ticks += 1
        return await super().on_tick(counter)


async def _application(_scope: object, _receive: object, _send: object) -> None:
    raise NotImplementedError


def made() -> uvicorn.Server:
    """Return a server as Streamlit makes it."""
    return uvicorn.Server(uvicorn.Config(_application))


def _by_a_thread(server: uvicorn.Server) -> None:
    threading.Thread(target=setattr, args=(server, "should_exit", True)).start()


def _by_a_signal(server: uvicorn.Server) -> None:
    signal.signal(signal.SIGUSR1, server.handle_exit)
    threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGUSR1)).start()


def _by_its_own_loop(server: uvicorn.Server) -> None:
    server.should_exit = True


@pytest.mark.parametrize("tell", [_by_a_thread, _by_a_signal, _by_its_own_loop])
def test_it_ends_as_soon_as_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tell: Callable[[uvicorn.Server], None]
) -> None:
    """Without waiting for the next tick, which is an hour away here."""
    monkeypatch.setattr(calm_server, "TICK_S", 3600.0)
    server = made()
    calm(server)
    before = signal.getsignal(signal.SIGUSR1)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, tell, server)
        await asyncio.wait_for(server.main_loop(), 5)

    try:
        asyncio.run(run())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert server.should_exit


def test_told_before_its_loop_begins_it_ends_at_once() -> None:
    """A start that failed."""
    server = made()
    calm(server)
    server.should_exit = True
    asyncio.run(asyncio.wait_for(server.main_loop(), 5))


def test_it_ticks_once_in_its_time_and_renews_the_date() -> None:
    """The date of answers is uvicorn's own work at a tick."""
    server = made()
    server.__class__ = Counted
    calm(server)  # of another class: left as it is

    async def run() -> None:
        asyncio.get_running_loop().call_later(2.5, setattr, server, "should_exit", True)
        await server.main_loop()

    server.config.load()
    begin = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - begin < 5
    assert server.ticks <= 4  # type: ignore[attr-defined]
    assert any(name == b"date" for name, _ in server.server_state.default_headers)
