"""What a message consists of, sent or received. Field names follow WhatsApp's own messages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from core.models.conversion import convert


class Kind(StrEnum):
    """What a person would call the message."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    """Audio recorded in the chat: it has a microphone and can be played, not only read."""
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    EVENT = "event"
    """An invitation with a time; received only."""
    REACTION = "reaction"
    EDIT = "edit"
    """New words for an earlier message."""
    DELETE = "delete"
    """An earlier message taken back for everybody."""
    VOTE = "vote"
    """In a poll, or an answer to an event; received only."""
    CALL = "call"
    """A call that was missed, or rejected automatically; received only."""
    PHONE_ONLY = "phone_only"
    """Received only: withheld from linked devices, as a picture to be seen once is; the phone shows it."""
    UNREADABLE = "unreadable"
    """Received only: it could not be decrypted here; its sender may send it again, under the same id."""
    OTHER = "other"
    """Received only: a kind that is not shown here."""


WITHOUT_CONTENT = frozenset({Kind.PHONE_ONLY, Kind.UNREADABLE})
"""Kinds that stand for a message until it arrives in full, if it ever does."""
FILES = frozenset({Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.VOICE, Kind.DOCUMENT, Kind.STICKER})
"""Kinds that carry a file."""
ABOUT_ANOTHER = frozenset({Kind.REACTION, Kind.EDIT, Kind.DELETE, Kind.VOTE})
"""Kinds that change how an earlier message looks, and are not messages of their own in a list."""

_FIRST_WORDS = 200
"""Characters."""
QUOTED_THUMBNAIL = 8_192
"""Characters of the base64 of the small picture in a quote; a larger one is left out."""
EVENT_ANSWERS = ("going", "maybe", "not_going")
"""What one can answer to an event; the answer is a vote, and a mark's text in ``Changes.votes``."""
ADMIN = "admin"
"""The ``name`` of a deletion that an administrator of the group made of another member's message."""
VIDEO_CALL = "video"
"""The ``name`` of a call with video; any other call that was missed has none."""
REJECTED = {"": "rejected", VIDEO_CALL: "rejected_video"}
"""The ``name`` of a call that was rejected automatically, by that which it would have if it was missed."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The earlier message that one answers, reacts to, edits or takes back."""

    message_id: str = ""
    chat: str = field(default="", repr=False)
    """Address of the chat as WhatsApp writes it, perhaps a LID: to be sent back, never shown."""
    sender: str = field(default="", repr=False)
    """Address of who wrote it, as above; empty when this account did."""
    from_me: bool = False
    text: str = field(default="", repr=False)
    """Its first words, for a quote."""
    kind: Kind | None = None
    """What it is, for a quote; None where that is not known."""
    thumbnail: str = field(default="", repr=False)
    """Its small picture for a quote: base64 of a JPEG, at most ``QUOTED_THUMBNAIL`` characters, or empty."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file, to be sent or to be fetched."""

    name: str = field(default="", repr=False)
    """As the recipient sees it; documents only have one at WhatsApp."""
    mime: str = ""
    size: int = 0
    """Bytes."""
    seconds: int = 0
    """Length of audio and video."""
    width: int = 0
    height: int = 0
    thumbnail: str = field(default="", repr=False)
    """A small JPEG, in base64; may be empty."""
    waveform: str = field(default="", repr=False)
    """Of a voice note: 64 loudness values of 0 to 100, in base64; may be empty."""
    path: str = field(default="", repr=False)
    """To be sent: where the file is on this machine until it is sent. Never stored."""
    remote: str = field(default="", repr=False)
    """On WhatsApp's media host: what the core needs to fetch it, or to send it again, as JSON.

    A secret: it opens the file.
    """
    gif: bool = False
    """Of a video: plays by itself, over and over and without sound, as WhatsApp shows a GIF."""
    sent_as: Kind | None = None
    """To be sent: its kind, where that is not the one that it was chosen as. Never stored."""
    notice: str = ""
    """To be sent: the code of what its sender should know first. Never stored."""


@dataclass(frozen=True, slots=True)
class CardPhone:
    """One number of a contact card."""

    written: str = field(default="", repr=False)
    """As its author wrote it, without the extension."""
    number: str = field(default="", repr=False)
    """Digits, country code first; empty where the card says no country."""
    extension: str = field(default="", repr=False)
    """Of a switchboard: digits and what dials wait for; mostly empty."""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """One person of a message with contact cards."""

    name: str = field(default="", repr=False)
    phones: tuple[CardPhone, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """One message's content. Only what its kind has is filled in."""

    kind: Kind
    text: str = field(default="", repr=False)
    """Text, caption, question of a poll, the reaction's emoji (empty: taken back), new words of an edit.

    Of an event: its description.
    """
    file: Attachment | None = None
    latitude: float = field(default=0.0, repr=False)
    """Degrees, north positive; of a location."""
    longitude: float = field(default=0.0, repr=False)
    """Degrees, east positive."""
    name: str = field(default="", repr=False)
    """Of a location, a contact or an event. Of a call: ``VIDEO_CALL``, one of ``REJECTED``, or nothing.

    Of a deletion: ``ADMIN``, or nothing.
    """
    address: str = field(default="", repr=False)
    """Of a location or an event: one line. Of an event without a place: the link to join it."""
    phone: str = field(default="", repr=False)
    """Of a contact: digits, country code first; of several, the first that is known."""
    options: tuple[str, ...] = field(default=(), repr=False)
    """Of a poll, in order; of a vote, those chosen; of an answer to an event, one of ``EVENT_ANSWERS``."""
    choices: int = 1
    """Of a poll: how many options one may choose; 0 is any number."""
    about: Reference | None = None
    """What a reaction, edit, deletion or vote is about; for other kinds the message that is answered."""
    starts_at: float = field(default=0.0, repr=False)
    """Of an event: seconds since the epoch; 0 when it has no time that can be shown."""
    cancelled: bool = False
    """Of an event."""
    link: str = field(default="", repr=False)
    """Of a text with a preview: JSON with ``url``, ``title``, ``description``, ``thumbnail`` (base64)."""
    contacts: tuple[ContactCard, ...] = ()
    """Of a contact that arrived: every person and every number. See ``cards``."""

    @property
    def cards(self) -> tuple[ContactCard, ...]:
        """Return the people of a contact message, of one that was written here or stored long ago too."""
        if self.contacts or self.kind is not Kind.CONTACT:
            return self.contacts
        phone = CardPhone(f"+{self.phone}", self.phone) if self.phone else None
        return (ContactCard(self.name, (phone,) if phone else ()),)

    @property
    def first_words(self) -> str:
        """Return one line that stands for the message: its text, else the name in it; may be empty."""
        file = self.file.name if self.file else ""
        return " ".join((self.text or self.name or file).split())[:_FIRST_WORDS]

    @property
    def small_picture(self) -> str:
        """Return the picture that stands for it in a quote: a small JPEG in base64; may be empty."""
        thumbnail = self.file.thumbnail if self.file else ""
        return thumbnail if len(thumbnail) <= QUOTED_THUMBNAIL else ""

    def to_json(self) -> str:
        """Return one line, without what is empty. ``from_json`` gives the same content back."""
        return json.dumps(_filled(msgspec.to_builtins(self)), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Content:
        """Return the content that ``to_json`` wrote. Fields of a newer version are skipped.

        Raises ValueError for anything else, without repeating it.
        """
        try:
            # Not msgspec's own reader of JSON: it refuses lone surrogates and NaN, which are judged later.
            return convert(json.loads(text), cls)
        except ValueError as error:
            raise ValueError(f"no content: {type(error).__name__}") from None


def _filled(body: dict[str, Any]) -> dict[str, Any]:
    parts = {key: _part(value) for key, value in body.items()}
    return {key: value for key, value in parts.items() if value or (key == "choices" and value != 1)}


def _part(value: Any) -> Any:
    if isinstance(value, dict):
        return _filled(value)
    return [_part(item) for item in value] if isinstance(value, list | tuple) else value
