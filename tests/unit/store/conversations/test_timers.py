"""How long messages of a conversation last, by whichever address it is asked for."""

from __future__ import annotations

from pathlib import Path

from core.models.conversations import Filter
from core.models.worker_events import ChatTimer
from core.store import inbox_table
from core.store.conversations import lists, timers
from core.store.inbox_table import Retention
from tests.unit.store.conversations.conftest import GROUP, LID, NINE, NOW, OLD, arrive, by

DAY = 86_400


def told(folder: Path, *said: ChatTimer) -> None:
    """Write timers."""
    inbox_table.write(folder, (), names={}, timers=said, keep=Retention(now=NOW))


def timer(chat: str, seconds: int, *, contact: str = "", at: float = 500.0) -> ChatTimer:
    return ChatTimer("loja-k7m2xq", chat, contact, seconds, at)


def test_a_chat_of_which_nothing_was_told_has_no_timer(tmp_path: Path) -> None:
    """That is not to say that its messages stay."""
    assert timers.find(tmp_path, NINE) is None
    arrive(tmp_path, by(NINE))
    assert timers.find(tmp_path, NINE) is None
    told(tmp_path, timer(GROUP, 0))
    assert timers.find(tmp_path, GROUP) == (0, 500.0)


def test_a_person_is_found_by_every_address(tmp_path: Path) -> None:
    """LID, number, and the number's other spelling."""
    arrive(tmp_path, by(OLD, lid=LID))
    told(tmp_path, timer(LID, DAY, contact=OLD))
    assert {timers.find(tmp_path, to) for to in (LID, OLD, NINE)} == {(DAY, 500.0)}
    assert timers.find(tmp_path, "5511900000000") is None


def test_what_was_set_last_counts(tmp_path: Path) -> None:
    """In whatever order it is told."""
    told(tmp_path, timer(GROUP, DAY, at=500.0))
    told(tmp_path, timer(GROUP, 7 * DAY, at=400.0))
    assert timers.find(tmp_path, GROUP) == (DAY, 500.0)
    told(tmp_path, timer(GROUP, 0, at=600.0))
    assert timers.find(tmp_path, GROUP) == (0, 600.0)


def test_a_chat_that_is_only_told_of_is_in_no_list(tmp_path: Path) -> None:
    """Nothing was said in it."""
    told(tmp_path, timer(GROUP, DAY))
    found, _ = lists.lines(tmp_path, text="", only=Filter.ALL, limit=10)
    assert [one for one in found if one.received or one.sent] == []


def test_one_conversation_of_two_keeps_the_newer_timer(tmp_path: Path) -> None:
    """Once the hidden number shows."""
    arrive(tmp_path, by("", "um", lid=LID), by(NINE, "dois"))
    told(tmp_path, timer(LID, DAY, at=600.0), timer(f"{NINE}@s.whatsapp.net", 0, contact=NINE, at=500.0))
    arrive(tmp_path, by(NINE, "três", lid=LID))
    assert timers.find(tmp_path, NINE) == timers.find(tmp_path, LID) == (DAY, 600.0)
