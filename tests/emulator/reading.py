"""What a decrypted protobuf message says: its kind, its file, what it refers to.

Works on pyaileys' classes. Bytes that neonize serialized parse too: the wire format is the same.
"""

from __future__ import annotations

from typing import Final

from tests.emulator.content import (
    Audio,
    Contact,
    Contacts,
    Content,
    Deletion,
    Document,
    Edit,
    Event,
    Image,
    Location,
    Poll,
    Reaction,
    Sticker,
    Text,
    Video,
    Vote,
)
from tests.emulator.media import Reference
from tests.emulator.proto import Proto, wa

_WRAPPERS: Final = (
    *("ephemeralMessage", "viewOnceMessage", "viewOnceMessageV2", "documentWithCaptionMessage"),
    *("deviceSentMessage", "editedMessage"),
)
"""Messages inside a message (whatsmeow, `events.Message.UnwrapRaw`)."""

_MEDIA: Final = {
    "imageMessage": "image",
    "videoMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "image",
}
"""Field -> MMS type of its file."""

_POLLS: Final = ("pollCreationMessage", "pollCreationMessageV2", "pollCreationMessageV3")


def fields_of(message: Proto) -> tuple[str, ...]:
    """The names of the fields that are set, without what only accompanies a message."""
    beside = ("messageContextInfo", "senderKeyDistributionMessage")
    return tuple(f.name for f, _ in message.ListFields() if f.name not in beside)


def unwrap(message: Proto) -> Proto:
    """The innermost message."""
    for name in _WRAPPERS:
        if message.HasField(name):
            return unwrap(getattr(message, name).message)
    return message


def media_field(message: Proto) -> str:
    """The name of the field that carries a file; empty when none does."""
    inner = unwrap(message)
    return next((name for name in _MEDIA if inner.HasField(name)), "")


def reference_of(message: Proto) -> Reference | None:
    """Where its file is; None when it carries none."""
    name = media_field(message)
    if not name:
        return None
    part = getattr(unwrap(message), name)
    return Reference(
        mms_type=_MEDIA[name],
        direct_path=part.directPath,
        key=part.mediaKey,
        sha256=part.fileSha256,
        enc_sha256=part.fileEncSha256,
        length=part.fileLength,
    )


def quoted_of(message: Proto) -> tuple[str, Content | None]:
    """The id of the message it answers (empty when it answers none), and what that says, without its file."""
    inner = unwrap(message)
    for name in fields_of(inner):
        part = getattr(inner, name)
        if hasattr(part, "contextInfo") and part.HasField("contextInfo"):
            return part.contextInfo.stanzaId, content_of(part.contextInfo.quotedMessage)
    return "", None


def key_of(message: Proto) -> Proto | None:
    """Which other message it is about (`MessageKey`); None for one that stands alone."""
    inner = unwrap(message)
    if inner.HasField("reactionMessage"):
        return inner.reactionMessage.key
    if inner.HasField("pollUpdateMessage"):
        return inner.pollUpdateMessage.pollCreationMessageKey
    if inner.HasField("protocolMessage") and inner.protocolMessage.HasField("key"):
        return inner.protocolMessage.key
    return None


def content_of(message: Proto, data: bytes = b"") -> Content | None:
    """What it says; `data` is its file, for kinds that have one. None for a kind that is not in `content`."""
    inner = unwrap(message)
    if media := media_field(inner):
        return _with_file(media, getattr(inner, media), data)
    if inner.HasField("protocolMessage"):
        return _about_another(inner.protocolMessage)
    if inner.HasField("pollUpdateMessage"):  # what was chosen is sealed: see `votes`
        return Vote(inner.pollUpdateMessage.pollCreationMessageKey.id, ())
    if inner.HasField("reactionMessage"):
        return Reaction(inner.reactionMessage.key.id, inner.reactionMessage.text)
    return _plain(inner)


def _plain(inner: Proto) -> Content | None:
    if inner.HasField("conversation"):
        return Text(inner.conversation)
    if inner.HasField("extendedTextMessage"):
        text = inner.extendedTextMessage
        return Text(text.text, text.matchedText, text.title, text.description)
    if inner.HasField("locationMessage"):
        place = inner.locationMessage
        return Location(place.degreesLatitude, place.degreesLongitude, place.name, place.address)
    if inner.HasField("eventMessage"):
        event = inner.eventMessage
        when, where = int(event.startTime), event.location.name
        return Event(event.name, event.description, when, where, event.isCanceled)
    if inner.HasField("contactsArrayMessage"):
        return Contacts(tuple((card.displayName, card.vcard) for card in inner.contactsArrayMessage.contacts))
    if inner.HasField("contactMessage"):
        return Contact(inner.contactMessage.displayName, inner.contactMessage.vcard)
    if (poll := poll_of(inner)) is not None:
        return Poll(poll.name, tuple(o.optionName for o in poll.options), poll.selectableOptionsCount)
    return None


def poll_of(message: Proto) -> Proto | None:
    """Its question and options; None when it asks nothing."""
    inner = unwrap(message)
    return next((getattr(inner, name) for name in _POLLS if inner.HasField(name)), None)


def _with_file(name: str, part: Proto, data: bytes) -> Content:
    if name == "imageMessage":
        return Image(data, part.mimetype, part.caption)
    if name == "videoMessage":
        return Video(data, part.mimetype, part.caption, part.seconds, part.gifPlayback)
    if name == "audioMessage":
        return Audio(data, part.mimetype, part.seconds, part.ptt)
    if name == "documentMessage":
        return Document(data, part.fileName, part.mimetype, part.caption)
    return Sticker(data, part.mimetype)


def _about_another(part: Proto) -> Content | None:
    if part.type == wa.Message.ProtocolMessage.Type.REVOKE:
        return Deletion(part.key.id)
    if part.type == wa.Message.ProtocolMessage.Type.MESSAGE_EDIT:
        new = _plain(part.editedMessage)
        return Edit(part.key.id, new.text if isinstance(new, Text) else "")
    return None
