"""From WhatsApp's protobuf, as neonize has it, to our ``Content``. No I/O.

Everything in it was written by a stranger: lengths are bounded, and nothing is taken for more than text.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from typing import Final

from core.engine.whatsapp.contact_cards import cards_of
from core.engine.whatsapp.media_reference import remote_of
from core.engine.whatsapp.neonize_types import GroupDetails, Me, Member, Part
from core.models.content import Attachment, Content, Kind, Reference
from core.models.picture_header import is_thumbnail

_FILES: Final = {
    "imageMessage": Kind.IMAGE,
    "videoMessage": Kind.VIDEO,
    "ptvMessage": Kind.VIDEO,
    "audioMessage": Kind.AUDIO,
    "documentMessage": Kind.DOCUMENT,
    "stickerMessage": Kind.STICKER,
}
_POLLS: Final = frozenset(f"pollCreationMessage{version}" for version in ("", "V2", "V3", "V5", "V6"))
_WORDS: Final = {
    "templateMessage": tuple(f"hydrated{row}Template.hydratedContentText" for row in ("", "FourRow")),
    "buttonsMessage": ("contentText",),
    "listMessage": ("description", "title"),
    "interactiveMessage": ("body.text", "header.title"),
    "buttonsResponseMessage": ("selectedDisplayText",),
    "listResponseMessage": ("title",),
    "templateButtonReplyMessage": ("selectedDisplayText",),
    "interactiveResponseMessage": ("body.text",),
    "groupInviteMessage": ("caption", "groupName"),
}
"""Where businesses' messages and the answers to them carry their words; the first that is there counts."""
_SILENT: Final = frozenset(
    {
        "senderKeyDistributionMessage",
        "fastRatchetKeySenderKeyDistributionMessage",
        "messageContextInfo",
        "keepInChatMessage",
        "pinInChatMessage",
        "albumMessage",  # its pictures come on their own
        "stickerSyncRmrMessage",
        "messageHistoryBundle",
        "groupRootKeyShare",
        "rootSecretDistributeMessage",
    }
)
"""Parts that are not a message of a person."""
SEALED: Final = {
    "encReactionMessage": "targetMessageKey",
    "encCommentMessage": "targetMessageKey",
    "encEventResponseMessage": "eventCreationMessageKey",
    "secretEncryptedMessage": "targetMessageKey",
}
"""Parts that only the secret of another message opens, and where they name that message."""
_PROTOCOL: Final = {"REVOKE": Kind.DELETE, "MESSAGE_EDIT": Kind.EDIT}
_WRAPPER: Final = "FutureProofMessage"
"""What view-once, disappearing, captioned and edited messages are wrapped in."""
_MOST_WRAPPERS: Final = 8
_LONGEST: Final = 65_536
"""Characters of a text, as phones allow."""
_LINE: Final = 250
_QUOTED: Final = 200
_OPTIONS: Final = 32
_POLE: Final = 90.0
_DATE_LINE: Final = 180.0
"""Degrees from the equator, and from Greenwich."""
_LAST_DAY: Final = 253_402_214_400.0
"""Seconds since the epoch until the last day that a date can show, 31 December 9999."""
_TIMER_SET: Final = "EPHEMERAL_SETTING"
_SHORTEST_TIMER: Final = 3_600
_LONGEST_TIMER: Final = 366 * 86_400
"""Seconds; WhatsApp offers from a day to 90 days."""
THUMBNAIL_LIMIT: Final = 8_192
"""Bytes; a larger one is dropped, as is what its header does not call a small JPEG or PNG."""
_CARDS: Final = 50
"""People in one message."""


def innermost(message: Part) -> Part:
    """Return the message without the wrappers around it."""
    for _ in range(_MOST_WRAPPERS):
        inner = next(_wrapped(message), None)
        if inner is None:
            break
        message = inner
    return message


def content_from_protobuf(message: Part, *, chat: str = "") -> Content | None:
    """Return what a person is to see of it; None for what phones exchange among themselves.

    ``chat`` is the address of the chat it came in. A vote comes without its options: they are sealed.
    """
    message = innermost(message)
    about = _quoted(message, chat)
    if message.conversation:
        return Content(Kind.TEXT, text=_text(message.conversation))
    if message.HasField("extendedTextMessage"):
        return Content(Kind.TEXT, text=_text(message.extendedTextMessage.text), about=about)
    if message.HasField("protocolMessage"):
        return _protocol(message.protocolMessage, chat)
    names = [field.name for field, _ in message.ListFields() if field.name not in _SILENT]
    if not names and not _is_newer(message):
        return None
    for name in names:
        content = _content_of_part(name, getattr(message, name), chat, about)
        if content is not None:
            return content
    return Content(Kind.OTHER, about=about)


def _is_newer(message: Part) -> bool:
    """Return whether a message that is silent otherwise has fields which this version does not know."""
    rest = copy.deepcopy(message)
    for field, _ in message.ListFields():
        rest.ClearField(field.name)
    return bool(rest.ByteSize())


def _content_of_part(name: str, part: Part, chat: str, about: Reference | None) -> Content | None:
    if name in _FILES:
        return _with_file(name, part, about)
    if name in _POLLS:
        options = tuple(option.optionName[:_LINE] for option in part.options[:_OPTIONS])
        return Content(
            Kind.POLL,
            text=_text(part.name),
            options=options,
            choices=min(int(part.selectableOptionsCount), len(options)),
            about=about,
        )
    if name in ("locationMessage", "liveLocationMessage"):
        return _location(part, about)
    if name == "eventMessage":
        return _event(part, about)
    if name in ("contactMessage", "contactsArrayMessage"):
        return _contact(part, about)
    if name == "reactionMessage":
        return Content(Kind.REACTION, text=part.text[:32], about=_reference(part.key, chat))
    if name == "pollUpdateMessage":
        return Content(Kind.VOTE, about=_reference(part.pollCreationMessageKey, chat))
    if name in SEALED:
        return Content(Kind.UNREADABLE, about=_reference(getattr(part, SEALED[name]), chat))
    if name in _WORDS:
        words = next(filter(None, (_field_at(part, path) for path in _WORDS[name])), "")
        return Content(Kind.TEXT, text=_text(words), about=about) if words else None
    return None


def _protocol(part: Part, chat: str) -> Content | None:
    kind = _PROTOCOL.get(enum_name(part, "type"))
    if kind is None:
        return None
    words = ""
    if kind is Kind.EDIT:
        edited = (
            content_from_protobuf(part.editedMessage, chat=chat) if part.HasField("editedMessage") else None
        )
        words = edited.text if edited else ""
    return Content(kind, text=words, about=_reference(part.key, chat))


def _with_file(name: str, part: Part, about: Reference | None) -> Content:
    kind = _FILES[name]
    if kind is Kind.AUDIO and part.PTT:
        kind = Kind.VOICE
    file = Attachment(
        name=_line(getattr(part, "fileName", "") or getattr(part, "title", "")),
        mime=_line(part.mimetype),
        size=int(part.fileLength),
        seconds=int(getattr(part, "seconds", 0)),
        width=int(getattr(part, "width", 0)),
        height=int(getattr(part, "height", 0)),
        thumbnail=_thumbnail(getattr(part, "JPEGThumbnail", b"")),
        waveform=_short_base64(getattr(part, "waveform", b""), most=64) if kind is Kind.VOICE else "",
        remote=remote_of(name, part),
        gif=bool(getattr(part, "gifPlayback", False)),
    )
    return Content(kind, text=_text(getattr(part, "caption", "")), file=file, about=about)


def _location(part: Part, about: Reference | None) -> Content:
    """Read a place. One that is nowhere on earth is not shown as one; what its author wrote of it is."""
    words = _text(getattr(part, "caption", "") or getattr(part, "comment", ""))
    name, address = _line(getattr(part, "name", "")), _line(getattr(part, "address", ""))
    if not _is_on_earth(part):
        return Content(Kind.OTHER, text=_text("\n".join(filter(None, (words, name, address)))), about=about)
    return Content(
        Kind.LOCATION,
        text=words,
        latitude=float(part.degreesLatitude),
        longitude=float(part.degreesLongitude),
        name=name,
        address=address,
        about=about,
    )


def _is_on_earth(part: Part) -> bool:
    """Return whether a place has coordinates, and such as there are; NaN is none of them."""
    told = part.HasField("degreesLatitude") or part.HasField("degreesLongitude")
    return told and abs(part.degreesLatitude) <= _POLE and abs(part.degreesLongitude) <= _DATE_LINE


def _event(part: Part, about: Reference | None) -> Content:
    """Read an invitation. ``startTime`` is in seconds, as WhatsApp's own clients write it."""
    starts_at = float(part.startTime)
    return Content(
        Kind.EVENT,
        text=_text(part.description),
        name=_line(part.name),
        address=_line(part.location.name or part.location.address or part.joinLink),
        starts_at=starts_at if 0 < starts_at < _LAST_DAY else 0.0,
        cancelled=bool(part.isCanceled),
        about=about,
    )


def _contact(part: Part, about: Reference | None) -> Content:
    parts = list(getattr(part, "contacts", [part]))[:_CARDS]
    cards = tuple(card for each in parts for card in cards_of(each.vcard, name=_line(each.displayName)))
    cards = cards[:_CARDS]
    names = ", ".join(filter(None, (card.name for card in cards))) or _line(part.displayName)
    numbers = (phone.number for card in cards for phone in card.phones if phone.number)
    return Content(Kind.CONTACT, name=_line(names), phone=next(numbers, ""), contacts=cards, about=about)


def _quoted(message: Part, chat: str) -> Reference | None:
    """Return the message that this one answers."""
    for field, part in message.ListFields():
        if field.message_type is None or "contextInfo" not in field.message_type.fields_by_name:
            continue
        context = part.contextInfo
        if whole(context.stanzaID):
            quoted = (
                content_from_protobuf(context.quotedMessage) if context.HasField("quotedMessage") else None
            )
            return Reference(
                message_id=context.stanzaID,
                chat=chat,
                sender=whole(context.participant),
                text=" ".join(_words(quoted).split())[:_QUOTED] if quoted else "",
                kind=quoted.kind if quoted else None,
                thumbnail=quoted.small_picture if quoted else "",
            )
    return None


def timer_of(message: Part) -> int | None:
    """Return the seconds after which messages of its chat disappear, if it tells; 0 for never."""
    message = innermost(message)
    if message.HasField("protocolMessage"):
        setting = enum_name(message.protocolMessage, "type") == _TIMER_SET
        return bounded_timer(message.protocolMessage.ephemeralExpiration) if setting else None
    for field, part in message.ListFields():
        if field.message_type is None or "contextInfo" not in field.message_type.fields_by_name:
            continue
        if part.contextInfo.HasField("expiration"):
            return bounded_timer(part.contextInfo.expiration)
    return None


def bounded_timer(seconds: int) -> int | None:
    """Return a timer in seconds, 0 for never; None for one that WhatsApp does not offer."""
    return seconds if seconds == 0 or _SHORTEST_TIMER <= seconds <= _LONGEST_TIMER else None


def _words(quoted: Content) -> str:
    """Return the text that stands for a message in a quote."""
    return quoted.text or quoted.name or (quoted.file.name if quoted.file else "")


def _reference(key: Part, chat: str) -> Reference:
    return Reference(
        message_id=whole(key.ID), chat=chat, sender=whole(key.participant), from_me=bool(key.fromMe)
    )


def _wrapped(message: Part) -> Iterator[Part]:
    for field, part in message.ListFields():
        if field.message_type is not None and (
            field.message_type.name == _WRAPPER or field.name == "deviceSentMessage"
        ):
            yield part.message


def whole(name: str) -> str:
    """Return an id or an address as it is; nothing when it is too long to be one: cut, it names another."""
    return name if len(name) <= _LINE else ""


def enum_name(part: Part, field: str) -> str:
    """Return the name of an enum field's value; empty for a value that this version does not know."""
    values = part.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    value = values.get(getattr(part, field))
    return str(value.name) if value else ""


def _field_at(part: Part, path: str) -> str:
    for name in path.split("."):
        part = getattr(part, name)
    return str(part)


def _short_base64(data: bytes, *, most: int) -> str:
    return base64.b64encode(data).decode() if 0 < len(data) <= most else ""


def _thumbnail(data: bytes) -> str:
    return _short_base64(data, most=THUMBNAIL_LIMIT) if is_thumbnail(data) else ""


def _text(text: str) -> str:
    return text[:_LONGEST]


def _line(text: str) -> str:
    return " ".join(text[: 4 * _LINE].split())[:_LINE]


def may_write(group: GroupDetails, me: Me) -> bool:
    """Return whether the account ``me`` may write in the group."""
    return not group.GroupAnnounce.IsAnnounce or any(
        member.IsAdmin or member.IsSuperAdmin for member in group.Participants if _is_me(member, me)
    )


def _is_me(member: Member, me: Me) -> bool:
    ours = {me.JID.User, me.LID.User} - {""}
    return bool(ours & {member.JID.User, member.LID.User, member.PhoneNumber.User})
