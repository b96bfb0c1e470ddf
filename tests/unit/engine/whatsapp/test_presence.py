"""What an instance shows of its owner: only what is asked for, and no longer than that."""

from __future__ import annotations

from typing import Any, cast

import pytest

from core.engine.whatsapp import presence
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Jid
from core.engine.whatsapp.presence import TypingDisplay
from core.models.worker_commands import ShowTyping
from tests.support.polling import eventually

ID = "loja-k7m2xq"


class RefusedError(Exception):
    pass


class FakeNeonize:
    error = RefusedError
    online, offline, composing, paused, typed = "online", "offline", "composing", "paused", "typed"


class FakeClient:
    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.named = True

    def send_presence(self, state: str) -> None:
        if not self.named:
            raise RefusedError
        self.calls.append((state,))

    def send_chat_presence(self, chat: str, state: str, media: str) -> None:
        assert media == "typed"
        self.calls.append((chat, state))


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


def display(client: FakeClient, *, online_s: float = 60.0) -> TypingDisplay:
    people = {"5511900000000": None}
    return TypingDisplay(
        cast(Neonize, FakeNeonize),
        cast(Client, client),
        ID,
        address_of=lambda to: cast("Jid | None", people.get(to, to)),
        online_s=online_s,
    )


def show(shown: TypingDisplay, to: str = "7@lid", *, on: bool = True) -> None:
    shown.show(ShowTyping(ID, to, on))


def test_the_account_is_online_only_while_it_shows_that_it_writes(client: FakeClient) -> None:
    """It goes offline by itself, and is online anew with the next word."""
    shown = display(client, online_s=0.1)
    show(shown)
    assert client.calls == [("online",), ("7@lid", "composing")]
    eventually(lambda: client.calls[-1:] == [("offline",)], timeout=5, seen=lambda: client.calls)
    show(shown)
    assert client.calls[3:] == [("online",), ("7@lid", "composing")]


def test_words_that_follow_are_shown_once(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key press is no reason to tell the server; after some seconds it is told again."""
    shown = display(client)
    for _ in range(20):
        show(shown)
    assert client.calls == [("online",), ("7@lid", "composing")]
    monkeypatch.setattr(presence, "_AGAIN_S", 0.0)
    show(shown)
    assert client.calls[2:] == [("7@lid", "composing")]


def test_an_end_is_shown_where_it_began(client: FakeClient) -> None:
    """Nothing is said of a chat in which nothing was shown."""
    shown = display(client)
    show(shown, on=False)
    assert client.calls == []
    show(shown)
    show(shown, "8@lid", on=False)
    show(shown, on=False)
    show(shown, on=False)
    assert client.calls[2:] == [("7@lid", "paused")]


def test_a_number_that_is_not_on_whatsapp_makes_no_one_online(client: FakeClient) -> None:
    """There is nothing to show to anybody."""
    show(display(client), "5511900000000")
    assert client.calls == []


def test_an_account_without_a_name_shows_what_it_can(client: FakeClient) -> None:
    """The core refuses to be online while it does not know the account's own name."""
    client.named = False
    show(display(client))
    assert client.calls == [("7@lid", "composing")]


def test_what_the_core_refuses_is_no_error(client: FakeClient) -> None:
    """It matters too little."""

    def refuse(*_: Any) -> None:
        raise RefusedError

    client.send_chat_presence = refuse  # type: ignore[method-assign, assignment]
    show(display(client))
    assert client.calls == [("online",)]
