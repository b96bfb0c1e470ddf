"""Messages that some phone can read, whoever wrote them: to show, to quote, to vote on."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.emulator.compose import Quote
from tests.emulator.content import Content
from tests.emulator.media import MediaStore
from tests.emulator.phone import Phone
from tests.emulator.proto import Proto
from tests.emulator.reading import content_of, fields_of, poll_of, reference_of, unwrap
from tests.emulator.votes import Ballot


@dataclass(frozen=True, slots=True)
class Archived:
    """A message and where it belongs."""

    author: Phone
    message: Proto
    group: str = ""
    """The group's address; empty for a chat of two."""


@dataclass(slots=True)
class Archive:
    """By message id."""

    _messages: dict[str, Archived] = field(default_factory=dict)

    def remember(self, message_id: str, author: Phone, message: Proto, *, group: str = "") -> None:
        """Keep a message."""
        self._messages[message_id] = Archived(author, message, group)

    def find(self, message_id: str) -> Archived:
        """The message; raises `LookupError` when no phone knows it."""
        try:
            return self._messages[message_id]
        except KeyError:
            raise LookupError(f"no phone could read a message {message_id}") from None

    def is_by(self, phone: Phone, message_id: str) -> bool:
        """Whether that phone's owner wrote it."""
        archived = self._messages.get(message_id)
        return archived is not None and archived.author is phone

    def quote(self, message_id: str) -> Quote | None:
        """The message to answer; None for no id. Raises `LookupError` when no phone knows it."""
        if not message_id:
            return None
        archived = self.find(message_id)
        return Quote(message_id, archived.author.lid, archived.message)

    def ballot(self, message_id: str) -> Ballot:
        """The poll to vote on; raises `LookupError` when no phone knows it, or it is none."""
        archived = self.find(message_id)
        if poll_of(archived.message) is None:
            raise LookupError(f"message {message_id} is no poll")
        return Ballot(message_id, archived.message, archived.author.lid)

    def original(self, message_id: str) -> tuple[Proto, str]:
        """A message and its author's address; raises `LookupError` when no phone knows it."""
        archived = self.find(message_id)
        return archived.message, archived.author.lid

    def content_of(self, message_id: str, media: MediaStore) -> Content:
        """What it says, with its file from the media host; raises `LookupError` or `MediaError`."""
        archived = self.find(message_id)
        inner = unwrap(archived.message)
        if inner.HasField("pollUpdateMessage"):
            part = inner.pollUpdateMessage
            return self.ballot(part.pollCreationMessageKey.id).open(part.vote, voter=archived.author.lid)
        reference = reference_of(inner)
        content = content_of(inner, media.fetch(reference) if reference else b"")
        if content is None:
            raise LookupError(f"message {message_id} is {', '.join(fields_of(inner))}")
        return content
