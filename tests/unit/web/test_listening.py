"""Without a password the app listens on loopback addresses or ends."""

from __future__ import annotations

import asyncio
import os
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from core.web.listening import Listening, is_loopback, refuse_public_address


def server(host: str = "localhost", *addresses: str | tuple[str, int], started: bool = True) -> Any:
    """What uvicorn knows of itself, with sockets on ``addresses``."""
    sockets = [SimpleNamespace(getsockname=lambda found=each: found) for each in addresses]
    return SimpleNamespace(
        config=SimpleNamespace(host=host), started=started, servers=[SimpleNamespace(sockets=sockets)]
    )


@pytest.fixture(autouse=True)
def ends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that were sent to this process."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: sent.append(number))
    return sent


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.0.7", "10.0.0.1", "example.test", "2001:db8::1"]
)
def test_a_server_that_is_set_up_for_others_does_not_start(host: str) -> None:
    """One sentence that says what to do, and an exit code that is not 0."""
    with pytest.raises(SystemExit, match="APP_PASSWORD is not set") as ended:
        refuse_public_address(server(host))
    assert ended.value.code not in (0, None)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_a_server_for_this_machine_starts(host: str) -> None:
    """By name or by address."""
    refuse_public_address(server(host))
    refuse_public_address(None)


@pytest.mark.parametrize(
    "addresses",
    [
        [("0.0.0.0", 8501)],
        [("::", 8501)],
        [("127.0.0.1", 8501), ("192.168.0.7", 8501)],
        [("::1", 8501), ("::", 8501)],
        ["/run/app.sock"],
        [],
    ],
)
def test_what_is_really_listened_on_counts(addresses: list[Any], ends: list[int]) -> None:
    """Whatever the name was: nothing is served, and the process is asked once to end."""
    listening = Listening(server("localhost", *addresses))
    assert [listening.is_private() for _ in range(3)] == [False] * 3
    assert len(ends) == 1


def test_a_server_that_cannot_be_asked_serves_nothing(ends: list[int]) -> None:
    """Another one than uvicorn may listen anywhere."""
    listening = Listening(None)
    asyncio.run(listening.watch())
    assert not listening.is_private()
    assert len(ends) == 1


def test_sockets_that_come_later_are_looked_at_too(ends: list[int]) -> None:
    """Until the server has started, every request looks anew."""
    found = server("localhost", ("127.0.0.1", 8501), started=False)
    listening = Listening(found)
    assert listening.is_private()
    found.servers += server("localhost", ("0.0.0.0", 8502)).servers
    assert not listening.is_private()
    assert ends


def test_a_request_that_comes_too_early_is_turned_away_and_no_more(ends: list[int]) -> None:
    """Before the server has told of its sockets; a moment later it is served."""
    found = server("localhost", started=False)
    listening = Listening(found)
    assert not listening.is_private()
    found.servers, found.started = server("localhost", ("127.0.0.1", 8501)).servers, True
    assert listening.is_private()
    assert not ends


def test_nobody_has_to_ask(ends: list[int]) -> None:
    """The process ends by itself as soon as the server has started."""
    asyncio.run(Listening(server("localhost", ("0.0.0.0", 8501))).watch())
    assert len(ends) == 1


def test_real_sockets_of_this_machine_are_fine(ends: list[int]) -> None:
    """Over IPv4, and over IPv6 where there is some."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = server()
        found.servers = [SimpleNamespace(sockets=[listener])]
        assert Listening(found).is_private()
    assert not ends


@pytest.mark.parametrize("address", ["::ffff:10.0.0.1", "", "localhost", "127.1", "0177.0.0.1", "1"])
def test_what_is_no_loopback_address_is_none(address: str) -> None:
    """A name may stand for anything."""
    assert not is_loopback(address)
