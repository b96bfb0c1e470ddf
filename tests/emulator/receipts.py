"""What phones tell the author of a message: it arrived, was read, was played.

Source: whatsmeow, receipt.go (`parseReceipt`) and types/presence.go (the names of the types).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.emulator import relay
from tests.emulator.inbound import Notice
from tests.emulator.nodes import Node, now
from tests.emulator.phone import Phone

if TYPE_CHECKING:
    from tests.emulator.world import World

KINDS: Final = {
    "delivered": "",
    "inactive": "inactive",
    "read": "read",
    "played": "played",
    "read-self": "read-self",
    "played-self": "played-self",
    "sender": "sender",
}
"""Name -> `type` of the stanza; `-self`: the owner read or played it on the phone; `sender`: another of the
author's devices has it."""


def receipt_node(message_id: str, by: Phone, *, kind: str, device: int = 0, group: str = "") -> Node:
    """The stanza: who it is from, and in a group where.

    `device` is the reader's: 0 is the phone, others their linked devices.
    """
    reader = f"{by.lid_user}:{device}@lid" if device else by.lid
    attrs = {"id": message_id, "t": now()}
    attrs |= {"from": group, "participant": reader, "participant_pn": by.jid} if group else {"from": reader}
    return Node("receipt", attrs | ({"type": KINDS[kind]} if KINDS[kind] else {}))


def own_receipt_node(message_id: str, owner: Phone, *, kind: str, author: Phone, group: str = "") -> Node:
    """What an owner's device hears when the owner read somebody's message on the phone."""
    attrs = {"id": message_id, "t": now(), "type": KINDS[kind]}
    if group:
        return Node("receipt", attrs | {"from": group, "participant": owner.lid, "recipient": author.lid})
    return Node("receipt", attrs | {"from": owner.lid, "recipient": author.lid})


async def send(world: World, message_id: str, *, kind: str, by: str = "", device: int = 0) -> None:
    """Somebody (by default the recipient) confirms a message a client sent, or an owner one of a contact's.

    A device that is away hears of it when it is back. Raises `LookupError` when the message, its reader or
    its author's device is not there, `KeyError` for a kind there is none.
    """
    message = world.messages.get(message_id)
    if message is None:
        await _send_own(world, message_id, kind=kind, owner=by)
        return
    reader = world.phones.get(by) if by else world.by_jid(message.to)
    author = relay.device_at(world, message.sender)
    if reader is None or author is None:
        raise LookupError(f"no message {message_id} from a linked device to a known phone")
    if kind == "delivered" and reader is author.phone:
        kind = "sender"  # whatsmeow, receipt.go: a device of the author's own says so
    node = receipt_node(message_id, reader, kind=kind, device=device, group=message.group)
    await world.deliver(author, Notice(message_id, node))


async def _send_own(world: World, message_id: str, *, kind: str, owner: str) -> None:
    archived, reader = world.archive.find(message_id), world.phones.get(owner)
    if reader is None:
        raise LookupError(f"nobody has the number {owner!r}")
    node = own_receipt_node(message_id, reader, kind=kind, author=archived.author, group=archived.group)
    for device in reader.devices.values():
        await world.deliver(device, Notice(message_id, node))
