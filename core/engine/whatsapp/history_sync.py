"""The recent chats that a phone hands over to a device that it has just linked.

A history is large and read piece by piece, in a thread of its own that begins late and rests between
messages: what arrives now comes first. Only what people see of it is kept, and only so much.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from types import SimpleNamespace
from typing import Final

from core.engine.whatsapp.event_translation import digits_of, name_of, seconds_of
from core.engine.whatsapp.from_protobuf import bounded_timer, content_from_protobuf, whole
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Jid
from core.models.content import ABOUT_ANOTHER, WITHOUT_CONTENT
from core.models.memory_size import memory_size
from core.models.recipients import GROUP_SERVER
from core.models.worker_events import AddressPaired, ChatTimer, GroupNamed, MessageArrived, WorkerEvent

log = logging.getLogger(__name__)

_CHATS: Final = 200
_MESSAGES: Final = 20
"""Of one chat, the newest."""
_ENDS: Final = 100
"""Messages that are looked at from either end of a chat: phones hand over the newest first, or last."""
_COUNTED: Final = 20_000
_CONTENTS: Final = 8 * 1024**2
"""Bytes of all messages together, in memory."""
_PARTS: Final = 96 * 1024**2
"""Bytes of all parts together, as they come."""
_LARGEST: Final = 2 * 1024**2
"""Bytes of a chat without its messages."""
_MESSAGE: Final = 512 * 1024
"""Bytes of one message; the longest text has half as many."""
_WAITING: Final = 3
"""Parts; each may have 32 MB."""
_AT_REST_S: Final = 2.0
"""Before the first part: the connection comes first, and names of people come in a part of their own."""
_PAUSE_S: Final = 0.002
"""Between two messages."""
_DAYS: Final = 400 * 86_400.0
_SERVERS: Final = frozenset({"s.whatsapp.net", "lid", GROUP_SERVER})
# Source: neonize, Neonize.proto (HistorySync); whatsmeow, WAWebProtobufsHistorySync.proto.
_DATA: Final = 1
_CONVERSATIONS: Final = 2
_MESSAGES_FIELD: Final = 2
_SKIPPED: Final = {1: 8, 5: 4}
"""Wire types of a fixed size, in bytes. Source: protobuf.dev/programming-guides/encoding."""


class HistorySync:
    """Reads what one phone hands over. Threading: ``take`` from any thread; it returns at once."""

    def __init__(
        self,
        neonize: Neonize,
        client: Callable[[], Client],
        instance_id: str,
        *,
        number_of: Callable[[Jid], str],
        emit: Callable[[WorkerEvent], None],
    ) -> None:
        """``client`` gives the client once it is made; ``number_of`` the digits behind a LID."""
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._number_of = number_of
        self._emit = emit
        self._parts: queue.Queue[bytes] = queue.Queue(_WAITING)
        self._bytes_left = _PARTS
        self._contents_left = _CONTENTS
        self._chats: set[str] = set()
        self._names: dict[str, str] = {}
        self._lock = threading.Lock()
        self._started = False

    def take(self, part: bytes) -> None:
        """Have one part read soon; drop it when there was too much already."""
        with self._lock:
            self._bytes_left -= len(part)
            if self._bytes_left < 0:
                return
            with suppress(queue.Full):
                self._parts.put_nowait(part)
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, daemon=True, name="history").start()

    def _run(self) -> None:
        time.sleep(_AT_REST_S)
        while len(self._chats) < _CHATS and self._contents_left > 0:
            try:
                self._read(self._parts.get())
            except Exception as error:
                # Top of a thread. What cannot be read is left out; its words must not travel in the error.
                log.warning("history not read: %s", type(error).__name__, extra={"instance": self._id})
        self._parts = queue.Queue(1)

    def _read(self, part: bytes) -> None:
        chats = [self._chat(data) for data in _conversations(part)]
        newest_first = sorted(
            (chat for chat in chats if chat is not None), key=lambda chat: chat.at, reverse=True
        )
        for chat in newest_first:
            if len(self._chats) >= _CHATS or self._contents_left <= 0:
                return
            if chat.address not in self._chats:
                self._chats.add(chat.address)
                self._tell(chat)

    def _chat(self, data: memoryview) -> SimpleNamespace | None:
        """Return a chat without its messages, and where these are; None for what is not shown."""
        plain, messages = bytearray(), list[memoryview]()
        for number, start, value, end in _fields(data):
            if number == _MESSAGES_FIELD:
                if len(messages) < _COUNTED and len(value) <= _MESSAGE:
                    messages.append(value)
            elif len(plain) + end - start <= _LARGEST:
                plain += data[start:end]
        chat = self._neonize.history_chat()
        chat.MergeFromString(bytes(plain))
        user, _, server = whole(chat.ID).partition("@")
        if server not in _SERVERS or not user or chat.isParentGroup:
            return None
        at = float(chat.conversationTimestamp or chat.lastMsgTimestamp)
        ends = messages[:_ENDS] + messages[_ENDS:][-_ENDS:]
        return SimpleNamespace(address=f"{user}@{server}", chat=chat, messages=ends, at=at)

    def _tell(self, found: SimpleNamespace) -> None:
        chat, address = found.chat, found.address
        group, contact = address.endswith(f"@{GROUP_SERVER}"), ""
        name = name_of(chat.name or chat.displayName)
        if not group:
            contact = self._digits(address, chat.pnJID)
            lid = whole(chat.lidJID) or address
            if contact and lid.endswith("@lid"):
                self._emit(AddressPaired(self._id, lid, contact))
        elif name:
            self._emit(GroupNamed(self._id, address, name=name))
        if seconds := bounded_timer(int(chat.ephemeralExpiration)):
            set_at = seconds_of(chat.ephemeralSettingTimestamp) or found.at
            self._emit(ChatTimer(self._id, address, contact, seconds, at=set_at))
        arrived = [self._message(data, address, contact, group=group, called=name) for data in found.messages]
        newest = sorted((one for one in arrived if one is not None), key=lambda one: one.at)[-_MESSAGES:]
        for message in newest:
            self._contents_left -= memory_size(message.content)
            if self._contents_left <= 0:
                return
            self._emit(message)
            time.sleep(_PAUSE_S)

    def _message(
        self, data: memoryview, address: str, contact: str, *, group: bool, called: str
    ) -> MessageArrived | None:
        item = self._neonize.history_message()
        item.MergeFromString(bytes(data))
        info = item.message
        content = content_from_protobuf(info.message, chat=address)
        at = seconds_of(info.messageTimestamp)
        if content is None or content.kind in ABOUT_ANOTHER | WITHOUT_CONTENT or not whole(info.key.ID):
            return None
        if not time.time() - _DAYS < at < time.time() + _DAYS:
            return None
        mine = bool(info.key.fromMe)
        sender = whole(info.key.participant or info.participant) or ("" if group else address)
        if mine:
            me = self._client().get_me()
            sender = f"{me.JID.User}@{me.JID.Server}"
        user, _, server = sender.partition("@")
        sender = f"{user.partition(':')[0]}@{server}"
        if not server:
            return None
        by = contact if not group else "" if mine else self._digits(sender, "")
        name = "" if mine else name_of(info.pushName) or ("" if group else called) or self._name(sender)
        return MessageArrived(
            self._id, info.key.ID, by, name, content, at, mine, group, address, sender, history=True
        )

    def _digits(self, address: str, other: str) -> str:
        return digits_of(self._jid(address), self._jid(whole(other)), self._number_of)

    def _jid(self, address: str) -> Jid:
        user, _, server = address.partition("@")
        return self._neonize.build_jid(user.partition(":")[0], server)

    def _name(self, address: str) -> str:
        """Return what the core's store calls a person; it has learned the names from another part."""
        if address not in self._names:
            try:
                contact = self._client().contact.get_contact(self._jid(address))
                self._names[address] = name_of(contact.FullName or contact.BusinessName or contact.PushName)
            except self._neonize.error:
                self._names[address] = ""
        return self._names[address]


def _conversations(part: bytes) -> Iterator[memoryview]:
    """Yield the chats in one part, each as it lies there."""
    for number, _, data, _ in _fields(memoryview(part)):
        if number == _DATA:
            found = (value for inner, _, value, _ in _fields(data) if inner == _CONVERSATIONS)
            yield from islice(found, 10 * _CHATS)


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview, int]]:
    """Yield number, start, value and end of each field; the value is empty unless it has a length.

    Raises ValueError for what is no protobuf.
    """
    at = 0
    while at < len(data):
        start = at
        key, at = _varint(data, at)
        value = data[:0]
        match key & 7:
            case 0:
                _, at = _varint(data, at)
            case 2:
                size, at = _varint(data, at)
                value = data[at : at + size]
                at += size
            case kind if kind in _SKIPPED:
                at += _SKIPPED[kind]
            case _:
                raise ValueError("no protobuf")
        if at > len(data):
            raise ValueError("cut off")
        yield key >> 3, start, value, at


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ValueError("cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("no number")
