"""From neonize's events to ours: only what concerns a person, and never a bare LID. No I/O."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from core.engine.whatsapp.error_codes import storage_failure
from core.engine.whatsapp.from_protobuf import content_from_protobuf, enum_name, timer_of, whole
from core.engine.whatsapp.neonize_types import (
    CallMeta,
    CallTerminate,
    ChatPresenceEvent,
    Info,
    Jid,
    MessageEvent,
    Part,
    ReceiptEvent,
    Source,
    UndecryptableEvent,
)
from core.models.codes import StateReason
from core.models.content import ADMIN, VIDEO_CALL, Content, Kind
from core.models.messages import Activity, Tick
from core.models.recipients import GROUP_SERVER
from core.models.worker_events import (
    ChatTimer,
    ClientOutdated,
    ConnectFailed,
    ConnectFailure,
    Disconnected,
    KeepAliveRestored,
    KeepAliveTimeout,
    LoggedOut,
    MessageArrived,
    Receipt,
    StreamReplaced,
    TemporaryBan,
    Typing,
    WorkerEvent,
)

log = logging.getLogger(__name__)

_TICKS: Final = {"DELIVERED": Tick.DELIVERED, "READ": Tick.READ, "PLAYED": Tick.PLAYED}
"""The other kinds are of the account's own devices (``SENDER``, ``READ_SELF``, …), or not of a person."""
_OWN_TICKS: Final = {"DELIVERED": Tick.DELIVERED, "SENDER": Tick.DELIVERED}
"""In the chat with oneself, what another device of the account says of what this one sent."""
_PEOPLE: Final = frozenset({"s.whatsapp.net", "lid"})
_BROADCAST: Final = "broadcast"
_STATUS: Final = "status"
_LID: Final = "lid"
_NOT_MISSED: Final = frozenset({"accepted_elsewhere", "rejected_elsewhere"})
"""How a call ends here that another device of the account took or refused."""
_ADMIN_REVOKE: Final = "8"
"""Source: whatsmeow, types/message.go."""
_HIDDEN: Final = "DECRYPT_FAIL_HIDE"
_NAME: Final = 100
"""Characters of what a sender calls themselves."""
_DIGITS: Final = 32
"""More than a number has."""
_RECEIPTS: Final = 2_000
"""Of one notice; no person reads so many messages at once."""
_CHOSEN: Final = 32
"""Options in a vote, and bytes of the SHA-256 that stands for each."""
_UNNAMED: Final = re.compile(r"required field neonize\.(TemporaryBan|ConnectFailure)\.")
"""The error of an event that neonize cannot encode."""
_MILLISECONDS_FROM: Final = 10**11
"""As seconds this would be the year 5138."""


def receipts(instance_id: str, event: ReceiptEvent, *, number_of: Callable[[Jid], str]) -> Iterator[Receipt]:
    """Yield a receipt for each message that the other person's phone got, showed or played.

    Nothing for groups, where one of many says little, nor for the account's own devices, but in the chat with
    oneself. That the person is the one whom the message went to is yet to be seen: anyone may send a receipt
    for any id.
    """
    source = event.MessageSource
    to_self = source.IsFromMe and source.Chat.User == source.Sender.User
    tick = (_OWN_TICKS if to_self else _TICKS).get(enum_name(event, "Type"))
    if tick is None or (source.IsFromMe and not to_self):
        return
    if source.IsGroup or source.Chat.Server not in _PEOPLE:
        return
    addresses = _addresses_of(source.Chat, source.SenderAlt, number_of)
    for message_id in filter(whole, event.MessageIDs[:_RECEIPTS]) if addresses else ():
        yield Receipt(instance_id, message_id, addresses, tick=tick, at=seconds_of(event.Timestamp))


def message_arrived(
    instance_id: str,
    event: MessageEvent,
    *,
    number_of: Callable[[Jid], str],
    options_of: Callable[[MessageEvent], Sequence[bytes] | None],
) -> MessageArrived | None:
    """Return what a person is to see of a message; None for those that phones exchange among themselves.

    ``number_of`` gives the digits behind a LID as far as they are known; ``options_of`` opens a vote: the
    SHA-256 of each chosen option, None when it cannot be opened.
    """
    info, source = event.Info, event.Info.MessageSource
    chat = _chat_of(source)
    if chat is None:
        return None
    address, sender = whole(jid_to_str(chat)), whole(jid_to_str(source.Sender))
    content = content_from_protobuf(event.Message, chat=address)
    if content is None:
        return None
    if not (whole(info.ID) and address and sender):
        log.warning("dropped a message whose id or address cannot be one", extra={"instance": instance_id})
        return None
    if content.kind is Kind.VOTE:
        content = _opened(content, options_of(event))
    if content.kind is Kind.DELETE and content.about and not content.about.from_me:
        if info.Edit != _ADMIN_REVOKE:  # the server sets it for administrators only
            return None
        content = replace(content, name=ADMIN)
    return _arrived(instance_id, info, content, chat=chat, number_of=number_of)


def _arrived(
    instance_id: str, info: Info, content: Content, *, chat: Jid, number_of: Callable[[Jid], str]
) -> MessageArrived:
    source = info.MessageSource
    person = chat if source.IsFromMe else source.Sender
    other = source.RecipientAlt if source.IsFromMe else source.SenderAlt
    return MessageArrived(
        instance_id,
        info.ID,
        contact="" if person.Server == GROUP_SERVER else digits_of(person, other, number_of),
        name="" if source.IsFromMe else name_of(info.Pushname),
        content=content,
        at=seconds_of(info.Timestamp),
        from_me=source.IsFromMe,
        group=chat.Server == GROUP_SERVER,
        chat=jid_to_str(chat),
        sender=jid_to_str(source.Sender),
    )


def chat_timer(instance_id: str, event: MessageEvent, *, number_of: Callable[[Jid], str]) -> ChatTimer | None:
    """Return how long messages of a chat of two last, as far as one of them tells.

    That of a group is what WhatsApp says of the group: any member could write something else.
    """
    source = event.Info.MessageSource
    chat, seconds = _chat_of(source), timer_of(event.Message)
    address = whole(jid_to_str(chat)) if chat is not None else ""
    if chat is None or seconds is None or not address or chat.Server == GROUP_SERVER:
        return None
    other = source.RecipientAlt if source.IsFromMe else source.SenderAlt
    contact = digits_of(chat, other, number_of)
    return ChatTimer(instance_id, address, contact, seconds, at=seconds_of(event.Info.Timestamp))


def typing(instance_id: str, event: ChatPresenceEvent, *, number_of: Callable[[Jid], str]) -> Typing | None:
    """Return what the other side of a chat is doing; None for what another device of the account does."""
    source = event.MessageSource
    chat = _chat_of(source)
    address = whole(jid_to_str(chat)) if chat is not None else ""
    if chat is None or source.IsFromMe or not address:
        return None
    doing = Activity.NOTHING
    if enum_name(event, "State") == "COMPOSING":
        doing = Activity.RECORDING if enum_name(event, "Media") == "AUDIO" else Activity.TYPING
    contact = "" if chat.Server == GROUP_SERVER else digits_of(chat, source.SenderAlt, number_of)
    return Typing(instance_id, address, contact, doing)


def message_withheld(
    instance_id: str, event: UndecryptableEvent, *, number_of: Callable[[Jid], str]
) -> MessageArrived | None:
    """Return what stands for a message that only the phone shows, or that could not be decrypted.

    None for what people do not see anyway: a vote, an edit, what phones exchange among themselves. It may
    still arrive, under the same id.
    """
    info, source = event.Info, event.Info.MessageSource
    chat = _chat_of(source)
    if chat is None or info.Edit or info.Category or enum_name(event, "DecryptFailMode") == _HIDDEN:
        return None
    address, sender = whole(jid_to_str(chat)), whole(jid_to_str(source.Sender))
    if not (whole(info.ID) and address and sender):
        return None
    kind = Kind.PHONE_ONLY if event.IsUnavailable else Kind.UNREADABLE
    return _arrived(instance_id, info, Content(kind), chat=chat, number_of=number_of)


def call_missed(
    instance_id: str, event: CallTerminate, *, video: bool, number_of: Callable[[Jid], str]
) -> MessageArrived | None:
    """Return a missed call; None for one that another device of the account took or refused."""
    if event.reason in _NOT_MISSED:
        return None
    return incoming_call(instance_id, event.basicCallMeta, video=video, number_of=number_of)


def incoming_call(
    instance_id: str, meta: CallMeta, *, video: bool, number_of: Callable[[Jid], str]
) -> MessageArrived | None:
    """Return a call as it stands in a conversation when it was not taken; None for one of no person."""
    caller = meta.callCreator
    if caller.Server not in _PEOPLE:
        return None
    address, call_id = whole(jid_to_str(caller)), whole(meta.callID)
    if not (address and call_id):
        return None
    return MessageArrived(
        instance_id,
        call_id,
        contact=digits_of(caller, meta.callCreatorAlt, number_of),
        name="",
        content=Content(Kind.CALL, name=VIDEO_CALL if video else ""),
        at=seconds_of(meta.timestamp),
        from_me=False,
        group=False,
        chat=address,
        sender=address,
    )


def jid_to_str(jid: Jid) -> str:
    """Return the address as WhatsApp writes it, without the device."""
    return f"{jid.User}@{jid.Server}"


def _chat_of(source: Source) -> Jid | None:
    """Return the chat of a message; None for a status post. By a broadcast list, it is that of the sender."""
    chat = source.Chat
    if chat.Server == _BROADCAST and chat.User != _STATUS and not source.IsFromMe:
        chat = source.Sender
    return chat if chat.Server in _PEOPLE or chat.Server == GROUP_SERVER else None


def _opened(vote: Content, options: Sequence[bytes] | None) -> Content:
    if options is None:
        return Content(Kind.OTHER, about=vote.about)
    return replace(vote, options=tuple(option[:_CHOSEN].hex() for option in options[:_CHOSEN]))


def name_of(written: str) -> str:
    """Return what people call themselves, on one line and bounded."""
    return " ".join(written[: 4 * _NAME].split())[:_NAME]


def digits_of(jid: Jid, other: Jid, number_of: Callable[[Jid], str]) -> str:
    """Return the digits of a person's number, from either of their addresses; empty when it is hidden."""
    for address in (jid, other):
        if address.User and address.Server != _LID and len(address.User) <= _DIGITS:
            return str(address.User)
    return number_of(jid)[:_DIGITS]


def _addresses_of(jid: Jid, other: Jid, number_of: Callable[[Jid], str]) -> tuple[str, ...]:
    """Return all addresses of a person that are known: the digits of their number, and their LID."""
    lids = (whole(jid_to_str(one)) for one in (jid, other) if one.User and one.Server == _LID)
    number = digits_of(jid, other, number_of)
    return tuple(dict.fromkeys(filter(None, (number, *lids))))


def seconds_of(timestamp: int) -> float:
    """Return a time of WhatsApp's in seconds since the epoch."""
    return timestamp / 1000 if timestamp >= _MILLISECONDS_FROM else float(timestamp)


def _temporary_ban(instance_id: str, event: Part) -> TemporaryBan:
    return TemporaryBan(instance_id, code=int(event.Code), expires_in_s=float(event.Expire))


def _connect_failure(instance_id: str, event: Part) -> ConnectFailure:
    name = event.DESCRIPTOR.fields_by_name["Reason"].enum_type.values_by_number[event.Reason].name
    return ConnectFailure(instance_id, reason=name.casefold())


def _keep_alive_timeout(instance_id: str, event: Part) -> KeepAliveTimeout:
    return KeepAliveTimeout(instance_id, errors=int(event.ErrorCount))


Translation = Callable[[str, Part], WorkerEvent]
TRANSLATIONS: Final[dict[str, Translation]] = {
    "DisconnectedEv": lambda instance_id, _: Disconnected(instance_id),
    "LoggedOutEv": lambda instance_id, _: LoggedOut(instance_id),
    "StreamReplacedEv": lambda instance_id, _: StreamReplaced(instance_id),
    "ClientOutdatedEv": lambda instance_id, _: ClientOutdated(instance_id),
    "KeepAliveRestoredEv": lambda instance_id, _: KeepAliveRestored(instance_id),
    "KeepAliveTimeoutEv": _keep_alive_timeout,
    "TemporaryBanEv": _temporary_ban,
    "ConnectFailureEv": _connect_failure,
}
"""What each event becomes, by the name of its class in ``neonize.events``."""


def connect_failure(instance_id: str, error_text: str) -> WorkerEvent:
    """Return what the core's error from ``connect`` means: mostly that the first dial failed.

    neonize cannot encode a ban or a refusal whose number it has no name for; it then ends ``connect`` with an
    error that names the event (measured: ban 999, failure 415). Taken for a lost network it would be retried.
    """
    unnamed = _UNNAMED.search(error_text)
    if unnamed is None:
        reason = storage_failure(error_text) or StateReason.UNREACHABLE
        return ConnectFailed(instance_id, detail=error_text[:200], reason=reason)
    if unnamed[1] == "TemporaryBan":
        return TemporaryBan(instance_id, code=0, expires_in_s=0)
    return ConnectFailure(instance_id, reason="unknown")
