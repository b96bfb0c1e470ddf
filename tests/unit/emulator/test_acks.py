"""Acks that come at once, twice, for nobody, late, or in another order."""

from __future__ import annotations

import asyncio
from typing import cast

from tests.emulator.acks import Acks
from tests.emulator.faults import Faults
from tests.emulator.nodes import Node
from tests.emulator.phone import LinkedDevice, SignedPreKey
from tests.emulator.session import Session
from tests.emulator.world import World

TO = "100000000000001@lid"


class Spy:
    """A client's session that only notes what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Node] = []

    async def send(self, node: Node) -> None:
        self.sent.append(node)

    def seen(self) -> list[tuple[str, str]]:
        """Id and error of each ack."""
        return [(node.attrs["id"], node.attrs.get("error", "")) for node in self.sent]


def _online(world: World) -> tuple[LinkedDevice, Spy]:
    phone, spy = world.phone("5511960000000"), Spy()
    device = LinkedDevice(phone, 1, b"", b"", 1, SignedPreKey(1, b"", b""), "test")
    world.online[device] = cast(Session, spy)
    return device, spy


def _answer(faults: Faults, *ids: str) -> tuple[World, Spy]:
    world = World(faults=faults)
    device, spy = _online(world)

    async def run() -> None:
        for message_id in ids:
            await world.acks.answer(world, device, message_id, TO)

    asyncio.run(run())
    return world, spy


def test_an_ack_names_the_message() -> None:
    """One message, one ack, no error."""
    assert _answer(Faults(), "A")[1].seen() == [("A", "")]


def test_a_refusal_carries_its_code() -> None:
    """As the server says that a number is restricted."""
    assert _answer(Faults(ack_error="463"), "A")[1].seen() == [("A", "463")]


def test_acks_come_more_than_once_and_for_nobody() -> None:
    """First a stray one, then the right one as often as wished."""
    _, spy = _answer(Faults(duplicate_acks=2, stray_acks=True), "A")
    stray, *acks = spy.seen()
    assert stray[0] not in ("", "A")
    assert acks == [("A", "")] * 3


def test_muted_acks_never_come() -> None:
    """Neither at once nor when acks are released."""
    world, spy = _answer(Faults(mute_acks=True), "A")
    assert asyncio.run(world.acks.release(world, newest_first=False)) == 0
    assert spy.sent == []


def test_faults_of_other_numbers_do_not_hit() -> None:
    """Only the number named goes without."""
    only = frozenset({"5511960000001"})
    assert _answer(Faults(mute_acks=True, only_numbers=only), "A")[1].seen() == [("A", "")]


def test_held_acks_come_when_released_in_the_order_asked_for() -> None:
    """Nothing before, everything after, once."""
    for newest_first, order in ((False, ["A", "B", "C"]), (True, ["C", "B", "A"])):
        world, spy = _answer(Faults(hold_acks=True), "A", "B", "C")
        assert spy.sent == []
        assert asyncio.run(world.acks.release(world, newest_first=newest_first)) == 3
        assert [message_id for message_id, _ in spy.seen()] == order
        assert asyncio.run(world.acks.release(world, newest_first=newest_first)) == 0


def test_a_held_ack_finds_the_connection_of_the_moment() -> None:
    """It goes to whoever is there when it is released; to nobody when nobody is."""
    world, first = _answer(Faults(hold_acks=True), "A", "B")
    (device,) = world.online
    second = Spy()
    world.online[device] = cast(Session, second)
    asyncio.run(world.acks.release(world, newest_first=False))
    assert (first.sent, len(second.sent)) == ([], 2)
    del world.online[device]
    asyncio.run(Acks().answer(world, device, "C", TO))
    assert len(second.sent) == 2


def test_a_late_ack_keeps_nobody_waiting() -> None:
    """The answer returns at once, the ack comes after its delay."""
    world = World(faults=Faults(ack_delay_s=0.01))
    device, spy = _online(world)

    async def run() -> list[int]:
        await world.acks.answer(world, device, "A", TO)
        counts = [len(spy.sent)]
        await asyncio.gather(*world.acks._later)
        return [*counts, len(spy.sent)]

    assert asyncio.run(run()) == [0, 1]
