"""Messages of every kind, built with neonize as the product builds them."""

from __future__ import annotations

import time
from typing import Any, Final

from neonize.client import NewClient
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from neonize.utils.enum import MediaType, VoteType
from neonize.utils.jid import build_jid

from tests.emulator.content import (
    Audio,
    Contact,
    Content,
    Deletion,
    Document,
    Edit,
    Image,
    Location,
    Poll,
    Reaction,
    Sticker,
    Text,
    Video,
    Vote,
)

Proto = Any
_DOMAIN: Final = "s.whatsapp.net"


def address_of(text: str) -> Proto:
    """neonize's JID of a number or of an address like `123@g.us`."""
    user, _, server = text.partition("@")
    return build_jid(user, server or _DOMAIN)


def build(client: NewClient, content: Content, *, chat: Proto, author: Proto | None = None) -> Proto:
    """The message to send; files are uploaded first.

    `author` wrote the message that is reacted to or taken back; None: this account.
    """
    me = client.get_me().JID
    match content:
        case Text(text, ""):
            return e2e.Message(conversation=text)
        case Text(text, link, title, description):
            preview = {"matchedText": link, "title": title, "description": description}
            return e2e.Message(extendedTextMessage={"text": text, **preview})
        case Image(data, _, caption):
            return client.build_image_message(data, caption or None)
        case Document(data, file_name, mimetype, caption):
            return client.build_document_message(
                data, caption=caption or None, filename=file_name, mimetype=mimetype
            )
        case Video() | Audio() | Sticker():
            return _with_file(client, content)
        case Location(latitude, longitude, name, address):
            place = {"degreesLatitude": latitude, "degreesLongitude": longitude, "name": name}
            return e2e.Message(locationMessage={**place, "address": address})
        case Contact(name, vcard):
            return e2e.Message(contactMessage={"displayName": name, "vcard": vcard})
        case Poll(question, options, selectable):
            kind = VoteType.SINGLE if selectable == 1 else VoteType.MULTIPLE
            return client.build_poll_vote_creation(question, list(options), kind)
        case Reaction(message_id, emoji):
            return client.build_reaction(chat, author or me, message_id, emoji)
        case Deletion(message_id):
            return client.build_revoke(chat, author or me, message_id)
        case Edit() | Vote():
            raise ValueError("needs more than its content: see the driver")


def answer(client: NewClient, message: Proto, quoted: Proto) -> Proto:
    """The same message as an answer to one that arrived (neonize's `Message` event)."""
    if message.HasField("conversation"):
        return client.build_reply_message(message.conversation, quoted)
    ((_, part),) = [item for item in message.ListFields() if item[0].name != "messageContextInfo"]
    part.contextInfo.MergeFrom(client._make_quoted_message(quoted))
    return message


def _with_file(client: NewClient, content: Video | Audio | Sticker) -> Proto:
    """neonize's own builders of these convert with ffmpeg; tests want their bytes unchanged."""
    match content:
        case Video(data, mimetype, caption, seconds):
            part = _upload(client, data, MediaType.MediaVideo) | {"caption": caption, "seconds": seconds}
            return e2e.Message(videoMessage={**part, "mimetype": mimetype})
        case Audio(data, mimetype, seconds, voice):
            part = _upload(client, data, MediaType.MediaAudio) | {"PTT": voice, "seconds": seconds}
            return e2e.Message(audioMessage={**part, "mimetype": mimetype})
        case Sticker(data, mimetype):
            part = _upload(client, data, MediaType.MediaImage)
            return e2e.Message(stickerMessage={**part, "mimetype": mimetype})


def _upload(client: NewClient, data: bytes, kind: MediaType) -> dict[str, Any]:
    stored = client.upload(data, kind)
    return {
        "URL": stored.url,
        "directPath": stored.DirectPath,
        "mediaKey": stored.MediaKey,
        "mediaKeyTimestamp": int(time.time()),
        "fileSHA256": stored.FileSHA256,
        "fileEncSHA256": stored.FileEncSHA256,
        "fileLength": stored.FileLength,
    }
