"""What people write with their phones, until it is on its way to the linked devices concerned."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tests.emulator.compose import Writer
from tests.emulator.content import Content
from tests.emulator.groups import Group
from tests.emulator.inbound import (
    Addressing,
    DirectMessage,
    Envelope,
    Garbled,
    GroupMessage,
    Withheld,
    call,
    chat_state,
)
from tests.emulator.phone import LinkedDevice, Phone

if TYPE_CHECKING:
    from tests.emulator.world import World


async def write(
    world: World,
    sender: Phone,
    receiver: Phone,
    content: Content,
    *,
    quoting: str = "",
    timer: int = 0,
    garbled: bool = False,
    addressing: Addressing | None = None,
) -> str:
    """One person writes to another; gives the message id.

    `timer` is how many seconds it lasts. One that is `garbled` on its way comes whole with `resend`.

    Each linked device of the receiver gets it, and each of the sender's learns what its phone sent. Raises
    `LookupError` when neither has one, or when nobody knows the message that is quoted.
    """
    devices = [*receiver.devices.values(), *sender.devices.values()]
    if not devices:
        raise LookupError(f"{receiver.number} has no linked device")
    message = writer_of(world, sender, receiver).compose(content, world.archive.quote(quoting), timer=timer)
    message_id = new_message_id()
    world.archive.remember(message_id, sender, message)
    world.talked.add(frozenset((sender.number, receiver.number)))
    incoming = DirectMessage(
        message_id, sender, message.SerializeToString(), Envelope.around(message), addressing or Addressing()
    )
    for device in devices:
        own = device.phone is sender
        delivery = incoming.for_own_device(receiver) if own else incoming
        await _deliver(world, device, delivery, garbled=garbled)
    return message_id


async def _deliver(
    world: World, device: LinkedDevice, delivery: DirectMessage | GroupMessage, *, garbled: bool
) -> None:
    if garbled:
        world.garbled.setdefault(delivery.message_id, []).append((device, delivery))
    await world.deliver(device, Garbled(delivery) if garbled else delivery)


async def resend(world: World, message_id: str) -> None:
    """A phone sends a message again, whole, under its id. Raises `KeyError` when it was not garbled."""
    for device, delivery in world.garbled.pop(message_id):
        await world.deliver(device, delivery)


async def withhold(world: World, sender: Phone, receiver: Phone, *, kind: str) -> str:
    """One person sends another what linked devices do not get (`view_once`); gives the message id."""
    message_id = new_message_id()
    for device in receiver.devices.values():
        await world.deliver(device, Withheld(message_id, sender, kind))
    return message_id


async def show_doing(world: World, sender: Phone, chat: Phone | Group, *, doing: str) -> int:
    """Somebody types, records or stopped; gives how many devices hear of it: only those that are online."""
    members = chat.members if isinstance(chat, Group) else [chat]
    group = chat.jid if isinstance(chat, Group) else ""
    told = 0
    for device in (device for member in members for device in member.devices.values()):
        session = world.online.get(device)
        if device.phone is sender or session is None or device not in world.available:
            continue
        await session.send(chat_state(sender, doing=doing, group=group))
        told += 1
    return told


async def write_to_group(
    world: World,
    sender: Phone,
    group: Group,
    content: Content,
    *,
    quoting: str = "",
    timer: int = 0,
    garbled: bool = False,
    addressing: Addressing | None = None,
) -> str:
    """A member writes to the group; gives the message id.

    Every linked device of every member gets it, the sender's own too. Raises `LookupError` for somebody who
    is no member, and when nobody knows the message that is quoted.
    """
    if sender not in group.members:
        raise LookupError(f"{sender.number} is not in the group")
    message = writer_of(world, sender, group).compose(content, world.archive.quote(quoting), timer=timer)
    message_id = new_message_id()
    world.archive.remember(message_id, sender, message, group=group.jid)
    ciphertext, sender_key = await sender.encrypt_to_group(group.jid, message.SerializeToString())
    for device in group.devices():
        knows = (sender.number, device.jid) in group.informed
        group.informed.add((sender.number, device.jid))
        delivery = GroupMessage(
            message_id,
            sender,
            group.jid,
            ciphertext,
            b"" if knows else sender_key,
            Envelope.around(message),
            addressing or Addressing(),
        )
        await _deliver(world, device, delivery, garbled=garbled)
    return message_id


async def ring(world: World, caller: Phone, receiver: Phone, *, video: bool) -> str:
    """A call begins to ring at the receiver's linked devices; gives its id."""
    call_id = secrets.token_hex(16).upper()
    world.calls[call_id] = (caller, receiver)
    await _call(world, call_id, step="offer", video=video)
    return call_id


async def hang_up(world: World, call_id: str) -> None:
    """The caller gives up: the call was missed. Raises `LookupError` when it does not ring."""
    await _call(world, call_id, step="terminate")
    del world.calls[call_id]


async def _call(world: World, call_id: str, *, step: str, video: bool = False) -> None:
    if call_id not in world.calls:
        raise LookupError(f"no call {call_id} is ringing")
    caller, receiver = world.calls[call_id]
    notice = call(caller, call_id, step=step, message_id=new_message_id(), video=video)
    for device in receiver.devices.values():
        await world.deliver(device, notice)


def writer_of(world: World, sender: Phone, chat: Phone | Group) -> Writer:
    """Somebody about to write in a chat."""
    in_group = isinstance(chat, Group)

    def author_of(message_id: str) -> str:
        return world.archive.find(message_id).author.lid if in_group else ""

    return Writer(
        media=world.media,
        me=sender.lid,
        chat=chat.jid if isinstance(chat, Group) else chat.lid,
        is_mine=lambda message_id: world.archive.is_by(sender, message_id),
        author_of=author_of,
        ballot=world.archive.ballot,
        original=world.archive.original,
        padding=world.faults.media_padding,
    )


def new_message_id() -> str:
    """As phones make them."""
    return "3A" + secrets.token_hex(9).upper()
