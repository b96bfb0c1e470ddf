"""What a genuine core shows of its account, in which order, and what it hears of the phone itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from core.models.instance import DAY_S, InstanceState, InstanceView, PhoneSilence, PresenceMode
from core.registry.presence.owner_zone import owner_zone
from core.registry.presence.schedule import PULSE_S, pulse_at
from core.store.inbox_table import Search
from tests.emulator.content import Chat, Past, Text
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.polling import eventually

S = InstanceState
LONGEST_RETRY_S: Final = 900.0
NOON: Final = 12


@dataclass
class Clock:
    """The registry's time, which the test sets; the core and the emulator keep the machine's."""

    now: float

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(house: RegistryHarness) -> Clock:
    """Noon of today in São Paulo, where the emulator's accounts live: the time stands until it is moved."""
    here = datetime.now(ZoneInfo("America/Sao_Paulo")).replace(hour=NOON, minute=0, second=0)
    made = Clock(here.timestamp())
    house.clock = made
    house.open()
    return made


def shown(house: RegistryHarness, paired: Paired) -> list[str]:
    """What the instance said of its owner's presence, in order.

    Without what it said twice on one connection: a clock that jumps by days makes each answer late.
    """
    state = house.emulator.state()
    logins = [(login.at, "") for login in state.logins_of(paired.number)]
    said = [(seen.at, seen.kind) for seen in state.presences_of(paired.number)]
    kinds = ["", *(kind for _, kind in sorted(logins + said))]
    return [kind for before, kind in pairwise(kinds) if kind not in ("", before)]


def wait_shown(house: RegistryHarness, paired: Paired, *kinds: str) -> None:
    """Wait until it has said exactly that."""
    eventually(
        lambda: shown(house, paired) == list(kinds), timeout=15, seen=lambda: (shown(house, paired), kinds)
    )


def move(house: RegistryHarness, paired: Paired, clock: Clock, *, to: float) -> None:
    """Let it be that time, and the instance look at it."""
    clock.now = to
    house.registry.set_presence(paired.id)


def pair_named(house: RegistryHarness, clock: Clock) -> Paired:
    """An instance whose core knows what its account calls itself, after its first showing."""
    paired = house.pair()
    house.emulator.name_account(paired.number, "Dona")
    wait_named(house, paired, clock)
    move(house, paired, clock, to=clock.now + PULSE_S)
    wait_shown(house, paired, "unavailable", "available", "unavailable")
    return paired


def wait_named(house: RegistryHarness, paired: Paired, clock: Clock) -> None:
    """Wait until the instance is no longer refused, and was shown."""

    def look() -> bool:
        if not shown(house, paired):
            move(house, paired, clock, to=clock.now + LONGEST_RETRY_S)
        return shown(house, paired)[:2] == ["unavailable", "available"]

    eventually(look, timeout=15, seen=lambda: shown(house, paired))


def reopen(house: RegistryHarness) -> None:
    """End the registry's process, as it were, and begin another."""
    house.close()
    house.open()


def test_it_is_refused_until_the_name_is_known_and_then_shown(house: RegistryHarness, clock: Clock) -> None:
    """The core sends nothing before. First that it is not there, then once that it is; the page says when."""
    paired = house.pair()
    for _ in range(3):
        move(house, paired, clock, to=clock.now + LONGEST_RETRY_S)
        assert house.send_text(paired.id, to=house.contact(), text="oi", timeout=10).message_id
    assert shown(house, paired) == []
    assert house.view(paired.id).last_shown is None
    house.emulator.name_account(paired.number, "Dona")
    wait_named(house, paired, clock)
    last = eventually(lambda: house.view(paired.id).last_shown, timeout=5, seen=lambda: house.view(paired.id))
    assert clock.now - LONGEST_RETRY_S <= last <= clock.now
    (device,) = house.emulator.devices_of(paired.number)
    said = {(seen.device, seen.name) for seen in house.emulator.state().presences_of(paired.number)}
    assert said == {(device.jid, "Dona")}


def test_each_connection_begins_with_not_being_there(house: RegistryHarness, clock: Clock) -> None:
    """After a lost network, a restart by hand, and a new process: the phone rings at once."""
    paired = pair_named(house, clock)
    said = ["unavailable", "available", "unavailable"]
    again: tuple[Callable[[], object], ...] = (
        lambda: house.emulator.drop(paired.number),
        lambda: house.registry.restart_instance(paired.id),
        lambda: reopen(house),
    )
    for count, connect in enumerate(again, 2):
        connect()
        house.emulator.wait_for(
            lambda state, count=count: len(state.logins_of(paired.number)) == count,  # type: ignore[misc]
            what="a new login",
        )
        said.append("unavailable")
        wait_shown(house, paired, *said)
    state = house.emulator.state()
    last = [seen.at for seen in state.presences_of(paired.number)][-3:]
    logins = [login.at for login in state.logins_of(paired.number)][-3:]
    assert all(login < seen for login, seen in zip(logins, last, strict=True))


def test_over_two_weeks_it_is_shown_once_a_day(house: RegistryHarness, clock: Clock) -> None:
    """A minute each, at the time of the day that was drawn, and not a second before."""
    paired = pair_named(house, clock)
    zone = owner_zone(paired.number)
    said = shown(house, paired)
    today = datetime.fromtimestamp(clock.now, zone).date()
    for number in range(1, 15):
        due = pulse_at(today + timedelta(days=number), seed=paired.id, zone=zone)
        move(house, paired, clock, to=due - 1)
        move(house, paired, clock, to=due)
        wait_shown(house, paired, *said, "available")
        eventually(
            lambda due=due: house.view(paired.id).last_shown == due,  # type: ignore[misc]
            timeout=5,
            seen=lambda: house.view(paired.id),
        )
        move(house, paired, clock, to=due + PULSE_S - 1)
        move(house, paired, clock, to=due + PULSE_S)
        said += ["available", "unavailable"]
        wait_shown(house, paired, *said)
    assert said.count("available") == 15


def test_nothing_is_said_while_offline_or_stopped(house: RegistryHarness, clock: Clock) -> None:
    """Days that go by so are made up for once, when it is back."""
    paired = pair_named(house, clock)
    said = shown(house, paired)
    house.registry.stop_instance(paired.id, timeout=10)
    for _ in range(3):
        move(house, paired, clock, to=clock.now + DAY_S)
    house.registry.set_presence(paired.id, mode=PresenceMode.ALWAYS)
    house.registry.set_presence(paired.id, mode=PresenceMode.AUTOMATIC)
    assert shown(house, paired) == said
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    wait_shown(house, paired, *said, "unavailable", "available")


def test_never_and_always_hold_across_connections(house: RegistryHarness, clock: Clock) -> None:
    """A choice takes effect at once, and is there after a restart."""
    paired = pair_named(house, clock)
    said = shown(house, paired)
    house.registry.set_presence(paired.id, mode=PresenceMode.ALWAYS)
    wait_shown(house, paired, *said, "available")
    house.emulator.drop(paired.number)
    wait_shown(house, paired, *said, "available", "available")
    house.registry.set_presence(paired.id, mode=PresenceMode.NEVER)
    wait_shown(house, paired, *said, "available", "available", "unavailable")
    house.close()
    house.open()
    house.wait(paired.id, S.CONNECTED)
    assert house.view(paired.id).presence is PresenceMode.NEVER
    move(house, paired, clock, to=clock.now + 5 * DAY_S)
    wait_shown(house, paired, *said, "available", "available", "unavailable", "unavailable")


def test_the_ticks_of_those_who_write_are_switched(house: RegistryHarness, clock: Clock) -> None:
    """Off, they hear nothing of this device; on, that the message is there. A restart changes nothing."""
    paired = pair_named(house, clock)
    ana = house.contact()

    def receipt() -> str:
        sent = house.emulator.write(Text("oi"), sender=ana, receiver=paired.number)
        state = house.emulator.wait_for(
            lambda state: [one for one in state.receipts_of(paired.number) if one.message_id == sent],
            what="the receipt",
        )
        return next(one.kind for one in state.receipts_of(paired.number) if one.message_id == sent)

    assert receipt() == "inactive"
    house.registry.set_presence(paired.id, receipts=True)
    eventually(lambda: receipt() == "", timeout=10, seen=receipt)
    house.registry.restart_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    eventually(lambda: receipt() == "", timeout=10, seen=receipt)
    house.registry.set_presence(paired.id, receipts=False)
    eventually(lambda: receipt() == "inactive", timeout=10, seen=receipt)
    assert "available" not in shown(house, paired)[3:]


@pytest.fixture
def silent(house: RegistryHarness) -> Callable[[float], Paired]:
    """Make an instance whose phone has given no sign for so many days."""

    def make(days: float) -> Paired:
        house.clock = clock = Clock(time.time() - days * DAY_S)
        house.open()
        paired = house.pair()
        # A connection is told before all that follows from it is done; what is sent comes after that.
        assert house.send_text(paired.id, to=house.contact(), text="oi", timeout=10).message_id
        clock.now = time.time()
        house.registry.set_presence(paired.id)
        return paired

    return make


def texts(house: RegistryHarness, paired: Paired) -> list[str]:
    """What arrived, or was written on another device."""
    found = house.registry.inbox.search(paired.id, Search(), limit=20)
    return [stored.message.content.text for stored in found]


def silence(house: RegistryHarness, paired: Paired) -> PhoneSilence:
    view: InstanceView = house.view(paired.id)
    return view.phone_silence(now=time.time())


def test_a_phone_that_gives_no_sign_is_noticed(
    house: RegistryHarness, silent: Callable[[float], Paired]
) -> None:
    """What others write, what this instance sends and what another linked device does are none."""
    paired = silent(12.5)
    assert silence(house, paired) is PhoneSilence.URGENT
    ana = house.contact()
    house.emulator.write(Text("oi"), sender=ana, receiver=paired.number)
    assert house.send_text(paired.id, to=ana, text="oi", timeout=10).message_id
    other = house.pair("Outra", number=paired.number)
    assert house.send_text(other.id, to=ana, text="de outro aparelho", timeout=10).message_id
    eventually(
        lambda: "de outro aparelho" in texts(house, paired), timeout=10, seen=lambda: texts(house, paired)
    )
    assert silence(house, paired) is PhoneSilence.URGENT
    assert house.view(paired.id).phone_silent_days(now=time.time()) == 12


@pytest.mark.parametrize("sign", ["writes", "writes in a group", "reads", "has what was sent", "hands over"])
def test_a_sign_of_the_phone_itself_ends_its_silence(
    house: RegistryHarness, silent: Callable[[float], Paired], sign: str
) -> None:
    """What it writes, that it read or got something, and what it shares with its devices."""
    paired = silent(10.5)
    emulator, ana = house.emulator, house.contact()
    assert silence(house, paired) is PhoneSilence.NOTED
    if sign == "writes":
        emulator.write(Text("do celular"), sender=paired.number, receiver=ana)
    elif sign == "writes in a group":
        group = emulator.make_group("Time", members=[ana, paired.number])
        emulator.write(Text("do celular"), sender=paired.number, group=group)
    elif sign == "reads":
        sent = emulator.write(Text("oi"), sender=ana, receiver=paired.number)
        emulator.receipt(sent, kind="read-self", by=paired.number)
    elif sign == "has what was sent":
        message_id = house.send_text(paired.id, to=ana, text="oi", timeout=10).message_id
        emulator.receipt(message_id, kind="sender", by=paired.number)
    else:
        emulator.send_history(paired.number, [Chat(ana, (Past(Text("oi"), at=1_700_000_000, author=ana),))])
    eventually(
        lambda: silence(house, paired) is PhoneSilence.NONE, timeout=10, seen=lambda: house.view(paired.id)
    )
    since = house.view(paired.id).phone_silent_since
    assert since is not None
    assert time.time() - since < 60
    house.close()
    house.open()
    house.wait(paired.id, S.CONNECTED)
    assert house.view(paired.id).phone_silent_since == since


def test_what_the_phone_did_while_this_was_away_counts_from_then(
    house: RegistryHarness, silent: Callable[[float], Paired]
) -> None:
    """WhatsApp keeps it; and weeks without a connection are not its silence."""
    paired = silent(0)
    house.registry.stop_instance(paired.id, timeout=10)
    house.emulator.write(Text("do celular"), sender=paired.number, receiver=house.contact())
    house.close()
    house.clock = Clock(time.time() + 20 * DAY_S)
    house.open()
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    view = house.view(paired.id)
    assert view.phone_silence(now=house.clock()) is PhoneSilence.NONE
