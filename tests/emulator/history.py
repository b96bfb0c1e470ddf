"""The past a phone hands to a device it just linked.

Source: whatsmeow, message.go (`handleProtocolMessage`, `DownloadHistorySync`) and user.go
(`handleHistoricalPushNames`). The phone writes to its own device a notice that names a file on the media
host: a zlib-compressed `HistorySync`, encrypted like any file, which the device removes once it has it.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.emulator.content import Chat, Past
from tests.emulator.groups import Group
from tests.emulator.inbound import PeerMessage
from tests.emulator.media import seal
from tests.emulator.phone import Phone
from tests.emulator.proto import Proto, wa
from tests.emulator.writing import new_message_id, writer_of

if TYPE_CHECKING:
    from tests.emulator.world import World

_MMS_TYPE: Final = "md-msg-hist"
_BOOTSTRAP_TYPE: Final = b"\x08\x00"
"""Field 1, `syncType`, with INITIAL_BOOTSTRAP: required, and 0, which pyaileys' classes leave out."""


@dataclass(frozen=True, slots=True)
class History:
    """What a phone will tell: serialized `HistorySync` messages."""

    parts: tuple[bytes, ...]
    message_ids: tuple[str, ...]


def tell_of(world: World, owner: Phone, chats: Iterable[Chat]) -> History:
    """Everything about these chats: messages with new ids, whose LID is whose number, and people's names."""
    kinds = wa.HistorySync.HistorySyncType
    conversations, people, ids = [], [owner], []
    for chat in chats:
        people += _people(world, chat)
        conversation, chat_ids = _conversation(world, owner, chat)
        conversations.append(conversation)
        ids += chat_ids
    mappings = [{"pnJid": phone.jid, "lidJid": phone.lid} for phone in people]
    bootstrap = wa.HistorySync(
        conversations=conversations,
        phoneNumberToLidMappings=mappings,
        chunkOrder=1,
        progress=100,
    )
    names = [{"id": phone.jid, "pushname": phone.name} for phone in people]
    push_names = wa.HistorySync(syncType=kinds.PUSH_NAME, pushnames=names)
    return History(
        (_BOOTSTRAP_TYPE + bootstrap.SerializeToString(), push_names.SerializeToString()), tuple(ids)
    )


def deliveries(world: World, owner: Phone, history: History) -> list[PeerMessage]:
    """The notices for one device; each names a file of its own, since the device removes it."""
    return [PeerMessage(new_message_id(), owner, _notice(world, part)) for part in history.parts]


async def send(world: World, owner: Phone, history: History) -> None:
    """To the devices that are linked, or, when none is, to the first that logs in."""
    if not owner.devices:
        world.histories[owner.number] = history
    for device in owner.devices.values():
        for delivery in deliveries(world, owner, history):
            await world.deliver(device, delivery)


def _people(world: World, chat: Chat) -> list[Phone]:
    authors = [world.phone(past.author) for past in chat.messages if past.author]
    return authors if chat.address in world.groups else [world.phone(chat.address), *authors]


def _conversation(world: World, owner: Phone, chat: Chat) -> tuple[Proto, list[str]]:
    other = world.groups.get(chat.address) or world.phone(chat.address)
    messages = [_message(world, owner, other, past) for past in chat.messages]
    last = max((past.at for past in chat.messages), default=int(time.time()))
    conversation = wa.Conversation(
        id=other.jid if isinstance(other, Group) else other.lid,
        name=other.name,
        unreadCount=chat.unread,
        ephemeralExpiration=chat.timer or None,
        conversationTimestamp=last,
        messages=[{"message": message, "msgOrderId": place} for place, message in enumerate(messages, 1)],
    )
    return conversation, [message.key.id for message in messages]


def _message(world: World, owner: Phone, other: Phone | Group, past: Past) -> Proto:
    author = world.phone(past.author) if past.author else owner
    in_group = isinstance(other, Group)
    message, message_id = writer_of(world, author, other).compose(past.content), new_message_id()
    address = other.jid if isinstance(other, Group) else other.lid
    world.archive.remember(message_id, author, message, group=address if in_group else "")
    key: dict[str, Any] = {"remoteJid": address, "fromMe": author is owner, "id": message_id}
    if in_group and author is not owner:
        key["participant"] = author.lid
    return wa.WebMessageInfo(key=key, message=message, messageTimestamp=past.at, pushName=author.name)


def _notice(world: World, part: bytes) -> bytes:
    history = wa.HistorySync.FromString(part)
    sealed = seal(zlib.compress(part), _MMS_TYPE)
    notice = {
        "directPath": world.media.put(sealed.stored),
        "mediaKey": sealed.key,
        "fileSha256": sealed.sha256,
        "fileEncSha256": sealed.enc_sha256,
        "fileLength": sealed.length,
        "syncType": history.syncType,
        "chunkOrder": history.chunkOrder,
        "progress": history.progress,
    }
    kind = wa.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION
    message = wa.Message(protocolMessage={"type": kind, "historySyncNotification": notice})
    serialized: bytes = message.SerializeToString()
    return serialized
