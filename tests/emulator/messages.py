"""Messages and receipts that clients send: decrypted by the recipient's phone, acknowledged, recorded."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulator import receipts, relay
from tests.emulator.content import Edit, Text, name_of
from tests.emulator.faults import Faults
from tests.emulator.groups import Group
from tests.emulator.nodes import SERVER, Node, child, children, raw, user_of
from tests.emulator.phone import LinkedDevice, Phone
from tests.emulator.proto import Proto
from tests.emulator.reading import content_of, fields_of, key_of, media_field, quoted_of, reference_of, unwrap
from tests.emulator.state import MediaView, MessageView, PresenceView, ReceiptView

if TYPE_CHECKING:
    from tests.emulator.session import Session
    from tests.emulator.world import World


@dataclass(slots=True)
class _Opened:
    """What the phones made of one message stanza."""

    message: Proto = None
    errors: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    """The numbers whose phones could read it."""


async def receive(session: Session, device: LinkedDevice, node: Node) -> None:
    """A client sends a message. It gets its ack even when nobody could decrypt it: servers cannot look.

    A message that comes again under the same id, as clients send it after a lost connection, is acknowledged
    again and counted; phones see it once.
    """
    world, message_id, to = session.world, node.attrs["id"], node.attrs["to"]
    faults = world.faults if world.faults.hits(device.phone.number) else Faults()
    if faults.cut_before:
        world.faults.cut_before -= 1
        await session.close()
        return
    group = world.groups.get(to)
    if group is not None and device.phone not in group.members:
        await session.send(Node("ack", {"class": "message", "id": message_id, "from": to, "error": "403"}))
        return
    fresh, error = message_id not in world.messages, _refusal(world, device, to, faults)
    if fresh:
        opened = await _open(world, device, node)
        if not error:
            _record(world, device, node, opened)
            await relay.forward(world, device, node)
    else:
        world.messages[message_id] = world.messages[message_id].again()
    if faults.cut_after:
        world.faults.cut_after -= 1
        await session.close()
        return
    delivered = fresh and not error and world.faults.auto_deliver
    if delivered and faults.receipts_first:
        await _deliver(session, message_id, to)
    await world.acks.answer(world, device, message_id, to, error=error)
    if delivered and not faults.receipts_first:
        await _deliver(session, message_id, to)


def _refusal(world: World, device: LinkedDevice, to: str, faults: Faults) -> str:
    """The error code that a message gets; empty when it is taken."""
    if faults.ack_error or not faults.stranger_error or to in world.groups:
        return faults.ack_error
    owner, other = device.phone, world.by_jid(to)
    if other is None or other is owner or frozenset((owner.number, other.number)) in world.talked:
        return ""
    return faults.stranger_error


def _record(world: World, device: LinkedDevice, node: Node, opened: _Opened) -> None:
    message_id, recipient = node.attrs["id"], world.by_jid(node.attrs["to"])
    world.messages[message_id] = _view(world, device, node, opened)
    if recipient is not None:
        world.talked.add(frozenset((device.phone.number, recipient.number)))
    if opened.message is not None:
        group = to if (to := node.attrs["to"]) in world.groups else ""
        world.archive.remember(message_id, device.phone, opened.message, group=group)


async def _deliver(session: Session, message_id: str, to: str) -> None:
    group, recipient = session.world.groups.get(to), session.world.by_jid(to)
    if group is not None:
        for member in group.members:
            if member.number != session.number:
                await receipts.send(session.world, message_id, kind="delivered", by=member.number)
    elif recipient is not None and not (
        session.world.faults.phones_off and recipient.number == session.number
    ):
        await receipts.send(session.world, message_id, kind="delivered")


async def receive_receipt(session: Session, device: LinkedDevice, node: Node) -> None:
    """A client confirms that it got or read something."""
    attrs = node.attrs
    receipt = ReceiptView(device.jid, device.phone.number, attrs["id"], attrs.get("type", ""), time.time())
    session.world.receipts.append(receipt)
    session.world.confirmed(device, "message", attrs)
    await relay.forward_receipt(session.world, device, node)
    ack = {"class": "receipt", "id": attrs["id"], "from": attrs.get("to", SERVER)}
    await session.send(Node("ack", ack))


def receive_presence(session: Session, device: LinkedDevice, node: Node) -> None:
    """A client says whether its owner is there, or what they do in a chat (whatsmeow, presence.go)."""
    world, to = session.world, node.attrs.get("to", "")
    kind = node.attrs.get("type", "") if node.tag == "presence" else children(node)[0].tag
    name = node.attrs.get("name", "")
    seen = PresenceView(
        device.phone.number, kind, world.number_of(to), time.time(), device=device.jid, name=name
    )
    world.presences.append(seen)
    if kind == "available":
        world.available.add(device)
    elif kind == "unavailable":
        world.available.discard(device)


async def _open(world: World, device: LinkedDevice, node: Node) -> _Opened:
    """Every phone decrypts its copy, so that its Signal session moves on; the recipient's copy is kept.

    In a group a copy carries only the sender's key; the message itself is there once, for every member.
    """
    opened, recipient = _Opened(), world.by_jid(node.attrs["to"])
    group = world.groups.get(node.attrs["to"])
    for jid, enc in _copies(node):
        phone = _primary(world, jid)
        if phone is None:
            continue
        with _noting(opened, phone):
            message = await phone.decrypt(device.lid, kind=enc.attrs["type"], ciphertext=raw(enc))
            key = message.senderKeyDistributionMessage
            if group is not None and key.axolotlSenderKeyDistributionMessage:
                distribution = key.axolotlSenderKeyDistributionMessage
                await phone.learn_sender_key(key.groupId, device.lid, distribution)
            elif phone is recipient:
                opened.message = message
                opened.readers.append(phone.number)
    if group is not None:
        await _open_in_group(group, device, node, opened)
    return opened


async def _open_in_group(group: Group, device: LinkedDevice, node: Node, opened: _Opened) -> None:
    ciphertext = raw(next((enc for enc in children(node) if enc.attrs.get("type") == "skmsg"), None))
    for phone in group.members:
        with _noting(opened, phone):
            opened.message = await phone.decrypt_in_group(group.jid, device.lid, ciphertext)
            opened.readers.append(phone.number)


@contextlib.contextmanager
def _noting(opened: _Opened, phone: Phone) -> Iterator[None]:
    """Whatever Signal objects to is what a test wants to read."""
    try:
        yield
    except Exception as error:
        opened.errors.append(f"{phone.number}: {error!r}")


def _copies(node: Node) -> Iterator[tuple[str, Node]]:
    """Each encrypted copy with its addressee; a message to one device only carries its copy directly."""
    for participant in children(child(node, "participants")):
        for enc in children(participant):
            if enc.tag == "enc":
                yield participant.attrs["jid"], enc
    direct = child(node, "enc")
    if direct is not None and direct.attrs["type"] != "skmsg":
        yield node.attrs["to"], direct


def _primary(world: World, jid: str) -> Phone | None:
    """The phone, when the copy is for its primary device; companions read theirs by themselves."""
    return None if ":" in jid.partition("@")[0] else world.by_jid(user_of(jid))


def _view(world: World, device: LinkedDevice, node: Node, opened: _Opened) -> MessageView:
    message, to = opened.message, node.attrs["to"]
    content = content_of(message) if message is not None else None
    key = key_of(message) if message is not None else None
    return MessageView(
        message_id=node.attrs["id"],
        sender=device.jid,
        sender_number=device.phone.number,
        to=to,
        to_number=world.number_of(to),
        at=time.time(),
        kind=name_of(content) if content else "",
        kinds=fields_of(message) if message is not None else (),
        text=content.text if isinstance(content, Text | Edit) else "",
        quoted_id=quoted_of(message)[0] if message is not None else "",
        target_id=key.id if key is not None else "",
        target_mine=key.fromMe if key is not None else False,
        target_author=key.participant if key is not None else "",
        edit=node.attrs.get("edit", ""),
        media=_media(message) if message is not None else None,
        error="; ".join(opened.errors),
        group=to if to in world.groups else "",
        readers=tuple(opened.readers),
    )


def _media(message: Proto) -> MediaView | None:
    reference = reference_of(message)
    if reference is None:
        return None
    part = getattr(unwrap(message), media_field(message))
    return MediaView(
        path=reference.direct_path,
        mimetype=part.mimetype,
        length=reference.length,
        key=reference.key.hex(),
        caption=getattr(part, "caption", ""),
    )
