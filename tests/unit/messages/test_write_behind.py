"""When a supervisor writes messages down, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.messages.write_behind import RETRY_S, MessageWriter
from core.models.messages import SendState, SentMessage
from core.store import inbox_table
from core.store import outbox_table as sends
from tests.support.contents import words
from tests.unit.messages.test_inbox import arrival


class MessageWriterHarness:
    """One instance's messages with a clock that stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        (folder / "a").mkdir()
        self.now = 1_000.0
        self.folder = folder / "a"
        self.outbox = Outbox(clock=lambda: self.now, folder_of=folder.joinpath)
        inbox = Inbox(folder_of=folder.joinpath, clock=lambda: self.now)
        self.writer = MessageWriter("a", self.outbox, inbox, clock=lambda: self.now)

    def arrive(self, message_id: str) -> None:
        self.writer.handle_event(arrival(message_id))

    def written(self) -> int:
        return len(inbox_table.search(self.folder, inbox_table.Search(), limit=1_000))


@pytest.fixture
def harness(tmp_path: Path) -> MessageWriterHarness:
    return MessageWriterHarness(tmp_path)


def test_what_waits_is_due_at_once(harness: MessageWriterHarness) -> None:
    """And nothing is due when nothing waits."""
    due: list[tuple[float | None, int]] = [(harness.writer.due_at, harness.written())]
    harness.arrive("1")
    due.append((harness.writer.due_at, harness.written()))
    harness.writer.write()
    due.append((harness.writer.due_at, harness.written()))
    assert due == [(None, 0), (0.0, 0), (None, 1)]


def test_a_flood_is_written_without_a_quiet_moment(harness: MessageWriterHarness) -> None:
    """Every hundred, though events keep coming."""
    for number in range(250):
        harness.arrive(str(number))
    assert harness.written() == 200


def test_a_disk_that_refuses_is_left_alone_for_a_while(
    harness: MessageWriterHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One try in five seconds; then all that waited is written, outcomes of sends too."""
    tries = []

    def refuse(*_: object, **__: object) -> None:
        tries.append(1)
        raise StorageUnavailableError("disk-full")

    harness.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    with monkeypatch.context() as broken:
        broken.setattr(inbox_table, "write", refuse)
        broken.setattr(sends, "write_outcomes", refuse)
        harness.writer.not_sent("r", "not-connected")
        harness.arrive("1")
        harness.writer.write()
        harness.writer.write()
    assert len(tries) == 2
    due = [harness.writer.due_at]
    harness.now += RETRY_S
    harness.writer.write()
    due.append(harness.writer.due_at)
    assert due == [harness.now, None]
    assert harness.written() == 1
    (sent,) = sends.read(harness.folder, limit=9)
    assert (sent.state, sent.reason) == (SendState.FAILED, "not-connected")


def test_a_lost_worker_leaves_its_sends_uncertain(harness: MessageWriterHarness) -> None:
    """The page says so at once."""
    harness.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    harness.writer.worker_lost()
    assert harness.outbox.recent("a")[0].state is SendState.UNCERTAIN


def test_the_last_write_is_tried_whatever_the_disk_said(
    harness: MessageWriterHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends a moment after the disk refused must not leave a settled send as an open one."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    harness.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    with monkeypatch.context() as broken:
        broken.setattr(sends, "write_outcomes", refuse)
        harness.writer.not_sent("r", "not-connected")
        harness.writer.write(last=True)
    harness.writer.write(last=True)
    (sent,) = sends.read(harness.folder, limit=9)
    assert sent.state is SendState.FAILED


def test_a_session_that_is_gone_proves_nothing_of_a_send(harness: MessageWriterHarness) -> None:
    """Uncertain for a reason that no later look settles, and written; what has its id keeps it."""
    harness.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    harness.writer.worker_lost()
    harness.writer.session_ended()
    (sent,) = sends.read(harness.folder, limit=9)
    assert (sent.state, sent.reason) == (SendState.UNCERTAIN, "session-ended")
