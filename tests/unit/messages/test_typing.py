"""What the other sides are doing: for some seconds, and of a bounded number of chats."""

from __future__ import annotations

import pytest

from core.messages.typing import LASTS_S, TypingMemory
from core.models.messages import Activity
from core.models.worker_events import Typing

ID = "loja-k7m2xq"
NUMBER = "5511912345678"
LID = "123456789012345@lid"
GROUP = "1203@g.us"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> TypingMemory:
    return TypingMemory(clock=clock)


def typing(
    doing: Activity = Activity.TYPING, *, chat: str = LID, contact: str = NUMBER, id_: str = ID
) -> Typing:
    return Typing(id_, chat, contact, doing)


def test_a_person_is_found_by_number_and_lid(memory: TypingMemory) -> None:
    """By whichever address their conversation has; another person and another instance do nothing."""
    assert not memory.find(ID, [NUMBER])
    assert memory.handle_event(typing())
    assert memory.find(ID, [NUMBER]) is memory.find(ID, [LID]) is Activity.TYPING
    assert memory.find(ID, ["551191234567", NUMBER]) is Activity.TYPING
    assert memory.find(ID, ["5511900000000"]) is Activity.NOTHING
    assert memory.find("other-k7m2xq", [NUMBER]) is Activity.NOTHING


def test_it_ends_when_they_stop(memory: TypingMemory) -> None:
    """What is said again changes nothing that a page shows; a voice message does."""
    assert memory.handle_event(typing())
    assert not memory.handle_event(typing())
    assert memory.handle_event(typing(Activity.RECORDING))
    assert memory.find(ID, [LID]) is Activity.RECORDING
    assert memory.handle_event(typing(Activity.NOTHING))
    assert not memory.find(ID, [LID])
    assert not memory.handle_event(typing(Activity.NOTHING))


def test_it_ends_by_itself(memory: TypingMemory, clock: Clock) -> None:
    """After some seconds without another word; then there is something to redraw, once."""
    assert memory.time_left(ID) is None
    memory.handle_event(typing())
    assert memory.time_left(ID) == LASTS_S
    assert not memory.expire(ID)
    clock.now += LASTS_S
    assert not memory.find(ID, [NUMBER])
    assert memory.time_left(ID) == 0
    assert memory.expire(ID)
    assert not memory.expire(ID)
    assert memory.time_left(ID) is None


def test_another_word_makes_it_last(memory: TypingMemory, clock: Clock) -> None:
    """From the newest on."""
    memory.handle_event(typing())
    clock.now += LASTS_S - 1
    memory.handle_event(typing())
    clock.now += LASTS_S - 1
    assert memory.find(ID, [NUMBER]) is Activity.TYPING


def test_an_instance_without_a_worker_is_forgotten(memory: TypingMemory) -> None:
    """Nobody would tell when they stop."""
    memory.handle_event(typing())
    assert memory.forget(ID)
    assert not memory.forget(ID)
    assert not memory.find(ID, [NUMBER])


def test_chats_are_bounded(memory: TypingMemory) -> None:
    """The newest stay, however many strangers type."""
    for number in range(1_000):
        memory.handle_event(typing(chat=f"{number}@lid", contact=""))
    memory.handle_event(typing(chat=GROUP, contact=""))
    assert memory.find(ID, [GROUP]) is Activity.TYPING
    assert not memory.find(ID, ["0@lid"])
    assert len(memory._seen[ID]) <= 400
