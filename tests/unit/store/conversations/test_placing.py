"""One person is one conversation, by whatever addresses they are known; and nobody becomes another."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.content import Content, Kind
from core.store.conversations import lists, threads
from core.store.inbox_table import StoredMessage
from tests.unit.store.conversations.conftest import (
    BETO,
    GROUP,
    LID,
    NINE,
    OLD,
    OTHER_LID,
    arrive,
    by,
    everything,
    in_group,
    only,
    went,
)


def texts(folder: Path, public_id: str) -> list[str]:
    thread = threads.thread(folder, public_id, limit=99)
    assert thread is not None
    messages = [one.message if isinstance(one, StoredMessage) else one for _, one in thread.messages]
    return [one.content.text for one in messages]


def test_first_by_a_hidden_number_and_later_with_it(folder: Path) -> None:
    """The conversation stays, gets its number, and answers go to that."""
    arrive(folder, by("", "1", lid=LID))
    before = only(folder)
    assert (before.address, before.digits) == (LID, "")
    arrive(folder, by(NINE, "2", lid=LID))
    arrive(folder, by(NINE, "3"))
    after = only(folder)
    assert (after.id, after.address, after.digits) == (before.id, NINE, NINE)
    assert texts(folder, after.id) == ["1", "2", "3"]


def test_a_number_and_a_lid_that_were_two_become_one(folder: Path) -> None:
    """As soon as a message shows both; nothing is lost, and both ids lead to it."""
    went(folder, NINE, "a")
    arrive(folder, by("", "b", lid=LID))
    went(folder, LID, "c")
    first, second = (line.id for line in everything(folder))
    arrive(folder, by(NINE, "d", lid=LID))
    joined = only(folder)
    assert texts(folder, joined.id) == ["a", "b", "c", "d"]
    for one in (first, second):
        found = lists.line(folder, one)
        assert found is not None
        assert found[0].id == joined.id


def test_what_is_joined_by_the_next_message_of_the_same_write(folder: Path) -> None:
    """Its place in the list counts, though it was given a moment before."""
    went(folder, NINE, "a")
    went(folder, BETO, "b")
    arrive(folder, by("", "c", lid=LID), in_group(NINE, "d", lid=LID))
    (_, person, other) = everything(folder)
    assert (texts(folder, person.id), other.digits) == (["a", "c"], BETO)
    assert person.name == "Ana"


def test_the_core_may_tell_whose_a_lid_is_without_a_message(folder: Path) -> None:
    """Of people with whom nothing was said it is not kept."""
    arrive(folder, pairs={LID: NINE})
    assert everything(folder) == ()
    went(folder, NINE, "a")
    arrive(folder, by("", "b", lid=LID))
    assert len(everything(folder)) == 2
    arrive(folder, pairs={LID: NINE})
    assert texts(folder, only(folder).id) == ["a", "b"]


@pytest.mark.parametrize(("written", "answering"), [(NINE, OLD), (OLD, NINE)])
def test_an_answer_by_the_other_spelling_proves_that_it_is_one_number(
    folder: Path, written: str, answering: str
) -> None:
    """Messages go to the one that WhatsApp names from then on."""
    went(folder, written, "a")
    arrive(folder, by(answering, "b"))
    went(folder, written, "c")
    went(folder, answering, "d")
    line = only(folder)
    assert (line.address, line.digits) == (answering, answering)
    assert texts(folder, line.id) == ["a", "b", "c", "d"]


def test_two_spellings_that_were_only_typed_stay_two(folder: Path) -> None:
    """Until a message proves that they are one; then both ids lead to the same."""
    went(folder, NINE, "a")
    went(folder, OLD, "b")
    ids = [line.id for line in everything(folder)]
    assert len(ids) == 2
    arrive(folder, by(OLD, "c"))
    assert texts(folder, only(folder).id) == ["a", "b", "c"]
    found = [lists.line(folder, one) for one in ids]
    assert [one[0].id for one in found if one is not None] == [only(folder).id] * 2


def test_a_group_is_one_by_its_address_and_its_members_are_none(folder: Path) -> None:
    """Whoever writes in it; its name comes with a send, or later."""
    arrive(folder, in_group(NINE, "1"), in_group("", "2", lid=LID))
    went(folder, GROUP, "3", name="Time")
    group = only(folder)
    assert (group.group, group.address, group.digits, group.name) == (True, GROUP, "", "Time")
    arrive(folder, names={GROUP: "Time novo"})
    assert only(folder).name == "Time novo"
    assert texts(folder, group.id) == ["1", "2", "3"]


def test_a_message_in_a_group_shows_whose_a_lid_is(folder: Path) -> None:
    """Before or after the person wrote by their LID alone."""
    arrive(folder, in_group(NINE, "1", lid=LID), by("", "2", lid=LID))
    (person, _) = everything(folder)
    assert (person.digits, texts(folder, person.id)) == (NINE, ["2"])
    arrive(folder, by("", "3", lid=OTHER_LID))
    arrive(folder, in_group(BETO, "4", lid=OTHER_LID))
    went(folder, BETO, "5")
    newest = everything(folder)[0]
    assert (newest.digits, texts(folder, newest.id)) == (BETO, ["3", "5"])


def test_a_number_with_a_new_owner_is_another_person(folder: Path) -> None:
    """Another LID shows it: the old conversation keeps its words and goes to its LID from then on."""
    arrive(folder, by(NINE, "velho", lid=LID))
    before = only(folder).id
    arrive(folder, by(NINE, "novo", lid=OTHER_LID))
    new, old = everything(folder)
    assert (new.digits, new.address, texts(folder, new.id)) == (NINE, NINE, ["novo"])
    assert (old.id, old.digits, old.address, texts(folder, old.id)) == (before, "", LID, ["velho"])
    went(folder, NINE, "a")
    assert texts(folder, new.id) == ["novo", "a"]
    arrive(folder, by("", "b", lid=LID), by(NINE, "c", lid=OTHER_LID))
    assert (texts(folder, old.id), texts(folder, new.id)) == (["velho", "b"], ["novo", "a", "c"])


def test_the_same_message_by_both_addresses_is_one(folder: Path) -> None:
    """When the two conversations it stood in become one."""
    arrive(folder, by("", "1", lid=LID), by(NINE, "1"))
    assert len(everything(folder)) == 2
    arrive(folder, by(NINE, "2", lid=LID))
    assert texts(folder, only(folder).id) == ["1", "2"]
    arrive(folder, by(NINE, "1", lid=LID), by(NINE, "2"))
    assert texts(folder, only(folder).id) == ["1", "2"]


def test_sent_and_arrived_stand_in_the_order_in_which_they_were_stored(folder: Path) -> None:
    """Whatever the clocks of the two sides say."""
    went(folder, NINE, "1", at=5_000.0)
    arrive(folder, by(NINE, "2", at=10.0), by(NINE, "3", at=5.0), now=4_000.0)
    went(folder, NINE, "4", at=3_000.0)
    arrive(folder, by(NINE, "5"), now=9_000.0)
    assert texts(folder, only(folder).id) == ["1", "2", "3", "4", "5"]


def test_what_the_phone_hands_over_stands_where_its_time_says(folder: Path) -> None:
    """Among what there is already; it is not new, and not the newest."""
    arrive(folder, by(NINE, "5"), now=5_000.0)
    arrive(folder, by(NINE, "1", at=1_000.0, history=True), by(NINE, "2", at=2_000.0, history=True))
    line = only(folder)
    assert texts(folder, line.id) == ["1", "2", "5"]
    assert line.unread == 1
    assert line.received is not None
    assert line.received.message.content.text == "5"


def test_what_was_sent_from_here_is_not_there_twice(folder: Path) -> None:
    """When the phone hands it over under its id."""
    went(folder, NINE, "a")
    arrive(folder, by(NINE, "a", message_id="m-a", from_me=True, history=True))
    assert texts(folder, only(folder).id) == ["a"]


def test_an_id_says_nothing_and_is_not_given_twice(folder: Path) -> None:
    """Short, safe in an address of a page, without digits of the number in it."""
    for number in range(200):
        went(folder, f"55119{80_000_000 + number}", str(number))
    ids = [line.id for line in lists.lines(folder, limit=999)[0]]
    assert len(set(ids)) == 200
    assert all(len(one) == 12 and set(one) <= set("0123456789abcdef") for one in ids)


def test_a_reaction_is_no_newest_message(folder: Path) -> None:
    """It leaves the order of the list as it is."""
    arrive(folder, by(NINE, "1"), by(BETO, "2"))
    arrive(folder, by(NINE, "3", content=Content(Kind.REACTION, text="👍")))
    assert [line.digits for line in everything(folder)] == [BETO, NINE]
