"""Received messages: at once in memory, once on the disk, and not lost when that refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.messages.inbox import Inbox
from core.models.content import Content, Kind, Reference
from core.models.worker_events import ChatTimer, GroupNamed, MessageArrived
from core.store import inbox_table
from core.store.conversations import timers
from core.store.inbox_table import Search

DAY = 86_400.0
NUMBER = "5511912345678"


def arrival(
    message_id: str, content: Content | None = None, *, instance_id: str = "a", at: float = 900.0
) -> MessageArrived:
    said = content or Content(Kind.TEXT, text="oi")
    address = f"{NUMBER}@s.whatsapp.net"
    return MessageArrived(instance_id, message_id, NUMBER, "Ana", said, at, False, False, address, address)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    for instance_id in ("a", "b"):
        (tmp_path / instance_id).mkdir()
    return reopened(tmp_path)


def reopened(folder: Path, *, now: float = 1_000.0, messages: int = 10_000) -> Inbox:
    return Inbox(folder_of=folder.joinpath, clock=lambda: now, messages=messages, days=90)


def ids(inbox: Inbox, instance_id: str = "a", what: Search | None = None) -> list[str]:
    found = inbox.search(instance_id, what or Search(), limit=9_999)
    return [one.message.message_id for one in found]


def test_newest_first_and_each_instance_its_own(inbox: Inbox) -> None:
    """A message that WhatsApp repeats is one."""
    for message_id in ("1", "2", "1"):
        inbox.handle_event(arrival(message_id))
    inbox.handle_event(arrival("3", instance_id="b"))
    assert ids(inbox) == ["2", "1"]
    assert ids(inbox, "b") == ["3"]
    assert ids(inbox, "nobody") == []


def test_what_is_written_and_what_waits_are_one_list(inbox: Inbox) -> None:
    """Before the disk has it, in between and after: the same answers, nothing twice."""
    inbox.handle_event(arrival("1"))
    inbox.flush("a")
    inbox.handle_event(arrival("1"))
    inbox.handle_event(arrival("2", Content(Kind.IMAGE, text="uma FÓTO")))
    inbox.handle_event(arrival("3", Content(Kind.REACTION, text="👍", about=Reference("1"))))
    inbox.handle_event(GroupNamed("a", "120@g.us", name="Time"))
    for _ in range(2):
        assert ids(inbox) == ["2", "1"]
        assert ids(inbox, what=Search(text="foto")) == ["2"]
        assert ids(inbox, what=Search(kinds={Kind.TEXT})) == ["1"]
        assert ids(inbox, what=Search(conversation=inbox.contacts("a")[0].key)) == ["2", "1"]
        assert ids(inbox, what=Search(conversation="other")) == []
        assert [one.message.message_id for one in inbox.find("a", ["2", "9"])] == ["2"]
        assert inbox.group_names("a") == {"120@g.us": "Time"}
        assert inbox.flush("a")
        assert inbox.unwritten("a") == 0


def test_the_next_process_knows_them(inbox: Inbox, tmp_path: Path) -> None:
    """In the same order, and what comes after is behind them."""
    for number in range(3):
        inbox.handle_event(arrival(str(number)))
    assert inbox.unwritten("a") == 3
    assert inbox.flush("a")
    again = reopened(tmp_path)
    again.handle_event(arrival("3"))
    assert ids(again) == ["3", "2", "1", "0"]


def test_the_inbox_is_bounded_by_count_and_age(inbox: Inbox, tmp_path: Path) -> None:
    """The oldest go first; what becomes too old is not told, though nothing new arrives, and then erased."""
    small = reopened(tmp_path, messages=3)
    for number in range(5):
        small.handle_event(arrival(str(number), at=900.0 + number * DAY))
    small.flush("a")
    assert ids(small) == ["4", "3", "2"]
    later = reopened(tmp_path, now=900.0 + 93 * DAY)
    assert ids(later) == ["4", "3"]
    later.trim("a")
    assert ids(small) == ["4", "3"]


def test_a_disk_that_refuses_loses_none(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait, are shown meanwhile, and are written when it works."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    inbox.handle_event(arrival("1"))
    with monkeypatch.context() as broken:
        broken.setattr(inbox_table, "write", refuse)
        assert not inbox.flush("a")
        assert (ids(inbox), inbox.unwritten("a")) == (["1"], 1)
    assert inbox.flush("a")
    assert ids(reopened(tmp_path)) == ["1"]


def test_what_waits_for_a_disk_is_bounded_and_what_goes_is_counted(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bytes of messages and names of groups; the newest stay, and the log says how many went."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    large = "😀" * 65_000
    with monkeypatch.context() as broken:
        broken.setattr(inbox_table, "write", refuse)
        for number in range(200):
            inbox.handle_event(arrival(str(number), Content(Kind.TEXT, text=large)))
            inbox.handle_event(arrival(str(number), Content(Kind.TEXT, text=large)))
        for number in range(3_000):
            inbox.handle_event(GroupNamed("a", f"{number}@g.us", name="Time"))
        waiting = inbox.unwritten("a") - 2_000
        assert 50 < waiting < 70
        assert not inbox.flush("a")
    assert f"{200 - waiting} arrivals dropped" in caplog.text
    assert inbox.flush("a")
    caplog.clear()
    assert ids(reopened(tmp_path))[0] == "199"
    assert len(ids(reopened(tmp_path))) == waiting
    assert list(inbox.group_names("a"))[-1] == "2999@g.us"
    for number in range(200, 250):
        inbox.handle_event(arrival(str(number), Content(Kind.TEXT, text=large)))
    assert inbox.unwritten("a") == 50, "what was written takes no room any more"
    assert inbox.flush("a")
    assert "dropped" not in caplog.text


def test_a_flush_of_nothing_touches_no_disk(inbox: Inbox, tmp_path: Path) -> None:
    """No file for an instance that nobody wrote to."""
    assert inbox.flush("a")
    assert ids(inbox) == []
    inbox.trim("a")
    assert inbox.contacts("a") == ()
    assert inbox.flush("a")
    assert list((tmp_path / "a").iterdir()) == []


def test_a_timer_is_read_once_and_again_after_a_write(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat that is written to often costs one look at the disk; what is told later counts at once."""
    looks: list[str] = []
    genuine = timers.find

    def find(folder: Path, to: str) -> tuple[int, float] | None:
        looks.append(to)
        return genuine(folder, to)

    monkeypatch.setattr(timers, "find", find)
    assert [inbox.timer("a", "1@g.us") for _ in range(3)] == [None] * 3
    assert looks == ["1@g.us"]
    inbox.handle_event(ChatTimer("a", "1@g.us", "", 60, at=5.0))
    assert inbox.timer("a", "1@g.us") == (60, 5.0)
    assert inbox.flush("a")
    assert [inbox.timer("a", "1@g.us") for _ in range(3)] == [(60, 5.0)] * 3
    assert looks == ["1@g.us"] * 2
