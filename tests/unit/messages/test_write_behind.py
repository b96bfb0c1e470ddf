"""When a supervisor writes messages down, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.messages.write_behind import RETRY_S, MessageWriter
from core.models.messages import SendState, SentMessage
from core.models.worker_events import Disconnected
from core.store import inbox_table
from core.store import outbox_table as sends
from tests.support.contents import words
from tests.unit.messages.test_inbox import arrival


class Desk:
    """One instance's mail with a clock that stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        (folder / "a").mkdir()
        self.now = 1_000.0
        self.folder = folder / "a"
        self.outbox = Outbox(clock=lambda: self.now, folder_of=folder.joinpath)
        arrivals = Inbox(folder_of=folder.joinpath, clock=lambda: self.now)
        self.mail = MessageWriter("a", self.outbox, arrivals, clock=lambda: self.now)

    def arrive(self, message_id: str) -> None:
        event = arrival(message_id)
        assert self.mail.handle_event(event)

    def written(self) -> int:
        return len(inbox_table.search(self.folder, inbox_table.Search(), limit=1_000))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_waits_is_due_at_once(desk: Desk) -> None:
    """And nothing is due when nothing waits."""
    due: list[tuple[float | None, int]] = [(desk.mail.due_at, desk.written())]
    desk.arrive("1")
    due.append((desk.mail.due_at, desk.written()))
    desk.mail.write()
    due.append((desk.mail.due_at, desk.written()))
    assert due == [(None, 0), (0.0, 0), (None, 1)]
    assert not desk.mail.handle_event(Disconnected("a"))


def test_a_flood_is_written_without_a_quiet_moment(desk: Desk) -> None:
    """Every hundred, though events keep coming."""
    for number in range(250):
        desk.arrive(str(number))
    assert desk.written() == 200


def test_a_disk_that_refuses_is_left_alone_for_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One try in five seconds; then all that waited is written, outcomes of sends too."""
    tries = []

    def refuse(*_: object, **__: object) -> None:
        tries.append(1)
        raise StorageUnavailableError("disk-full")

    desk.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    with monkeypatch.context() as broken:
        broken.setattr(inbox_table, "write", refuse)
        broken.setattr(sends, "write_outcomes", refuse)
        desk.mail.not_sent("r", "not-connected")
        desk.arrive("1")
        desk.mail.write()
        desk.mail.write()
    assert len(tries) == 2
    due = [desk.mail.due_at]
    desk.now += RETRY_S
    desk.mail.write()
    due.append(desk.mail.due_at)
    assert due == [desk.now, None]
    assert desk.written() == 1
    (sent,) = sends.read(desk.folder, limit=9)
    assert (sent.state, sent.reason) == (SendState.FAILED, "not-connected")


def test_a_lost_worker_leaves_its_sends_uncertain(desk: Desk) -> None:
    """The page says so at once."""
    desk.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    desk.mail.worker_lost()
    assert desk.outbox.recent("a")[0].state is SendState.UNCERTAIN


def test_the_last_write_is_tried_whatever_the_disk_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends a moment after the disk refused must not leave a settled send as an open one."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    desk.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    with monkeypatch.context() as broken:
        broken.setattr(sends, "write_outcomes", refuse)
        desk.mail.not_sent("r", "not-connected")
        desk.mail.write(last=True)
    desk.mail.write(last=True)
    (sent,) = sends.read(desk.folder, limit=9)
    assert sent.state is SendState.FAILED


def test_a_session_that_is_gone_proves_nothing_of_a_send(desk: Desk) -> None:
    """Uncertain for a reason that no later look settles, and written; what has its id keeps it."""
    desk.outbox.record(SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, 1.0))
    desk.mail.worker_lost()
    desk.mail.session_ended()
    (sent,) = sends.read(desk.folder, limit=9)
    assert (sent.state, sent.reason) == (SendState.UNCERTAIN, "session-ended")
