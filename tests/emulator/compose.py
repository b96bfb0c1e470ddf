"""The protobuf message a phone makes of what somebody writes; its file goes to the media host first."""

from __future__ import annotations

import base64
import io
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image as Picture

from tests.emulator.content import (
    Audio,
    Contact,
    Contacts,
    Content,
    Deletion,
    Document,
    Edit,
    Event,
    EventAnswer,
    Image,
    Location,
    Poll,
    Raw,
    Reaction,
    SealedEdit,
    SealedReaction,
    Sticker,
    Text,
    TimerSetting,
    Video,
    Vote,
)
from tests.emulator.media import MediaStore, seal, url_of
from tests.emulator.proto import Proto, wa
from tests.emulator.votes import Ballot
from tests.emulator.votes import seal as sealed

_THUMBNAIL_PX: Final = 72
_ANSWERABLE: Final = "contextInfo"


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that is answered, and who wrote it (an address)."""

    message_id: str
    author: str
    message: Proto


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes: where they keep files, which chat they are in, and which messages of it are theirs."""

    media: MediaStore
    me: str
    """The writer's address."""
    chat: str
    """The other side as the writer sees it: an address."""
    is_mine: Callable[[str], bool]
    """Whether the writer sent the message of that id."""
    author_of: Callable[[str], str]
    """Who wrote it, in a group; empty where it goes without saying."""
    ballot: Callable[[str], Ballot]
    """The poll of that id; raises `LookupError` when there is none."""
    original: Callable[[str], tuple[Proto, str]]
    """The message of that id and its author's address; raises `LookupError` when there is none."""
    padding: int = 0
    """Bytes behind each file of which its message says nothing; hashes and keys are right."""

    def compose(self, content: Content, quote: Quote | None = None, *, timer: int = 0) -> Proto:
        """The message; `quote` makes it an answer, `timer` is how long it lasts.

        Raises `ValueError` for a kind that cannot say so.
        """
        message = self._message(content)
        if (quote is not None or timer) and message.HasField("conversation"):
            longer = wa.Message(extendedTextMessage={"text": message.conversation})
            longer.messageContextInfo.CopyFrom(message.messageContextInfo)
            message = longer
        if quote is not None:
            _add_quote(message, quote)
        if timer:
            _context_of(message).expiration = timer
        return message

    def _message(self, content: Content) -> Proto:
        match content:
            case Text() | Contact() | Contacts() | TimerSetting() | Raw():
                return _plain(content)
            case SealedReaction() | SealedEdit() | EventAnswer():
                return self._sealed(content)
            case Location(latitude, longitude, name, address):
                return wa.Message(
                    locationMessage={
                        "degreesLatitude": latitude,
                        "degreesLongitude": longitude,
                        "name": name,
                        "address": address,
                    }
                )
            case Event():
                return wa.Message(
                    eventMessage={
                        "name": content.name,
                        "description": content.description,
                        "startTime": content.starts_at,
                        "location": {"name": content.place},
                        "isCanceled": content.cancelled,
                    },
                    messageContextInfo={"messageSecret": secrets.token_bytes(32)},
                )
            case Poll():
                return _poll(content)
            case Vote(message_id):
                vote = self.ballot(message_id).seal(content, voter=self.me)
                key = self._key(message_id)
                return wa.Message(pollUpdateMessage={"pollCreationMessageKey": key, "vote": vote})
            case Reaction(message_id, emoji):
                key, now_ms = self._key(message_id), int(time.time() * 1000)
                return wa.Message(reactionMessage={"key": key, "text": emoji, "senderTimestampMs": now_ms})
            case Edit(message_id, text):
                return self._edit(message_id, text)
            case Deletion(message_id):
                revoke = wa.Message.ProtocolMessage.Type.REVOKE
                return wa.Message(protocolMessage={"key": self._key(message_id), "type": revoke})
            case _:
                return self._with_file(content)

    def _key(self, message_id: str) -> dict[str, Any]:
        """Which message is meant, as seen by the writer (whatsmeow, `BuildMessageKey`)."""
        mine = self.is_mine(message_id)
        key = {"remoteJid": self.chat, "fromMe": mine, "id": message_id}
        author = "" if mine else self.author_of(message_id)
        return key | ({"participant": author} if author else {})

    def _edit(self, message_id: str, text: str) -> Proto:
        """An edit is wrapped twice (whatsmeow, `BuildEdit`)."""
        change = {
            "key": self._key(message_id),
            "type": wa.Message.ProtocolMessage.Type.MESSAGE_EDIT,
            "editedMessage": {"conversation": text},
            "timestampMs": int(time.time() * 1000),
        }
        return wa.Message(editedMessage={"message": {"protocolMessage": change}})

    def _with_file(self, content: Image | Video | Audio | Document | Sticker) -> Proto:
        match content:
            case Image(data, mimetype, caption, thumbnail):
                part = self._upload(data, "image") | {"mimetype": mimetype, "caption": caption}
                look = {"jpegThumbnail": base64.b64decode(thumbnail)} if thumbnail else _look_of(data)
                return wa.Message(imageMessage=part | look)
            case Video(data, mimetype, caption, seconds, gif):
                part = self._upload(data, "video") | {"mimetype": mimetype, "caption": caption}
                return wa.Message(videoMessage=part | {"seconds": seconds, "gifPlayback": gif})
            case Audio(data, mimetype, seconds, voice):
                part = self._upload(data, "audio") | {"mimetype": mimetype, "seconds": seconds, "ptt": voice}
                return wa.Message(audioMessage=part)
            case Sticker(data, mimetype):
                return wa.Message(stickerMessage=self._upload(data, "image") | {"mimetype": mimetype})
            case Document(data, file_name, mimetype, caption):
                part = self._upload(data, "document") | {"mimetype": mimetype, "fileName": file_name}
                if not caption:
                    return wa.Message(documentMessage=part)
                # Phones wrap a document that has words (whatsmeow, `UnwrapRaw`).
                inner = {"documentMessage": part | {"caption": caption}}
                return wa.Message(documentWithCaptionMessage={"message": inner})

    def _sealed(self, content: SealedReaction | SealedEdit | EventAnswer) -> Proto:
        message, author = self.original(content.message_id)
        match content:
            case SealedReaction(_, emoji):
                use, plain = "Enc Reaction", wa.Message.ReactionMessage(text=emoji)
            case SealedEdit(_, text):
                use, plain = "Message Edit", wa.Message(conversation=text)
            case EventAnswer(_, answer):
                use, plain = "Event Response", wa.Message.EventResponseMessage(response=answer)
        box = sealed(
            plain.SerializeToString(),
            message,
            message_id=content.message_id,
            author=author,
            member=self.me,
            use=use,
        )
        key = self._key(content.message_id)
        match content:
            case SealedReaction():
                return wa.Message(encReactionMessage={"targetMessageKey": key, **box})
            case SealedEdit():
                kind = wa.Message.SecretEncryptedMessage.SecretEncType.MESSAGE_EDIT
                return wa.Message(
                    secretEncryptedMessage={"targetMessageKey": key, "secretEncType": kind, **box}
                )
            case EventAnswer():
                return wa.Message(encEventResponseMessage={"eventCreationMessageKey": key, **box})

    def _upload(self, data: bytes, mms_type: str) -> dict[str, Any]:
        sealed = seal(data + bytes(self.padding), mms_type)
        direct_path = self.media.put(sealed.stored)
        return {
            "url": url_of(direct_path),
            "directPath": direct_path,
            "mediaKey": sealed.key,
            "fileSha256": sealed.sha256,
            "fileEncSha256": sealed.enc_sha256,
            "fileLength": len(data),
            "mediaKeyTimestamp": int(time.time()),
        }


def _plain(content: Text | Contact | Contacts | TimerSetting | Raw) -> Proto:
    """What needs nothing of its writer."""
    match content:
        case Text(text, "", secret=True):
            return wa.Message(
                conversation=text, messageContextInfo={"messageSecret": secrets.token_bytes(32)}
            )
        case Text(text, ""):
            return wa.Message(conversation=text)
        case Text(text, link, title, description):
            preview = {"matchedText": link, "title": title, "description": description}
            return wa.Message(extendedTextMessage={"text": text, **preview})
        case Contact(name, vcard):
            return wa.Message(contactMessage={"displayName": name, "vcard": vcard})
        case Contacts(cards):
            parts = [{"displayName": name, "vcard": card} for name, card in cards]
            return wa.Message(contactsArrayMessage={"contacts": parts})
        case TimerSetting(seconds):
            kind = wa.Message.ProtocolMessage.Type.EPHEMERAL_SETTING
            return wa.Message(protocolMessage={"type": kind, "ephemeralExpiration": seconds})
        case Raw(data):
            return wa.Message.FromString(data)


def _add_quote(message: Proto, quote: Quote) -> None:
    """Answer inside whichever part of the message can."""
    context = _context_of(message)
    context.stanzaId, context.participant = quote.message_id, quote.author
    context.quotedMessage.CopyFrom(quote.message)


def _context_of(message: Proto) -> Proto:
    """Where a message says what it answers and how long it lasts (`ContextInfo`)."""
    inner = (
        message.documentWithCaptionMessage.message
        if message.HasField("documentWithCaptionMessage")
        else message
    )
    for field, part in inner.ListFields():
        if field.message_type is not None and _ANSWERABLE in field.message_type.fields_by_name:
            return part.contextInfo
    raise ValueError("this kind of message has no context")


def _poll(poll: Poll) -> Proto:
    """Phones write a poll with one answer as version 3; votes are encrypted under the message's secret."""
    options = [{"optionName": option} for option in poll.options]
    part = {"name": poll.question, "options": options, "selectableOptionsCount": poll.selectable}
    name = "pollCreationMessageV3" if poll.selectable == 1 else "pollCreationMessage"
    secret = {"messageSecret": secrets.token_bytes(32)}
    return wa.Message(**{name: part, "messageContextInfo": secret})


def _look_of(data: bytes) -> dict[str, Any]:
    """Size and thumbnail of a picture; nothing for bytes that are none."""
    try:
        picture = Picture.open(io.BytesIO(data))
        width, height = picture.size
        picture.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
        small = io.BytesIO()
        picture.convert("RGB").save(small, "JPEG", quality=60)
    except OSError:
        return {}
    return {"width": width, "height": height, "jpegThumbnail": small.getvalue()}
