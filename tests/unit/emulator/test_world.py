"""What the emulator knows, without a client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.emulator.crypto import CURVE, KEY_TYPE
from tests.emulator.inbound import Notice
from tests.emulator.nodes import Node
from tests.emulator.phone import LinkedDevice, Phone, PreKey, SignedPreKey
from tests.emulator.state import MediaView, MessageView, WorldState
from tests.emulator.world import World

NUMBER, CONTACT = "5511960000000", "5511960000001"


def _device(phone: Phone) -> LinkedDevice:
    identity, signed, one_time = (CURVE.generate_keypair() for _ in range(3))
    signature = CURVE.sign(identity.private, KEY_TYPE + signed.public)
    device = LinkedDevice(
        phone=phone,
        device_id=phone.next_device_id(),
        noise_key=b"",
        identity=identity.public,
        registration_id=1,
        signed_prekey=SignedPreKey(1, signed.public, signature),
        platform="test",
    )
    device.prekeys.append(PreKey(1, one_time.public))
    phone.devices[device.device_id] = device
    return device


def test_a_phone_is_found_by_every_one_of_its_addresses() -> None:
    """Number, JID, LID and the addresses of its devices lead to the same phone; others to none."""
    world = World()
    phone = world.phone(NUMBER, name="Ana")
    device = _device(phone)
    assert world.phone(NUMBER) is phone
    for address in (NUMBER, phone.jid, phone.lid, device.jid, device.lid):
        assert world.by_jid(address) is phone
        assert world.number_of(address) == NUMBER
    assert world.by_jid(f"{CONTACT}@s.whatsapp.net") is None
    assert world.number_of("") == ""


def test_a_message_to_a_number_without_devices_is_refused() -> None:
    """Nothing could ever receive it, so the test that asked has a mistake."""
    world = World()
    with pytest.raises(LookupError, match="no linked device"):
        asyncio.run(world.inbound(world.phone(CONTACT), world.phone(NUMBER), "oi"))


def test_messages_wait_for_each_device_and_die_with_it() -> None:
    """Both devices get their copy at login; unlinking forgets what was waiting."""
    world = World()
    first, second = _device(world.phone(NUMBER)), _device(world.phone(NUMBER))
    message_id = asyncio.run(world.inbound(world.phone(CONTACT), world.phone(NUMBER), "oi"))
    session = object()
    assert [m.message_id for m in world.came_online(session, first)] == [message_id]  # type: ignore[arg-type]
    del world.online[first]
    asyncio.run(world.unlink(world.phone(NUMBER)))
    assert world.came_online(session, second) == []  # type: ignore[arg-type]


def test_a_first_message_uses_up_one_prekey() -> None:
    """As on the real server: the session starts with a one-time key that is never given again."""
    world = World()
    device = _device(world.phone(NUMBER))

    async def write_twice() -> None:
        await asyncio.gather(*(_stanza(world, device) for _ in range(2)))

    asyncio.run(write_twice())
    assert len(device.prekeys) == 0


async def _stanza(world: World, device: LinkedDevice) -> None:
    await world.inbound(world.phone(CONTACT), device.phone, "oi")
    (message,) = world._offline.pop(device)
    await message.stanza(device)


def _scan(world: World) -> Awaitable[object]:
    return world.scan(world.phone(NUMBER), "2@x,AA==,BB,CC,1")


def _read(world: World) -> Awaitable[object]:
    return world.read("3A00")


def _enter_code(world: World) -> Awaitable[object]:
    return world.enter_code(world.phone(NUMBER), "ABCD1234")


@pytest.mark.parametrize("act", [_scan, _read, _enter_code])
def test_what_is_not_there_is_a_lookup_error(act: Callable[[World], Awaitable[object]]) -> None:
    """A QR nobody shows, a message nobody sent and a code nobody asked for."""

    async def run() -> None:
        await act(World())

    with pytest.raises(LookupError):
        asyncio.run(run())


def test_a_restarted_server_knows_its_phones() -> None:
    """Linked devices, their keys and what waits for them survive; what was seen begins anew."""
    world, again = World(), World()
    device = _device(world.phone(NUMBER))
    message_id = asyncio.run(world.inbound(world.phone(CONTACT), world.phone(NUMBER), "oi"))
    again.recall(world.memory())
    (restored,) = again.phones[NUMBER].devices.values()
    assert again.by_jid(device.lid) is restored.phone
    assert (restored.identity, restored.prekeys) == (device.identity, device.prekeys)
    (waiting,) = again.came_online(object(), restored)  # type: ignore[arg-type]
    assert waiting.message_id == message_id
    assert asyncio.run(waiting.stanza(restored)).tag == "message"
    assert again.phones[NUMBER].next_device_id() == world.phones[NUMBER].next_device_id()


def test_the_state_survives_the_wire() -> None:
    """What a test reads is what the emulator recorded, nested records included."""
    world = World()
    _device(world.phone(NUMBER))
    media = MediaView("/v/x", "image/png", 3, "00", "")
    message = MessageView(
        "3EB0", "1:1@lid", NUMBER, f"{CONTACT}@lid", CONTACT, 1.5, ("imageMessage",), media=media
    )
    world.messages[message.message_id] = message
    world.refused_hosts["example.com"] += 1
    state = world.state()
    assert WorldState.from_json(state.as_json()) == state
    assert state.messages_to(CONTACT) == state.messages_from(NUMBER) == (message,)
    assert state.messages_to(NUMBER) == ()
    assert [device.number for device in state.devices_of(NUMBER)] == [NUMBER]


def test_what_a_device_confirmed_does_not_come_again() -> None:
    """Each stanza by itself: of two receipts for one message only the unconfirmed one is repeated."""
    world = World()
    device = _device(world.phone(NUMBER))
    world.online[device] = object()  # type: ignore[assignment] # gone before it could read anything
    nodes = [
        Node("receipt", {"id": "A", "from": "x@lid"}),
        Node("receipt", {"id": "A", "from": "x@lid", "type": "read"}),
        Node("call", {"id": "B", "from": "x@lid"}),
    ]

    async def send() -> None:
        for node in nodes:
            await world.deliver(device, Notice(node.attrs["id"], node))

    asyncio.run(send())
    world.confirmed(device, "receipt", {"id": "A", "to": "x@lid"})
    world.confirmed(device, "call", {"id": "B", "to": "x@lid"})
    world.confirmed(device, "message", {"id": "C"})
    del world.online[device]
    (again,) = world.came_online(object(), device)  # type: ignore[arg-type]
    assert asyncio.run(again.stanza(device)) == nodes[1]
