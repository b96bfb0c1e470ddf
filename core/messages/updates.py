"""Edits, deletions, reactions and votes applied to a message, in whatever order they came. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.models.content import ADMIN, EVENT_ANSWERS, Content, Kind
from core.models.messages import Changes, Mark, ReceivedMessage


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a message, as far as that is known."""

    contact: str = field(default="", repr=False)
    """Digits."""
    sender: str = field(default="", repr=False)
    """Address."""
    from_me: bool = False

    def is_also(self, other: Author) -> bool:
        """Return whether both are the same person: one may be known by another address."""
        if self.from_me or other.from_me:
            return self.from_me and other.from_me
        return self.sender == other.sender or (bool(self.contact) and self.contact == other.contact)


@dataclass(frozen=True, slots=True)
class MessageUpdate:
    """An edit, a deletion, a reaction or a vote: what concerns an earlier message."""

    content: Content
    by: Author
    name: str = field(repr=False)
    """What they call themselves."""
    chat: str = field(repr=False)
    at: float


def author_of(message: ReceivedMessage) -> Author:
    """Return who wrote it."""
    return Author("" if message.from_me else message.contact, message.sender, message.from_me)


def update_of(message: ReceivedMessage) -> MessageUpdate:
    """Return a reaction, an edit, a deletion or a vote that arrived."""
    return MessageUpdate(message.content, author_of(message), message.name, message.chat, message.at)


def apply_updates(content: Content, by: Author, chat: str, later: Iterable[MessageUpdate]) -> Changes:
    """Return what ``later`` changes in a message that ``by`` wrote in ``chat``."""
    in_order = sorted(later, key=lambda one: one.at)
    edits = [one for one in in_order if one.content.kind is Kind.EDIT and by.is_also(one.by)]
    if any(one.content.kind is Kind.DELETE and _may_delete(one, by, chat) for one in in_order):
        return Changes(deleted=True)
    votes = _newest(in_order, Kind.VOTE)
    return Changes(
        text=edits[-1].content.text if edits else "",
        edited=bool(edits),
        reactions=tuple(
            _mark(one, one.content.text) for one in _newest(in_order, Kind.REACTION) if one.content.text
        ),
        votes=tuple(_mark(one, option) for one in votes for option in _chosen(content, one.content)),
    )


def _may_delete(deletion: MessageUpdate, by: Author, chat: str) -> bool:
    return by.is_also(deletion.by) or (deletion.content.name == ADMIN and deletion.chat == chat)


def _newest(in_order: Sequence[MessageUpdate], kind: Kind) -> list[MessageUpdate]:
    """Return the last update of that kind by each author."""
    newest: list[MessageUpdate] = []
    for update in in_order:
        if update.content.kind is kind:
            newest = [other for other in newest if not other.by.is_also(update.by)]
            newest.append(update)
    return newest


def _chosen(content: Content, vote: Content) -> list[str]:
    """Return the options that were voted for: of a poll, they are given as hashes.

    Source: whatsmeow, msgsecret.go (``HashPollOptions``).
    """
    if content.kind is Kind.EVENT:
        return [option for option in vote.options if option in EVENT_ANSWERS]
    return [
        option for option in content.options if hashlib.sha256(option.encode()).hexdigest() in vote.options
    ]


def _mark(one: MessageUpdate, text: str) -> Mark:
    return Mark(text, who=one.name or one.by.contact, from_me=one.by.from_me)
