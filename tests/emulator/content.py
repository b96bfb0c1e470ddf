"""What a message says, one class a kind: the words tests, phones and the driver of a core share.

Knows no protobuf, so that a process with the genuine core may import it beside neonize's own classes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Words, perhaps with a preview of a link in them."""

    text: str
    link: str = ""
    """The part of the text that the preview is of; empty: no preview."""
    title: str = ""
    description: str = ""
    secret: bool = False
    """It carries a secret, under which others may seal a reaction to it, or its author an edit."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture; `data` is the file."""

    data: bytes
    mimetype: str = "image/jpeg"
    caption: str = ""
    thumbnail: str = ""
    """In base64; empty: the one that a phone makes of the picture."""


@dataclass(frozen=True, slots=True)
class Video:
    """A film; `data` is the file. A `gif` plays over and over without sound."""

    data: bytes
    mimetype: str = "video/mp4"
    caption: str = ""
    seconds: int = 0
    gif: bool = False


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound: a file of music, or a voice note when `voice`."""

    data: bytes
    mimetype: str = "audio/ogg; codecs=opus"
    seconds: int = 0
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Any file, with the name its reader sees."""

    data: bytes
    file_name: str
    mimetype: str = "application/pdf"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Sticker:
    """A WebP picture shown without a frame."""

    data: bytes
    mimetype: str = "image/webp"


@dataclass(frozen=True, slots=True)
class Location:
    """A place; degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An invitation; `starts_at` in seconds since the epoch."""

    name: str
    description: str = ""
    starts_at: int = 0
    place: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A card of somebody's address book."""

    name: str
    vcard: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """Several cards in one message: the name and the card of each."""

    cards: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Poll:
    """A question; `selectable` options may be chosen, any number when 0."""

    question: str
    options: tuple[str, ...]
    selectable: int = 1


@dataclass(frozen=True, slots=True)
class Vote:
    """The options somebody chose in a poll; none takes the vote back."""

    message_id: str
    """The poll's."""
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on another message; empty takes it back."""

    message_id: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The new words of a text that its author sent before."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """Its author takes a message back from everyone."""

    message_id: str


@dataclass(frozen=True, slots=True)
class SealedReaction:
    """A reaction as members of communities send it: under the secret of the message that it is on."""

    message_id: str
    emoji: str


@dataclass(frozen=True, slots=True)
class SealedEdit:
    """New words for a text, likewise."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """Whether somebody comes to an event, likewise: `GOING`, `NOT_GOING` or `MAYBE`."""

    message_id: str
    answer: str


@dataclass(frozen=True, slots=True)
class TimerSetting:
    """Messages of this chat last so many seconds from now on; 0: for ever."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Raw:
    """Any message at all: `data` is a serialized `wa.Message`."""

    data: bytes


MediaContent: TypeAlias = Image | Video | Audio | Document | Sticker
"""What carries a file."""

Sealed: TypeAlias = SealedReaction | SealedEdit | EventAnswer
"""What only the secret of another message opens."""

Content: TypeAlias = (
    MediaContent
    | Sealed
    | Text
    | Location
    | Event
    | Contact
    | Contacts
    | Poll
    | Vote
    | Reaction
    | Edit
    | Deletion
    | TimerSetting
    | Raw
)
"""Every kind a phone can write."""

KINDS: Final[dict[str, type[Content]]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Text, Image, Video, Audio, Document, Sticker),
        *(Location, Event, Contact, Contacts, Poll, Vote, Reaction, Edit, Deletion),
        *(SealedReaction, SealedEdit, EventAnswer, TimerSetting, Raw),
    )
}
"""The name of each kind (`text`, `image`, ...) and its class."""


@dataclass(frozen=True, slots=True)
class Past:
    """A message of long ago."""

    content: Content
    at: int
    """Unix time, seconds."""
    author: str = ""
    """Who wrote it, a number; empty: the owner of the phone that tells of it."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What a phone remembers of a chat."""

    address: str
    """The other person's number, or the group's address."""
    messages: tuple[Past, ...] = ()
    """Oldest first."""
    unread: int = 0
    timer: int = 0
    """Seconds that its messages last; 0: for ever."""


def chat_as_json(chat: Chat) -> dict[str, Any]:
    """Plain data for a wire."""
    messages = [{"content": as_json(p.content), "at": p.at, "author": p.author} for p in chat.messages]
    return {"address": chat.address, "messages": messages, "unread": chat.unread, "timer": chat.timer}


def chat_from_json(data: Mapping[str, Any]) -> Chat:
    """The inverse of `chat_as_json`."""
    messages = (Past(from_json(item["content"]), item["at"], item["author"]) for item in data["messages"])
    return Chat(data["address"], tuple(messages), data["unread"], data["timer"])


def name_of(content: Content) -> str:
    """The kind's name, as in `KINDS`."""
    return type(content).__name__.lower()


def as_json(content: Content) -> dict[str, Any]:
    """Plain data for a wire: the kind's name under `kind`, files in base64."""
    values = {item.name: getattr(content, item.name) for item in fields(content)}
    if isinstance(values.get("data"), bytes):
        values["data"] = base64.b64encode(values["data"]).decode()
    return {"kind": name_of(content), **values}


def from_json(data: Mapping[str, Any]) -> Content:
    """The inverse of `as_json`; raises `KeyError` for a kind that does not exist."""
    values = {name: value for name, value in data.items() if name != "kind"}
    if "data" in values:
        values["data"] = base64.b64decode(values["data"])
    if "options" in values:
        values["options"] = tuple(values["options"])
    if "cards" in values:
        values["cards"] = tuple((name, card) for name, card in values["cards"])
    return KINDS[data["kind"]](**values)
