"""What one linked device sends to another: the server carries it and cannot look.

Source: whatsmeow, send.go (`prepareMessageNode`: one `<to>` for each device), message.go
(`parseMessageSource`) and receipt.go (`parseReceipt`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tests.emulator.inbound import Notice
from tests.emulator.nodes import Node, child, children, now, user_of
from tests.emulator.phone import LinkedDevice

if TYPE_CHECKING:
    from tests.emulator.world import World

_KEPT: Final[tuple[str, ...]] = ("id", "type", "edit", "category")
"""Attributes of a message that its readers see unchanged."""


async def forward(world: World, sender: LinkedDevice, node: Node) -> None:
    """Each linked device gets its own copy, and in a group the message that is for all of them."""
    to = node.attrs["to"]
    shared = [item for item in children(node) if item.tag == "meta" or _is_for_all(item)]
    for participant in children(child(node, "participants")):
        device = device_at(world, participant.attrs["jid"])
        if device is None or device is sender:
            continue
        attrs = {name: node.attrs[name] for name in _KEPT if name in node.attrs}
        attrs |= {"t": now(), "notify": sender.phone.name, "addressing_mode": "lid"}
        attrs |= _source(world, sender, device, to)
        encs = [item for item in children(participant) if item.tag == "enc"]
        await world.deliver(device, Notice(attrs["id"], Node("message", attrs, [*encs, *shared])))


async def forward_receipt(world: World, reader: LinkedDevice, node: Node) -> None:
    """The author of a message, when that is a linked device, hears that another one got or read it."""
    for message_id in _ids(node):
        message = world.messages.get(message_id)
        author = device_at(world, message.sender) if message else None
        if message is None or author is None or author.phone is reader.phone:
            continue
        attrs = {"id": message_id, "t": now()} | {k: node.attrs[k] for k in ("type",) if k in node.attrs}
        attrs |= {"from": message.group, "participant": reader.lid} if message.group else {"from": reader.lid}
        rest = [item for item in children(node) if item.tag != "list"]
        await world.deliver(author, Notice(message_id, Node("receipt", attrs, rest or None)))


def device_at(world: World, address: str) -> LinkedDevice | None:
    """The linked device of that address; None for a phone, and where there is none."""
    phone, (_, _, number) = world.by_jid(address), address.partition("@")[0].partition(":")
    return phone.devices.get(int(number)) if phone and number else None


def _source(world: World, sender: LinkedDevice, device: LinkedDevice, to: str) -> dict[str, str]:
    if to in world.groups:
        return {"from": to, "participant": sender.lid, "participant_pn": sender.phone.jid}
    if device.phone is sender.phone:
        return {"from": sender.lid, "recipient": f"{user_of(to)}@lid"}
    return {"from": sender.lid, "sender_pn": sender.phone.jid}


def _is_for_all(item: Node) -> bool:
    return item.tag == "enc" and item.attrs.get("type") == "skmsg"


def _ids(node: Node) -> Iterator[str]:
    """The first message a receipt is about, and the others in its list."""
    yield node.attrs["id"]
    for item in children(child(node, "list")):
        yield item.attrs["id"]
