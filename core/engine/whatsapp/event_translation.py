"""From neonize's receipts and messages to our events: only what concerns a person, and never a bare LID."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from core.engine.whatsapp.from_protobuf import content_from_protobuf, enum_name, whole
from core.models.content import ADMIN, Content, Kind
from core.models.messages import Tick
from core.models.worker_events import MessageArrived, Receipt

log = logging.getLogger(__name__)

_TICKS: Final = {"DELIVERED": Tick.DELIVERED, "READ": Tick.READ, "PLAYED": Tick.PLAYED}
"""The other kinds are the account's own devices (``SENDER``, ``READ_SELF``, …) or none of a person's."""
_PEOPLE: Final = frozenset({"s.whatsapp.net", "lid"})
_GROUP: Final = "g.us"
_BROADCAST: Final = "broadcast"
_STATUS: Final = "status"
_LID: Final = "lid"
_NOT_MISSED: Final = frozenset({"accepted_elsewhere", "rejected_elsewhere"})
"""How a call ends here that another device of the account took or refused."""
_ADMIN_REVOKE: Final = "8"
"""Source: whatsmeow, types/message.go."""
_NAME: Final = 100
"""Characters of what somebody calls themselves."""
_DIGITS: Final = 32
"""More than a number has."""
_RECEIPTS: Final = 2_000
"""Of one notice; nobody reads so many messages at once."""
_CHOSEN: Final = 32
"""Options in a vote, and bytes of the SHA-256 that stands for each."""
_MILLISECONDS_FROM: Final = 10**11
"""As seconds this would be the year 5138."""


def receipts(instance_id: str, event: Any) -> Iterator[Receipt]:
    """One for each message that the other person's phone got, showed or played.

    Nothing for groups, where one of many says little, nor for the account's own devices.
    """
    tick = _TICKS.get(enum_name(event, "Type"))
    source = event.MessageSource
    if tick is None or source.IsFromMe or source.IsGroup or source.Chat.Server not in _PEOPLE:
        return
    for message_id in filter(whole, event.MessageIDs[:_RECEIPTS]):
        yield Receipt(instance_id, message_id, tick=int(tick), at=_seconds(event.Timestamp))


def message_arrived(
    instance_id: str,
    event: Any,
    *,
    number_of: Callable[[Any], str],
    options_of: Callable[[Any], Sequence[bytes] | None],
) -> MessageArrived | None:
    """What a person is to see of a message; None for those that phones exchange among themselves.

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
        if info.Edit != _ADMIN_REVOKE:  # the server lets nobody else say that
            return None
        content = replace(content, name=ADMIN)
    group = chat.Server == _GROUP
    person = chat if source.IsFromMe else source.Sender
    other = source.RecipientAlt if source.IsFromMe else source.SenderAlt
    return MessageArrived(
        instance_id,
        info.ID,
        contact="" if person.Server == _GROUP else _digits(person, other, number_of),
        name="" if source.IsFromMe else " ".join(info.Pushname[: 4 * _NAME].split())[:_NAME],
        content=content.to_json(),
        at=_seconds(info.Timestamp),
        from_me=source.IsFromMe,
        group=group,
        chat=address,
        sender=sender,
    )


def call_missed(
    instance_id: str, event: Any, *, video: bool, number_of: Callable[[Any], str]
) -> MessageArrived | None:
    """A call that ended and that nobody took; None when another device of the account did."""
    meta = event.basicCallMeta
    caller = meta.callCreator
    if event.reason in _NOT_MISSED or caller.Server not in _PEOPLE:
        return None
    address, call_id = whole(jid_to_str(caller)), whole(meta.callID)
    if not (address and call_id):
        return None
    return MessageArrived(
        instance_id,
        call_id,
        contact=_digits(caller, meta.callCreatorAlt, number_of),
        name="",
        content=Content(Kind.CALL, name="video" if video else "").to_json(),
        at=_seconds(meta.timestamp),
        from_me=False,
        group=False,
        chat=address,
        sender=address,
    )


def jid_to_str(jid: Any) -> str:
    """As WhatsApp writes it, without the device."""
    return f"{jid.User}@{jid.Server}"


def _chat_of(source: Any) -> Any:
    """Where it belongs; None for what is for everybody. What came by a list is a message of its sender."""
    chat = source.Chat
    if chat.Server == _BROADCAST and chat.User != _STATUS and not source.IsFromMe:
        chat = source.Sender
    return chat if chat.Server in _PEOPLE or chat.Server == _GROUP else None


def _opened(vote: Content, options: Sequence[bytes] | None) -> Content:
    if options is None:
        return Content(Kind.OTHER, about=vote.about)
    return replace(vote, options=tuple(option[:_CHOSEN].hex() for option in options[:_CHOSEN]))


def _digits(jid: Any, other: Any, number_of: Callable[[Any], str]) -> str:
    for one in (jid, other):
        if one.User and one.Server != _LID and len(one.User) <= _DIGITS:
            return str(one.User)
    return number_of(jid)[:_DIGITS]


def _seconds(timestamp: int) -> float:
    return timestamp / 1000 if timestamp >= _MILLISECONDS_FROM else float(timestamp)
