"""Whether an address is of the person whom a send went to."""

from __future__ import annotations

from pathlib import Path

from core.store.conversations.people import is_recipient
from tests.unit.store.conversations.conftest import (
    BETO,
    LID,
    NINE,
    OLD,
    OTHER_LID,
    arrive,
    by,
    in_group,
    went,
)


def test_a_send_that_is_not_there_tells_nothing(folder: Path) -> None:
    """Nor does a folder without a file."""
    assert is_recipient(folder, "a", [NINE]) is None
    went(folder, NINE, "a")
    assert is_recipient(folder, "another", [NINE]) is None


def test_a_number_counts_in_each_spelling(folder: Path) -> None:
    """That of another person never does."""
    went(folder, NINE, "a")
    assert is_recipient(folder, "a", [NINE]) is True
    assert is_recipient(folder, "a", [OLD]) is True
    assert is_recipient(folder, "a", [OLD, LID]) is True
    assert is_recipient(folder, "a", [BETO]) is False
    assert is_recipient(folder, "a", [BETO, LID]) is False


def test_a_lid_of_which_nothing_is_known_may_be_theirs(folder: Path) -> None:
    """Until they are known by another one, or it is known as another person."""
    went(folder, NINE, "a")
    assert is_recipient(folder, "a", [OTHER_LID]) is True
    arrive(folder, pairs={LID: OLD})
    assert is_recipient(folder, "a", [LID]) is True
    assert is_recipient(folder, "a", [OTHER_LID]) is False


def test_a_lid_that_wrote_or_showed_another_number_is_not_theirs(folder: Path) -> None:
    """In a chat of two, or in a group only."""
    went(folder, NINE, "a")
    arrive(folder, by(BETO, "1", lid=OTHER_LID))
    assert is_recipient(folder, "a", [OTHER_LID]) is False
    third = "777777777777777@lid"
    arrive(folder, in_group("5531987654321", "2", lid=third))
    assert is_recipient(folder, "a", [third]) is False


def test_a_lid_that_showed_their_number_in_a_group_is_theirs(folder: Path) -> None:
    """Whether or not that was before the send."""
    arrive(folder, in_group(OLD, "1", lid=LID))
    went(folder, NINE, "a")
    assert is_recipient(folder, "a", [LID]) is True


def test_a_message_to_a_lid_is_confirmed_by_their_number(folder: Path) -> None:
    """Where the number is known as theirs, and where it is not known at all."""
    arrive(folder, by("", "1", lid=LID))
    went(folder, LID, "a")
    assert is_recipient(folder, "a", [NINE]) is True
    arrive(folder, by(NINE, "2", lid=LID))
    assert is_recipient(folder, "a", [OLD]) is True
    assert is_recipient(folder, "a", [BETO]) is False


def test_who_takes_over_a_number_confirms_nothing_of_before(folder: Path) -> None:
    """What went to the number while it was another person's stays theirs."""
    arrive(folder, by(NINE, "1", lid=LID))
    went(folder, NINE, "a")
    arrive(folder, by(NINE, "2", lid=OTHER_LID))
    went(folder, NINE, "b")
    assert is_recipient(folder, "a", [LID]) is True
    assert is_recipient(folder, "a", [OTHER_LID]) is False
    assert is_recipient(folder, "b", [OTHER_LID]) is True


def test_a_new_number_of_a_known_person_counts(folder: Path) -> None:
    """The LID is the same."""
    arrive(folder, by(NINE, "1", lid=LID))
    went(folder, NINE, "a")
    arrive(folder, by(BETO, "2", lid=LID))
    assert is_recipient(folder, "a", [BETO, LID]) is True
