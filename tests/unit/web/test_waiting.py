"""Connections that ask for nothing are ended; who is still taking an answer, or has asked again, is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from core.web import waiting


class Connection:
    """As uvicorn's protocol, after a request that was answered."""

    def __init__(self, unsent: int = 0) -> None:
        self.unsent, self.aborted = unsent, False
        self.cycle: Any = SimpleNamespace(response_complete=True)
        self.transport = SimpleNamespace(get_write_buffer_size=lambda: self.unsent, abort=self._abort)

    def _abort(self) -> None:
        self.aborted = True


def live(monkeypatch: pytest.MonkeyPatch, connection: Connection, happens: Callable[[], None]) -> bool:
    """Let time pass, four times the limit, while something happens often; whether it was ended."""
    monkeypatch.setattr(waiting, "LONGEST_S", 0.2)
    monkeypatch.setattr(waiting, "_LOOK_EVERY_S", 0.01)

    async def run() -> None:
        server = SimpleNamespace(server_state=SimpleNamespace(connections={connection}))
        looking = asyncio.create_task(waiting.end_idlers(server))
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
