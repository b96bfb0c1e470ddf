"""What a worker may forget of its arrival journal, and what one that ended left in its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.engine import arrival_journal
from core.engine.arrival_journal import ArrivalJournal, take_unhandled
from core.engine.protocol import encode
from core.errors import StorageUnavailableError
from core.messages.arrival_replay import TOLD_EVERY_S, ArrivalReplay
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.messages.write_behind import RETRY_S, MessageWriter
from core.models.content import Content, Kind, Reference
from core.models.messages import SendState, SentMessage, Tick
from core.models.worker_events import (
    AddressPaired,
    Disconnected,
    GroupNamed,
    MessageArrived,
    MessageEvent,
    MessageSent,
    Receipt,
)
from core.store import inbox_table
from tests.support.contents import words
from tests.unit.messages.test_inbox import arrival

pytestmark = pytest.mark.usefixtures("journals_closed")


GROUP = "120363000000000001@g.us"


class ReplayHarness:
    """One instance with a clock that stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a"
        self.folder.mkdir()
        self.now = 1_000.0
        self.outbox = Outbox(clock=lambda: self.now, folder_of=folder.joinpath)
        self.inbox = Inbox(folder_of=folder.joinpath, clock=lambda: self.now)
        self.writer = MessageWriter("a", self.outbox, self.inbox, clock=lambda: self.now)
        self.replay = ArrivalReplay("a", self.folder, self.writer, clock=lambda: self.now)

    def leave(self, *events: MessageEvent | Disconnected) -> Path:
        """A journal of a worker that ended, with these events."""
        path = arrival_journal.new_path(self.folder)
        journal = ArrivalJournal(path)
        for event in events:
            journal.append(encode(event))
        journal.close()
        return path

    def receive(self, *message_ids: str) -> None:
        """Events of the present worker."""
        for message_id in message_ids:
            self.writer.handle_event(arrival(message_id))
            self.replay.received()

    def stored(self) -> list[str]:
        found = inbox_table.search(self.folder, inbox_table.Search(), limit=10_000)
        return [one.message.message_id for one in sorted(found, key=lambda one: one.row)]

    def files(self) -> list[str]:
        return sorted(one.name for one in self.folder.glob("*arrivals-*"))


@pytest.fixture
def harness(tmp_path: Path) -> ReplayHarness:
    return ReplayHarness(tmp_path)


def test_what_an_ended_worker_left_is_stored_once_and_removed(harness: ReplayHarness) -> None:
    """In order, also beside what was stored before it ended; the next time nothing is left."""
    harness.receive("1", "2")
    harness.writer.write()
    harness.leave(*(arrival(str(number)) for number in range(1, 6)))
    harness.replay.left()
    assert harness.replay.due_at == harness.now
    assert harness.replay.replay()
    assert harness.stored() == ["1", "2", "3", "4", "5"]
    assert harness.inbox.unread("a") == 5
    assert harness.files() == []
    harness.replay.left()
    assert not harness.replay.replay()


def test_journals_of_several_workers_are_stored_in_their_order(harness: ReplayHarness) -> None:
    """The one that was written last, last; that of the present worker stays alone."""
    for number in (2, 1, 3):
        path = harness.leave(arrival(str(number)))
        os.utime(path, (number, number))
    live = Path(harness.replay.begin())
    assert harness.stored() == ["1", "2", "3"]
    ArrivalJournal(live).append(encode(arrival("4")))
    harness.replay.left()
    harness.replay.replay()
    assert harness.stored() == ["1", "2", "3"]
    assert harness.files() == [live.name]


def test_everything_that_is_stored_of_messages_comes_back_as_it_was(harness: ReplayHarness) -> None:
    """Edits, reactions, deletions, receipts, names: told again once they are stored, they change nothing."""
    harness.outbox.record(SentMessage("r1", "a", "5511988887777", words("oi"), SendState.SENDING, 900.0))
    about = Reference("1", "1@s.whatsapp.net", "1@s.whatsapp.net")
    events: tuple[MessageEvent, ...] = (
        arrival("1"),
        _change("2", Content(Kind.EDIT, text="outra", about=about), at=1_001.0),
        _change("3", Content(Kind.REACTION, text="👍", about=about), at=1_002.0),
        _change("4", Content(Kind.REACTION, text="", about=about), at=1_003.0),
        GroupNamed("a", GROUP, "Turma"),
        GroupNamed("a", GROUP, "Turma de 2026"),
        AddressPaired("a", "77@lid", "5511988887777"),
        MessageSent("a", "r1", "M1"),
        Receipt("a", "M1", ("5511988887777",), tick=Tick.DELIVERED, at=1_004.0),
        Receipt("a", "M1", ("5511988887777",), tick=Tick.READ, at=1_005.0),
    )
    for event in events:
        harness.writer.handle_event(event)
    harness.writer.write()
    before = _told(harness)
    assert before[0] == ("1", "2", "3", "4")
    for _ in range(2):
        harness.leave(*events)
        harness.now += 10
        harness.replay.left()
        assert harness.replay.replay()
        assert _told(harness) == before


def _change(message_id: str, content: Content, *, at: float) -> MessageArrived:
    return MessageArrived(
        "a", message_id, "1", "", content, at, False, False, "1@s.whatsapp.net", "1@s.whatsapp.net"
    )


def _told(harness: ReplayHarness) -> tuple[object, ...]:
    ids = ("1", "2", "3", "4")
    found = harness.inbox.find("a", ids)
    (send,) = harness.outbox.recent("a")
    return (
        tuple(one.message.message_id for one in sorted(found, key=lambda one: one.row)),
        harness.inbox.unread("a"),
        harness.inbox.latest("a"),
        harness.inbox.group_names("a"),
        (send.state, send.message_id, send.delivered_at, send.read_at, send.settled_at),
    )


def test_an_answer_that_died_on_its_way_settles_its_send(harness: ReplayHarness) -> None:
    """The worker's end made it uncertain; what was in the journal says that it went out."""
    harness.outbox.record(SentMessage("r1", "a", "5511988887777", words("oi"), SendState.SENDING, 900.0))
    harness.writer.worker_lost()
    assert harness.outbox.recent("a")[0].state is SendState.UNCERTAIN
    harness.leave(MessageSent("a", "r1", "M1"))
    harness.replay.worker_ended()
    harness.replay.replay()
    assert harness.outbox.recent("a")[0].state is SendState.SENT


def test_a_disk_that_refuses_keeps_the_journal(
    harness: ReplayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much is in it, nothing is dropped for lack of room; it is tried again, not at once."""
    path = harness.leave(*(arrival(str(number)) for number in range(2_500)))
    harness.replay.left()
    with monkeypatch.context() as full:

        def refuse(*_: object, **__: object) -> None:
            raise StorageUnavailableError("disk-full")

        full.setattr(inbox_table, "write", refuse)
        for _ in range(3):
            assert not harness.replay.replay()
            assert harness.replay.due_at == harness.now + RETRY_S
            harness.now += RETRY_S
        assert path.exists()
        assert harness.inbox.unwritten("a") == 100
    assert harness.replay.replay()
    assert harness.stored() == [str(number) for number in range(2_500)]
    assert harness.files() == []


def test_what_is_no_event_costs_nothing_else(
    harness: ReplayHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor what is not about messages, or another instance's; nothing of it is in the log."""
    path = harness.leave(arrival("1"), Disconnected("a"))
    journal = ArrivalJournal(path.with_name("arrivals-2.journal"))
    other = encode(arrival("3")).replace(b'"instance_id":"a"', b'"instance_id":"b"')
    for line in (b"secret words", b'{"kind":"Unknown","text":"secret words"}', other, encode(arrival("2"))):
        journal.append(line)
    os.utime(path, (1, 1))  # the older one
    harness.replay.left()
    harness.replay.replay()
    assert harness.stored() == ["1", "2"]
    assert harness.files() == []
    assert "secret" not in caplog.text


def test_a_damaged_journal_is_set_aside(harness: ReplayHarness, caplog: pytest.LogCaptureFixture) -> None:
    """What lies before the damage is stored; the file is kept, once, and not read again."""
    path = harness.leave(arrival("1"), arrival("2"))
    data = path.read_bytes()
    path.write_bytes(data[:-3] + b"???")
    for _ in range(2):
        harness.replay.left()
        harness.replay.replay()
        assert harness.stored() == ["1"]
        assert [name.split(".corrupt-")[0] for name in harness.files()] == [path.name]
    assert caplog.text.count("damaged, kept as") == 1


def test_what_was_not_handled_is_left_for_the_next_client(harness: ReplayHarness) -> None:
    """Only a client reads what the core gives."""
    path = arrival_journal.new_path(harness.folder)
    journal = ArrivalJournal(path)
    with journal.handling(17, b"raw"):
        contents = path.read_bytes()
    path.write_bytes(contents)
    harness.replay.left()
    harness.replay.replay()
    assert list(take_unhandled(harness.folder)) == [(17, b"raw")]


def test_a_worker_is_told_what_is_stored_now_and_then(harness: ReplayHarness) -> None:
    """Once for many, after they are on the disk; a worker that comes after it is counted anew."""
    harness.replay.begin()
    assert harness.replay.stored() is None
    harness.receive("1", "2")
    assert harness.replay.due_at == harness.now + TOLD_EVERY_S
    assert harness.replay.stored() is None
    harness.now += TOLD_EVERY_S
    assert harness.replay.stored() == 2
    assert harness.stored() == ["1", "2"]
    again, due_at = harness.replay.stored(), harness.replay.due_at
    assert again is None
    assert due_at is None
    harness.receive("3")
    harness.now += TOLD_EVERY_S
    assert harness.replay.stored() == 3
    harness.replay.begin()
    harness.receive("4")
    harness.now += TOLD_EVERY_S
    assert harness.replay.stored() == 1


def test_a_worker_is_not_told_of_what_the_disk_refuses(
    harness: ReplayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again later, not all the time."""
    harness.replay.begin()
    harness.receive("1")
    harness.now += TOLD_EVERY_S
    with monkeypatch.context() as full:

        def refuse(*_: object, **__: object) -> None:
            raise StorageUnavailableError("disk-full")

        full.setattr(inbox_table, "write", refuse)
        assert harness.replay.stored() is None
        assert harness.replay.due_at == harness.now + TOLD_EVERY_S
    harness.now += RETRY_S
    assert harness.replay.stored() == 1


def test_a_folder_that_is_gone_has_nothing(harness: ReplayHarness) -> None:
    """Nothing is raised, and nothing is waited for."""
    harness.folder.rmdir()
    harness.replay.left()
    assert not harness.replay.replay()
    assert harness.replay.due_at is None


def test_a_look_at_a_folder_without_one_costs_little(harness: ReplayHarness) -> None:
    """Each start of a worker looks: a hundred of them take less than a tenth of a second."""
    begin = time.monotonic()
    for _ in range(100):
        harness.replay.left()
        harness.replay.replay()
    assert time.monotonic() - begin < 0.1
