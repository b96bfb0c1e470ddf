"""Arrivals on their way into the table: each once, and what it makes of its conversation."""

from __future__ import annotations

from pathlib import Path

from core.models.content import Content, Kind
from tests.unit.store.conversations.conftest import BETO, LID, NINE, arrive, by, everything, in_group, only


def test_what_is_repeated_is_not_new_again(folder: Path) -> None:
    """By the same address or another one of the same person; in a group, by the same author only."""
    arrive(folder, by(NINE, "1", lid=LID), by(NINE, "1"))
    arrive(folder, by(NINE, "1"), in_group(NINE, "2"), in_group(BETO, "2"), in_group(NINE, "2"))
    assert {line.group: line.unread for line in everything(folder)} == {False: 1, True: 2}


def test_a_person_is_called_by_the_last_name_they_gave(folder: Path) -> None:
    """Nothing is taken away by a message without one, nor by what the owner writes."""
    arrive(folder, by(NINE, "1", name="Ana"))
    arrive(folder, by(NINE, "2", name=""), by(NINE, "3", name="Loja", from_me=True))
    assert only(folder).name == "Ana"
    arrive(folder, by(NINE, "4", name="Ana Lima"))
    assert only(folder).name == "Ana Lima"


def test_what_is_never_unread(folder: Path) -> None:
    """The owner's own, calls, what only changes another, and what the phone handed over."""
    arrive(
        folder,
        by(NINE, "1", from_me=True),
        by(NINE, "2", content=Content(Kind.CALL)),
        by(NINE, "3", content=Content(Kind.REACTION, text="👍")),
        by(NINE, "4", history=True),
    )
    assert only(folder).unread == 0
    arrive(folder, by(NINE, "5", content=Content(Kind.UNREADABLE)))
    assert only(folder).unread == 1
