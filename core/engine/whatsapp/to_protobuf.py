"""From our content to WhatsApp's protobuf, with the fields that its own clients fill in. No I/O."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from core.engine.whatsapp.media_reference import UploadedFile
from core.engine.whatsapp.neonize_types import Part
from core.models.content import Attachment, Content, Kind, Reference
from core.models.recipients import is_group_address

_MEDIA: Final = {
    Kind.IMAGE: "imageMessage",
    Kind.VIDEO: "videoMessage",
    Kind.AUDIO: "audioMessage",
    Kind.VOICE: "audioMessage",
    Kind.DOCUMENT: "documentMessage",
    Kind.STICKER: "stickerMessage",
}
_MIMES: Final = {
    Kind.IMAGE: "image/jpeg",
    Kind.VIDEO: "video/mp4",
    Kind.AUDIO: "audio/mpeg",
    Kind.VOICE: "audio/ogg; codecs=opus",
    Kind.STICKER: "image/webp",
}
"""Of a file that is quoted, of which no more is known."""
_ANIMATED: Final = 0x02
"""In the flags of a WebP's extended header. Source: developers.google.com/speed/webp/docs/riff_container."""

Fields = dict[str, object]
"""Fields of one protobuf message by their names."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes, and under which addresses this account writes there."""

    address: str
    own: str
    """The account's address by its number."""
    own_lid: str
    """The account's LID; empty when the core does not know it."""
    timer: int = 0
    """Seconds after which messages disappear there; 0 for never."""
    timer_at: int = 0
    """When that was set, in seconds since the epoch; 0 when it is not known."""

    @property
    def is_group(self) -> bool:
        """Return whether it is a group, not a person."""
        return is_group_address(self.address)


def to_protobuf(
    message: Callable[..., Part],
    content: Content,
    *,
    chat: Destination,
    file: UploadedFile | None,
    secret: bytes,
) -> Part:
    """Return the protobuf of ``content``; ``message`` is neonize's class of it.

    ``file`` is the uploaded file of a kind that carries one. ``secret`` travels in every kind, as in messages
    of WhatsApp's own clients: the core stores it beside the message's id before the message leaves. Of a
    poll, it is also what votes are sealed with.
    """
    context = _context(content, chat)
    return message(**_fields(content, chat, file, context), messageContextInfo={"messageSecret": secret})


def _fields(content: Content, chat: Destination, uploaded: UploadedFile | None, context: Fields) -> Fields:
    match content.kind:
        case Kind.TEXT:
            return _text(content, context)
        case Kind.LOCATION:
            place = {"degreesLatitude": content.latitude, "degreesLongitude": content.longitude}
            named = {"name": content.name, "address": content.address}
            return {"locationMessage": place | _filled(named) | context}
        case Kind.CONTACT:
            card = {"displayName": content.name, "vcard": vcard(content.name, content.phone)}
            return {"contactMessage": card | context}
        case Kind.POLL:
            return {"pollCreationMessage": _poll(content) | context}
        case Kind.REACTION | Kind.EDIT | Kind.DELETE:
            return _about(content, chat)
        case _:
            return _file(content, uploaded, context)


def _text(content: Content, context: Fields) -> Fields:
    if not content.link and not context:
        return {"conversation": content.text}
    return {"extendedTextMessage": {"text": content.text, **_preview(content.link), **context}}


def _preview(link: str) -> Fields:
    if not link:
        return {}
    body = json.loads(link)
    fields = _filled({"matchedText": body.get("url"), "description": body.get("description")})
    # Only with a title does the core call it a link (whatsmeow, send.go, getMediaTypeFromMessage).
    fields["title"] = body.get("title") or body.get("url", "")
    if thumbnail := body.get("thumbnail"):
        fields["JPEGThumbnail"] = base64.b64decode(thumbnail)
    return fields | {"previewType": "NONE"}


def _poll(content: Content) -> Fields:
    # Newer fields of it (V3) the core would send as a text (whatsmeow, send.go, getTypeFromMessage).
    options = [{"optionName": option} for option in content.options]
    return {"name": content.text, "options": options, "selectableOptionsCount": content.choices}


def _about(content: Content, chat: Destination) -> Fields:
    about = content.about or Reference()
    key: Fields = {"remoteJID": about.chat or chat.address, "fromMe": about.from_me, "ID": about.message_id}
    if chat.is_group and not about.from_me:
        key["participant"] = _person(about.sender)
    now = int(time.time() * 1000)
    if content.kind is Kind.REACTION:
        return {"reactionMessage": {"key": key, "text": content.text, "senderTimestampMS": now}}
    if content.kind is Kind.DELETE:
        return {"protocolMessage": {"key": key, "type": "REVOKE"}}
    new = {"conversation": content.text}
    edit = {"key": key, "type": "MESSAGE_EDIT", "editedMessage": new, "timestampMS": now}
    return {"editedMessage": {"message": {"protocolMessage": edit}}}


def _context(content: Content, chat: Destination) -> Fields:
    """Return the field that names the message that is answered, and says how long this one lasts."""
    context = _answering(content, chat)
    if chat.timer:
        context["expiration"] = chat.timer
        context |= _filled({"ephemeralSettingTimestamp": chat.timer_at})
    return {"contextInfo": context} if context else {}


def _answering(content: Content, chat: Destination) -> Fields:
    about = content.about
    if about is None:
        return {}
    # Groups and newer chats go by LID.
    by_lid = chat.own_lid and (chat.is_group or about.chat.endswith("@lid"))
    own = chat.own_lid if by_lid else chat.own
    author = own if about.from_me else _person(about.sender or about.chat or chat.address)
    return {"stanzaID": about.message_id, "participant": author, "quotedMessage": _quoted(about)}


def _quoted(about: Reference) -> Fields:
    """Return as much of the message that is answered as a phone needs to draw it."""
    small: Fields = {"JPEGThumbnail": base64.b64decode(about.thumbnail)} if about.thumbnail else {}
    words = about.text
    match about.kind:
        case Kind.IMAGE | Kind.VIDEO as kind:
            return {_MEDIA[kind]: {"mimetype": _MIMES[kind]} | _filled({"caption": words}) | small}
        case Kind.AUDIO | Kind.VOICE as kind:
            return {_MEDIA[kind]: {"mimetype": _MIMES[kind], "PTT": kind is Kind.VOICE}}
        case Kind.STICKER:
            return {_MEDIA[Kind.STICKER]: {"mimetype": _MIMES[Kind.STICKER]}}
        case Kind.DOCUMENT:
            return {_MEDIA[Kind.DOCUMENT]: _filled({"fileName": words, "title": words}) | small}
        case Kind.LOCATION:
            return {"locationMessage": _filled({"name": words}) | small}
        case Kind.CONTACT:
            return {"contactMessage": {"displayName": words}}
        case Kind.POLL:
            return {"pollCreationMessage": {"name": words}}
        case Kind.EVENT:
            return {"eventMessage": {"name": words}}
        case _:
            return {"conversation": words}


def _file(content: Content, uploaded: UploadedFile | None, context: Fields) -> Fields:
    file = content.file or Attachment()
    name = _MEDIA[content.kind]
    part: Fields = msgspec.to_builtins(uploaded, builtin_types=(bytes,)) if uploaded else {}
    part |= {"mimetype": file.mime, "mediaKeyTimestamp": int(time.time())}
    part |= _shape(content.kind, file) | context
    if content.kind is not Kind.DOCUMENT:
        return {name: part | _caption(content)}
    part |= {"fileName": file.name, "title": file.name}
    if not content.text:
        return {name: part}
    return {"documentWithCaptionMessage": {"message": {name: part | _caption(content)}}}


def _caption(content: Content) -> Fields:
    takes_one = content.kind in {Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT}
    return {"caption": content.text} if takes_one and content.text else {}


def _shape(kind: Kind, file: Attachment) -> Fields:
    size: Fields = {"width": file.width, "height": file.height}
    thumbnail: Fields = {"JPEGThumbnail": base64.b64decode(file.thumbnail)}
    match kind:
        case Kind.IMAGE:
            return _filled(size | thumbnail)
        case Kind.VIDEO:
            return _filled(size | thumbnail | {"seconds": file.seconds, "gifPlayback": file.gif})
        case Kind.VOICE:
            waveform = base64.b64decode(file.waveform)
            return {"seconds": file.seconds, "PTT": True, **_filled({"waveform": waveform})}
        case Kind.AUDIO:
            return {"seconds": file.seconds, "PTT": False}
        case Kind.STICKER:
            return _filled(size)
        case _:
            return _filled(thumbnail)


def is_animated(webp: bytes) -> bool:
    """Return whether a WebP picture moves, as its header says."""
    return webp[:4] == b"RIFF" and webp[12:16] == b"VP8X" and len(webp) > 20 and bool(webp[20] & _ANIMATED)


def vcard(name: str, phone: str) -> str:
    """Return a card of an address book, as WhatsApp writes them: ``waid`` makes it a button to write to."""
    shown = name.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")
    return (
        f"BEGIN:VCARD\nVERSION:3.0\nN:;{shown};;;\nFN:{shown}\n"
        f"TEL;type=CELL;type=VOICE;waid={phone}:+{phone}\nEND:VCARD"
    )


def _person(address: str) -> str:
    """Return an address without the device that wrote from there."""
    user, _, server = address.partition("@")
    return f"{user.partition(':')[0]}@{server}" if server else ""


def _filled(part: Mapping[str, object]) -> Fields:
    return {name: value for name, value in part.items() if value}
