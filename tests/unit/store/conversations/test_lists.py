"""The list of conversations: the newest first, found by what they say now."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.content import Content, Kind, Reference
from core.models.conversations import Filter
from core.store import inbox_table
from core.store.conversations import lists
from core.store.inbox_table import Retention
from tests.unit.store.conversations.conftest import (
    BETO,
    GROUP,
    LID,
    NINE,
    NOW,
    OLD,
    arrive,
    by,
    everything,
    in_group,
    went,
)


def found(folder: Path, text: str = "", only: Filter = Filter.ALL) -> list[str]:
    return [line.address for line in lists.lines(folder, text=text, only=only, limit=99)[0]]


def test_the_newest_come_first_with_what_was_said_last(folder: Path) -> None:
    """Sent or arrived; only so many as are wanted."""
    assert everything(folder) == ()
    arrive(folder, by(NINE, "1"), in_group(BETO, "2"))
    went(folder, BETO, "3")
    assert found(folder) == [BETO, GROUP, NINE]
    newest, group, oldest = everything(folder)
    assert newest.sent is not None
    assert newest.received is None
    assert newest.sent.content.text == "3"
    assert group.received is not None
    assert group.received.message.content.text == "2"
    went(folder, NINE, "4")
    assert found(folder) == [NINE, BETO, GROUP]
    assert oldest.id == everything(folder)[0].id
    assert len(lists.lines(folder, limit=2)[0]) == 2


def test_unread_and_groups_only(folder: Path) -> None:
    """Each with how many are unread."""
    arrive(folder, by(NINE, "1"), by(NINE, "2"), in_group(BETO, "3"), by(BETO, "4", from_me=True))
    assert {line.address: line.unread for line in everything(folder)} == {NINE: 2, GROUP: 1, BETO: 0}
    assert found(folder, only=Filter.UNREAD) == [GROUP, NINE]
    assert found(folder, only=Filter.GROUPS) == [GROUP]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("REACAO", [NINE]),
        ("joão", [BETO]),
        ("+55 (51) 99876-5432", [NINE]),
        ("55 51 9876-5432", [NINE]),
        ("familia", [GROUP]),
        ("resposta", [BETO]),
        ("segredo", []),
        ("novas", [NINE]),
        ("%", []),
        ("", [BETO, GROUP, NINE]),
    ],
)
def test_it_is_found_by_names_numbers_and_words(folder: Path, text: str, addresses: list[str]) -> None:
    """Of either side, as they are now: not by what was taken back."""
    arrive(
        folder,
        by(NINE, "Reação"),
        by(NINE, "segredo"),
        by(NINE, "velhas"),
        in_group(BETO, "oi"),
        by(BETO, "bom dia", name="João"),
        names={GROUP: "Família ❤️"},
    )
    arrive(
        folder,
        by(NINE, "e1", content=Content(Kind.DELETE, about=Reference("segredo"))),
        by(NINE, "e2", content=Content(Kind.EDIT, text="novas", about=Reference("velhas"))),
    )
    went(folder, BETO, "A resposta")
    went(folder, BETO, "segredo")
    went(folder, BETO, "x", content=Content(Kind.DELETE, about=Reference("m-segredo", from_me=True)))
    assert found(folder, text) == addresses


def test_a_conversation_that_was_only_begun_is_in_no_list(folder: Path) -> None:
    """Its id works, and it is the one that a message goes to then."""
    begun = lists.begin(folder, NINE, name="", now=NOW)
    assert everything(folder) == ()
    assert lists.begin(folder, NINE, name="", now=NOW) == begun
    assert lists.line(folder, begun) is not None
    went(folder, NINE, "1")
    assert [line.id for line in everything(folder)] == [begun]
    arrive(folder, by(OLD, "2"))
    assert lists.begin(folder, OLD, name="", now=NOW) == begun
    assert everything(folder)[0].name == "Ana"
    named = lists.line(folder, lists.begin(folder, BETO, name="Beto", now=NOW))
    assert named is not None
    assert named[0].name == "Beto"


def test_one_that_became_empty_is_listed_no_more_and_forgotten_in_the_end(folder: Path) -> None:
    """With its addresses; one that was begun lately stays."""
    arrive(folder, by(NINE, "1", at=100.0), now=100.0)
    empty = everything(folder)[0].id
    inbox_table.trim(folder, Retention(since=500.0, now=600.0))
    assert everything(folder) == ()
    assert lists.line(folder, empty) is None
    begun = lists.begin(folder, BETO, name="", now=700.0)
    inbox_table.trim(folder, Retention(since=500.0, now=800.0))
    assert lists.line(folder, begun) is not None
    arrive(folder, by(NINE, "2"))
    assert everything(folder)[0].id != empty


def test_who_somebody_is(folder: Path) -> None:
    """By any of their addresses; the last name that they gave, in the chat with them."""
    arrive(folder, by(NINE, "1", lid=LID), by(NINE, "2", name="Ana Lima"), in_group(BETO, "3", name="Beto"))
    assert lists.names(folder, [NINE, LID, BETO, GROUP]) == {NINE: "Ana Lima", LID: "Ana Lima"}
    arrive(folder, by(NINE, "4", name=""))
    assert lists.names(folder, [NINE]) == {NINE: "Ana Lima"}


def test_where_a_message_stands(folder: Path) -> None:
    """By WhatsApp's id, sent or arrived."""
    arrive(folder, by(NINE, "1"))
    went(folder, BETO, "2")
    two, one = (line.id for line in everything(folder))
    assert [lists.of_message(folder, message_id) for message_id in ("1", "m-2", "none", "")] == [
        one,
        two,
        "",
        "",
    ]
    assert [sent.request_id for sent in lists.sent_as(folder, "m-2")] == ["2"]
    assert lists.sent_as(folder, "") == ()
