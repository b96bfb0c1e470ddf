"""Stanzas on their way to a linked device, made when it is there to take them.

Source of the attributes: whatsmeow, message.go (`parseMessageSource`, `parseMessageInfo`) and call.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from tests.emulator.nodes import Node, children, now, raw
from tests.emulator.phone import LinkedDevice, Phone
from tests.emulator.proto import Proto, wa
from tests.emulator.reading import fields_of, unwrap

_MEDIA_TYPES: Final = {
    "imageMessage": "image",
    "videoMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
    "contactMessage": "vcard",
}
"""What `mediatype` calls a message of that field (whatsmeow, `getMediaTypeFromMessage`)."""


class Delivery(Protocol):
    """Something that waits for a device."""

    @property
    def message_id(self) -> str: ...

    async def stanza(self, device: LinkedDevice) -> Node:
        """Encrypted for that device; each call advances the Signal session, so send what you get."""
        ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the server sees of a message: all but its content."""

    attrs: dict[str, str] = field(default_factory=dict)
    media_type: str = ""
    is_poll: bool = False

    @classmethod
    def around(cls, message: Proto) -> Envelope:
        """The envelope a client chooses for a message (whatsmeow, `prepareMessageNode`)."""
        inner = unwrap(message)
        name = next(iter(fields_of(inner)), "")
        media_type = _MEDIA_TYPES.get(name, "")
        if name == "audioMessage" and inner.audioMessage.ptt:
            media_type = "ptt"
        is_poll = name.startswith("pollCreation")
        kind = (
            "reaction"
            if name == "reactionMessage"
            else "poll"
            if is_poll
            else "media"
            if media_type
            else "text"
        )
        edit = _edit_of(inner)
        return cls({"type": kind} | ({"edit": edit} if edit else {}), media_type, is_poll)

    def beside(self) -> list[Node]:
        """Nodes that go with the encrypted ones."""
        return [Node("meta", {"polltype": "creation"})] if self.is_poll else []

    def mark(self, enc: Node) -> Node:
        """The encrypted node with what the server may know of its content."""
        return Node(enc.tag, enc.attrs | self._marks(), enc.content)

    def _marks(self) -> dict[str, str]:
        return {"mediatype": self.media_type} if self.media_type else {}


def _edit_of(inner: Proto) -> str:
    """1: edited by its sender, 7: revoked by its sender (whatsmeow, types/message.go)."""
    if inner.HasField("protocolMessage"):
        revoke = wa.Message.ProtocolMessage.Type.REVOKE
        return "7" if inner.protocolMessage.type == revoke else "1"
    return "7" if inner.HasField("reactionMessage") and not inner.reactionMessage.text else ""


@dataclass(frozen=True, slots=True)
class Addressing:
    """How a stanza names its sender."""

    by_number: bool = False
    """By telephone number, as before LIDs; else by LID."""
    hide_other: bool = False
    """Without the other of the two addresses, as for people whose number one does not know."""

    def attrs(self, sender: Phone, *, who: str = "from", other: str = "sender") -> dict[str, str]:
        """`from`/`sender_pn` of a direct message, `participant`/`participant_pn` of one in a group."""
        mode = {"addressing_mode": "pn" if self.by_number else "lid"}
        here, there = (sender.jid, sender.lid) if self.by_number else (sender.lid, sender.jid)
        alternative = f"{other}_lid" if self.by_number else f"{other}_pn"
        return {who: here} | mode | ({} if self.hide_other else {alternative: there})


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A message from one person to a linked device of another, or of their own."""

    message_id: str
    sender: Phone
    plaintext: bytes
    """The serialized `wa.Message`."""
    envelope: Envelope = field(default_factory=Envelope)
    addressing: Addressing = field(default_factory=Addressing)
    written_to: Phone | None = None
    """Set when it is a copy for the sender's own device."""

    async def stanza(self, device: LinkedDevice) -> Node:
        """See `Delivery`."""
        attrs = {"id": self.message_id, "t": now(), "notify": self.sender.name} | self.envelope.attrs
        attrs |= self.addressing.attrs(self.sender)
        plaintext = self.plaintext
        if self.written_to is not None:
            attrs |= {"recipient": self.written_to.lid, "peer_recipient_pn": self.written_to.jid}
            sent = {"destinationJid": self.written_to.lid, "message": wa.Message.FromString(plaintext)}
            plaintext = wa.Message(deviceSentMessage=sent).SerializeToString()
        enc = await self.sender.encrypt_to(device, plaintext)
        return Node("message", attrs, [self.envelope.mark(enc), *self.envelope.beside()])

    def for_own_device(self, receiver: Phone) -> DirectMessage:
        """The copy that tells the sender's own device what was written."""
        return replace(self, written_to=receiver)


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """A message to a group: encrypted once for all, with the sender's key for devices that lack it.

    Source: whatsmeow, send.go (`sendGroup`) and message.go (`decryptGroupMsg`).
    """

    message_id: str
    sender: Phone
    group: str
    ciphertext: bytes
    sender_key: bytes
    """The distribution message; empty for a device that has the key."""
    envelope: Envelope = field(default_factory=Envelope)
    addressing: Addressing = field(default_factory=Addressing)

    async def stanza(self, device: LinkedDevice) -> Node:
        """See `Delivery`."""
        attrs = {"id": self.message_id, "t": now(), "notify": self.sender.name, "from": self.group}
        attrs |= self.envelope.attrs | self.addressing.attrs(
            self.sender, who="participant", other="participant"
        )
        encs = [self.envelope.mark(Node("enc", {"v": "2", "type": "skmsg"}, self.ciphertext))]
        if self.sender_key:
            part = {"groupId": self.group, "axolotlSenderKeyDistributionMessage": self.sender_key}
            key = wa.Message(senderKeyDistributionMessage=part).SerializeToString()
            encs.insert(0, await self.sender.encrypt_to(device, key))
        return Node("message", attrs, [*encs, *self.envelope.beside()])


@dataclass(frozen=True, slots=True)
class Garbled:
    """A message whose ciphertext was damaged on its way."""

    delivery: DirectMessage | GroupMessage

    @property
    def message_id(self) -> str:
        """That of the message."""
        return self.delivery.message_id

    async def stanza(self, device: LinkedDevice) -> Node:
        """See `Delivery`."""
        node = await self.delivery.stanza(device)
        content = [_damaged(item) if item.tag == "enc" else item for item in children(node)]
        return Node(node.tag, node.attrs, content)


def _damaged(enc: Node) -> Node:
    data = bytearray(raw(enc))
    data[-1] ^= 0xFF  # of the MAC, or of the signature in a group
    return Node(enc.tag, enc.attrs, bytes(data))


@dataclass(frozen=True, slots=True)
class Withheld:
    """A message that a linked device is told of and does not get, as what is to be seen once.

    Source: whatsmeow, message.go (`decryptMessages`).
    """

    message_id: str
    sender: Phone
    kind: str = "view_once"
    group: str = ""

    async def stanza(self, _device: LinkedDevice) -> Node:
        """See `Delivery`."""
        attrs = {"id": self.message_id, "t": now(), "notify": self.sender.name, "type": "media"}
        addressing = Addressing()
        if self.group:
            attrs |= {"from": self.group}
            attrs |= addressing.attrs(self.sender, who="participant", other="participant")
        else:
            attrs |= addressing.attrs(self.sender)
        return Node("message", attrs, [Node("unavailable", {"type": self.kind})])


def chat_state(sender: Phone, *, doing: str, group: str = "") -> Node:
    """Somebody types (`typing`), records (`recording`) or stopped (whatsmeow, presence.go)."""
    media = {"media": "audio"} if doing == "recording" else {}
    state = Node("composing", media) if doing else Node("paused", {})
    if group:
        return Node(
            "chatstate", {"from": group, "participant": sender.lid, "participant_pn": sender.jid}, [state]
        )
    return Node("chatstate", {"from": sender.lid}, [state])


@dataclass(frozen=True, slots=True)
class PeerMessage:
    """A phone's message to its own linked device about the account (whatsmeow, `handleProtocolMessage`)."""

    message_id: str
    phone: Phone
    plaintext: bytes

    async def stanza(self, device: LinkedDevice) -> Node:
        """See `Delivery`."""
        attrs = {
            "from": self.phone.jid,
            "id": self.message_id,
            "t": now(),
            "type": "text",
            "category": "peer",
        }
        return Node("message", attrs, [await self.phone.encrypt_to(device, self.plaintext)])


@dataclass(frozen=True, slots=True)
class Notice:
    """A stanza that is the same for every device: a call, a change of a group."""

    message_id: str
    node: Node

    async def stanza(self, _device: LinkedDevice) -> Node:
        """See `Delivery`."""
        return self.node


def call(caller: Phone, call_id: str, *, step: str, message_id: str, video: bool = False) -> Notice:
    """One step of a call: it rings (`offer`), or the caller gave up (`terminate`: a missed call)."""
    attrs = {"call-id": call_id, "call-creator": caller.lid, "caller_pn": caller.jid}
    if step == "terminate":
        attrs["reason"] = "timeout"
    media = [Node("video" if video else "audio", {"enc": "vp8" if video else "opus"})]
    around = {"from": caller.lid, "id": message_id, "t": now(), "platform": "android", "version": "2.26.1"}
    return Notice(message_id, Node("call", around, [Node(step, attrs, media if step == "offer" else None)]))
