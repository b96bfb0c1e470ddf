"""What an instance shows of its owner: only what is asked for, and no longer than that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.engine.whatsapp import presence
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Jid, Source
from core.engine.whatsapp.presence import AccountPresence, PhoneSigns, TypingDisplay
from core.models.worker_commands import ShowPresence, ShowTyping
from core.models.worker_events import PhoneSeen, PresenceShown, WentOnline
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
        self.emitted: list[PresenceShown | WentOnline] = []

    def send_presence(self, state: str) -> None:
        if not self.named:
            raise RefusedError("can't send presence without PushName set")
        self.calls.append((state,))

    def set_force_activate_delivery_receipts(self, active: bool) -> None:
        self.calls.append(("receipts", str(active)))

    def send_chat_presence(self, chat: str, state: str, media: str) -> None:
        assert media == "typed"
        self.calls.append((chat, state))


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


def account(client: FakeClient) -> AccountPresence:
    return AccountPresence(cast(Neonize, FakeNeonize), cast(Client, client), ID, emit=client.emitted.append)


def display(
    client: FakeClient, *, online_s: float = 60.0, presence: AccountPresence | None = None
) -> TypingDisplay:
    people = {"5511900000000": None}
    return TypingDisplay(
        cast(Neonize, FakeNeonize),
        cast(Client, client),
        ID,
        address_of=lambda to: cast("Jid | None", people.get(to, to)),
        presence=presence or account(client),
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


def test_a_new_name_is_shown_as_the_account_is_shown(client: FakeClient) -> None:
    """Others see it with the next presence, which changes nothing else."""
    presence = account(client)
    presence.renew()
    presence.show(ShowPresence(ID, available=True, receipts=False))
    presence.renew()
    assert client.calls == [("offline",), ("online",), ("online",)]
    assert len(client.emitted) == 1
    client.named = False
    presence.renew()
    assert len(client.calls) == 3


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


def test_what_the_supervisor_asks_for_is_shown_and_answered(client: FakeClient) -> None:
    """Also what was shown before: WhatsApp forgets it with each connection."""
    presence = account(client)
    for available in (False, False, True):
        presence.show(ShowPresence(ID, available, receipts=False))
    assert client.calls == [("offline",), ("offline",), ("online",)]
    assert client.emitted == [PresenceShown(ID, available, False) for available in (False, False, True)]


def test_a_refusal_is_answered_with_its_reason(client: FakeClient) -> None:
    """The supervisor asks again; the ticks are switched all the same."""
    client.named = False
    account(client).show(ShowPresence(ID, available=False, receipts=True))
    (answer,) = client.emitted
    assert isinstance(answer, PresenceShown)
    assert "PushName" in answer.error
    assert client.calls == [("receipts", "True")]


def test_ticks_are_switched_once_and_before_the_presence(client: FakeClient) -> None:
    """The core forgets with a switch-off that the account is shown as there: it is told again after that."""
    presence = account(client)
    for receipts in (True, True, False):
        presence.show(ShowPresence(ID, available=True, receipts=receipts))
    assert client.calls == [
        ("receipts", "True"),
        ("online",),
        ("online",),
        ("receipts", "False"),
        ("online",),
    ]


def test_typing_ends_in_what_the_supervisor_asked_for(client: FakeClient) -> None:
    """An account that is always to be shown stays so."""
    presence = account(client)
    presence.show(ShowPresence(ID, available=True, receipts=False))
    presence.set_typing(True)
    presence.set_typing(False)
    assert client.calls == [("online",)]
    presence.show(ShowPresence(ID, available=False, receipts=False))
    assert client.calls[1:] == [("offline",)]


def test_a_moment_that_ends_does_not_hide_one_that_types(client: FakeClient) -> None:
    """It is hidden when the typing ends."""
    presence = account(client)
    presence.show(ShowPresence(ID, available=True, receipts=False))
    presence.set_typing(True)
    presence.show(ShowPresence(ID, available=False, receipts=False))
    assert client.calls == [("online",), ("online",)]
    presence.set_typing(False)
    assert client.calls[2:] == [("offline",)]


def test_typing_that_shows_the_account_is_told(client: FakeClient) -> None:
    """Once, and not while it was shown anyway, nor when it was refused."""
    presence = account(client)
    presence.set_typing(True)
    presence.set_typing(True)
    presence.set_typing(False)
    assert client.emitted == [WentOnline(ID)]
    client.named = False
    presence.set_typing(True)
    assert client.emitted == [WentOnline(ID)]


NOW = 1_795_000_000


def source(*, mine: bool = True, device: int = 0, user: str = "5511912345678") -> Source:
    return cast(Source, SimpleNamespace(IsFromMe=mine, Sender=SimpleNamespace(User=user, Device=device)))


@pytest.fixture
def seen() -> list[PhoneSeen]:
    return []


@pytest.fixture
def signs(seen: list[PhoneSeen]) -> PhoneSigns:
    return PhoneSigns(ID, emit=seen.append, clock=lambda: NOW)


def test_what_the_phone_does_is_reported_with_its_time(signs: PhoneSigns, seen: list[PhoneSeen]) -> None:
    """What waited is of the time when it was done; WhatsApp gives it in seconds or milliseconds."""
    signs.look(source(), NOW - 90_000)
    signs.look(source(), (NOW - 60_000) * 1000)
    assert seen == [PhoneSeen(ID, at=NOW - 90_000.0), PhoneSeen(ID, at=NOW - 60_000.0)]


@pytest.mark.parametrize("other", [source(mine=False), source(device=7), source(user="")])
def test_others_and_other_devices_are_no_sign(
    signs: PhoneSigns, seen: list[PhoneSeen], other: Source
) -> None:
    """A second computer may be busy for months while the phone lies in a drawer."""
    signs.look(other, NOW)
    assert seen == []


def test_a_busy_phone_is_reported_every_ten_minutes(signs: PhoneSigns, seen: list[PhoneSeen]) -> None:
    """However much it writes."""
    for second in range(0, 3_600, 10):
        signs.look(source(), NOW - 7_200 + second)
    assert len(seen) == 6


def test_a_time_in_the_future_counts_as_now(signs: PhoneSigns, seen: list[PhoneSeen]) -> None:
    """Else one wrong clock would hide the phone's silence for good."""
    signs.look(source(), NOW + 10**6)
    assert seen == [PhoneSeen(ID, at=float(NOW))]
