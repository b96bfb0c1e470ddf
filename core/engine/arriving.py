"""From neonize's receipts and messages to our events: only what concerns a person, and never a bare LID."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from core.models.events import MessageArrived, Receipt
from core.models.message import Tick

_TICKS: Final = {"DELIVERED": Tick.DELIVERED, "READ": Tick.READ, "PLAYED": Tick.PLAYED}
"""The other kinds are the account's own devices (``SENDER``, ``READ_SELF``, …) or none of a person's."""
_PEOPLE: Final = frozenset({"s.whatsapp.net", "lid"})
_GROUP: Final = "g.us"
_LID: Final = "lid"
_KINDS: Final = {
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
    "lottieStickerMessage": "sticker",
    "locationMessage": "location",
    "liveLocationMessage": "location",
    "contactMessage": "contact",
    "contactsArrayMessage": "contact",
    "pollCreationMessage": "poll",
    "pollCreationMessageV2": "poll",
    "pollCreationMessageV3": "poll",
    "pollUpdateMessage": "vote",
    "reactionMessage": "reaction",
    "encReactionMessage": "reaction",
}
_SILENT: Final = frozenset({"senderKeyDistributionMessage", "messageContextInfo", "deviceSentMessage"})
"""Parts that are no message of a person."""
_PROTOCOL: Final = {"REVOKE": "deleted", "MESSAGE_EDIT": "edited"}
_MILLISECONDS_FROM: Final = 10**11
"""As seconds this would be the year 5138."""


def receipts(instance_id: str, event: Any) -> Iterator[Receipt]:
    """One for each message that the other person's phone got, showed or played.

    Nothing for groups, where one of many says little, nor for the account's own devices.
    """
    tick = _TICKS.get(_enum_name(event, "Type"))
    source = event.MessageSource
    if tick is None or source.IsFromMe or source.IsGroup or source.Chat.Server not in _PEOPLE:
        return
    for message_id in event.MessageIDs:
        yield Receipt(instance_id, message_id, tick=int(tick), at=_seconds(event.Timestamp))


def message_arrived(
    instance_id: str, event: Any, *, number_of: Callable[[Any], str]
) -> MessageArrived | None:
    """What a person is to see of a message; None for those that phones exchange among themselves.

    ``number_of`` gives the digits behind a LID as far as they are known.
    """
    info, source = event.Info, event.Info.MessageSource
    kind, text = _content(event.Message)
    if not kind or (source.Chat.Server not in _PEOPLE and source.Chat.Server != _GROUP):
        return None
    person = source.Chat if source.IsFromMe else source.Sender
    other = source.RecipientAlt if source.IsFromMe else source.SenderAlt
    return MessageArrived(
        instance_id,
        info.ID,
        contact="" if person.Server == _GROUP else _digits(person, other, number_of),
        name="" if source.IsFromMe else info.Pushname,
        content=kind,
        text=text,
        at=_seconds(info.Timestamp),
        from_me=source.IsFromMe,
        group=source.IsGroup,
    )


def _content(message: Any) -> tuple[str, str]:
    """Kind and text; an empty kind for what is no message of a person."""
    if message.conversation:
        return "text", message.conversation
    if message.HasField("extendedTextMessage"):
        return "text", message.extendedTextMessage.text
    if message.HasField("protocolMessage"):
        protocol = message.protocolMessage
        kind = _PROTOCOL.get(_enum_name(protocol, "type"), "")
        return kind, _content(protocol.editedMessage)[1] if kind == "edited" else ""
    names = [field.name for field, _ in message.ListFields() if field.name not in _SILENT]
    return (next((_KINDS[name] for name in names if name in _KINDS), "other"), "") if names else ("", "")


def _digits(jid: Any, other: Any, number_of: Callable[[Any], str]) -> str:
    for one in (jid, other):
        if one.User and one.Server != _LID:
            return str(one.User)
    return number_of(jid)


def _enum_name(event: Any, field: str) -> str:
    values = type(event).DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    value = values.get(getattr(event, field))
    return str(value.name) if value else ""


def _seconds(timestamp: int) -> float:
    return timestamp / 1000 if timestamp >= _MILLISECONDS_FROM else float(timestamp)
