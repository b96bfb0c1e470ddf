"""How a message looks after what was said about it later."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest

from core.messages.updates import Author, MessageUpdate, apply_updates
from core.models.content import ADMIN, Content, Kind
from core.models.messages import Changes

ANA = Author("5511912345678", "5511912345678@s.whatsapp.net")
ANA_BY_LID = Author("5511912345678", "77@lid")
BETO = Author("5511987654321", "88@lid")
ME = Author(from_me=True)
CHAT = "120@g.us"


def later(kind: Kind, text: str = "", *, by: Author = ANA, at: float = 1.0, **more: object) -> MessageUpdate:
    name = {ANA.contact: "Ana", BETO.contact: ""}.get(by.contact, "")
    return MessageUpdate(Content(kind, text=text, **more), by, name, CHAT, at)  # type: ignore[arg-type]


def became(*what: MessageUpdate, content: Content | None = None, by: Author = ANA) -> Changes:
    return apply_updates(content or Content(Kind.TEXT, text="primeiro"), by, CHAT, what)


def test_the_newest_words_count_in_whatever_order_they_came() -> None:
    """By the time of the edit; also when its author is known by another address now."""
    edits = (later(Kind.EDIT, "dois", at=2.0), later(Kind.EDIT, "três", by=ANA_BY_LID, at=3.0))
    for order in permutations(edits):
        assert became(*order) == Changes(text="três", edited=True)


@pytest.mark.parametrize("kind", [Kind.EDIT, Kind.DELETE])
def test_nobody_changes_what_somebody_else_wrote(kind: Kind) -> None:
    """Not in a group, not as the account's owner, and a stranger without a number is not another one."""
    assert became(later(kind, "falso", by=BETO)) == Changes()
    assert became(later(kind, "falso", by=ME)) == Changes()
    assert became(later(kind, "falso", by=Author("", "9@lid")), by=Author("", "8@lid")) == Changes()
    assert became(later(kind, "falso"), by=ME) == Changes()


def test_a_deleted_message_has_nothing_left() -> None:
    """Neither words nor marks, even when an edit came after it."""
    assert became(
        later(Kind.DELETE), later(Kind.EDIT, "dois", at=2.0), later(Kind.REACTION, "👍", by=BETO)
    ) == Changes(deleted=True)


def test_an_administrator_deletes_in_the_own_group_only() -> None:
    """What was written elsewhere stays."""
    deletion = later(Kind.DELETE, by=BETO, name=ADMIN)
    assert became(deletion) == Changes(deleted=True)
    assert apply_updates(Content(Kind.TEXT), ANA, "other@g.us", [deletion]) == Changes()


def test_everybody_has_one_reaction() -> None:
    """The newest of each; an empty one takes it back; by number where there is no name."""
    found = became(
        later(Kind.REACTION, "👍", at=1.0),
        later(Kind.REACTION, "😂", by=ANA_BY_LID, at=2.0),
        later(Kind.REACTION, "👍", by=BETO, at=3.0),
        later(Kind.REACTION, "❤️", by=ME, at=4.0),
        later(Kind.REACTION, "", by=ME, at=5.0),
    )
    assert [(mark.text, mark.who) for mark in found.reactions] == [("😂", "Ana"), ("👍", BETO.contact)]


def test_a_vote_is_told_in_words() -> None:
    """The options behind the hashes, the last vote of each; options nobody asked for are none."""
    poll = Content(Kind.POLL, text="Dia?", options=("seg", "ter  ça"))

    def vote(*options: str, by: Author = ANA, at: float = 1.0) -> MessageUpdate:
        hashes = tuple(hashlib.sha256(option.encode()).hexdigest() for option in options)
        return later(Kind.VOTE, by=by, at=at, options=hashes)

    found = became(
        vote("seg"), vote("ter  ça", "nunca", at=2.0), vote("seg", by=BETO), content=poll, by=ME
    ).votes
    assert sorted((mark.text, mark.who) for mark in found) == [("seg", BETO.contact), ("ter  ça", "Ana")]


def test_an_answer_to_an_event_is_the_newest_of_each_person() -> None:
    """One of the three; what anybody else calls an answer is none, nor is one to a poll."""
    event = Content(Kind.EVENT, name="Reunião")
    answers = (
        later(Kind.VOTE, options=("maybe",)),
        later(Kind.VOTE, options=("going",), at=2.0),
        later(Kind.VOTE, options=("not_going",), by=BETO),
        later(Kind.VOTE, options=("perhaps",), by=ME),
    )
    votes = became(*answers, content=event).votes
    assert sorted((mark.text, mark.who) for mark in votes) == [("going", "Ana"), ("not_going", BETO.contact)]
    poll = Content(Kind.POLL, options=("going", "no"))
    assert became(*answers, content=poll).votes == ()
