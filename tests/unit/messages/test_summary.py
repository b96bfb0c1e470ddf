"""The newest message of an instance and its unread ones: the same from memory and from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.messages.inbox import Inbox
from core.messages.summary import sent
from core.models.content import ADMIN, Content, Kind, Reference
from core.models.messages import LatestMessage, SendState, SentMessage
from core.models.worker_events import GroupNamed, MessageArrived
from core.store import inbox_table
from tests.unit.messages.test_inbox import NUMBER, arrival, reopened

GROUP = "120@g.us"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    (tmp_path / "a").mkdir()
    return reopened(tmp_path)


def words(inbox: Inbox) -> str:
    latest = inbox.latest("a")
    return latest.text if latest else ""


def test_it_is_the_same_before_and_after_it_is_written(inbox: Inbox, tmp_path: Path) -> None:
    """And in the next process; a message that WhatsApp repeats is one, as soon as it is written."""
    assert (inbox.unread("a"), inbox.latest("a")) == (0, None)
    inbox.handle_event(arrival("1"))
    inbox.handle_event(arrival("2", Content(Kind.IMAGE, text="uma  foto"), at=950.0))
    expected = LatestMessage(Kind.IMAGE, 950.0, name="Ana", contact=NUMBER, text="uma foto")
    assert (inbox.unread("a"), inbox.latest("a")) == (2, expected)
    assert inbox.flush("a")
    assert (inbox.unread("a"), inbox.latest("a")) == (2, expected)
    inbox.handle_event(arrival("1"))
    assert inbox.flush("a")
    again = reopened(tmp_path)
    assert (again.unread("a"), again.latest("a")) == (2, expected)


def test_what_was_seen_or_marked_is_not_unread_in_the_next_process_either(
    inbox: Inbox, tmp_path: Path
) -> None:
    """Nor are calls and reactions; what comes then counts again."""
    for number in range(4):
        inbox.handle_event(arrival(str(number)))
    inbox.note_read("a", [one.row for one in inbox.find("a", ["1"])])
    assert inbox.unread("a") == 3
    inbox.note_seen("a")
    assert (inbox.unread("a"), reopened(tmp_path).unread("a")) == (0, 0)
    inbox.handle_event(arrival("8", Content(Kind.CALL)))
    inbox.handle_event(arrival("9", Content(Kind.REACTION, text="👍", about=Reference("1"))))
    assert inbox.unread("a") == 0
    inbox.handle_event(arrival("10"))
    assert inbox.unread("a") == 1
    assert inbox.flush("a")
    assert (inbox.unread("a"), reopened(tmp_path).unread("a")) == (1, 1)


def test_a_taken_back_message_says_nothing_and_an_edited_one_its_newest_words(inbox: Inbox) -> None:
    """Whoever else writes an edit about it changes nothing."""
    inbox.handle_event(arrival("1", Content(Kind.TEXT, text="velho")))
    inbox.handle_event(arrival("2", Content(Kind.EDIT, text="novo", about=Reference("1"))))
    assert inbox.flush("a")
    assert words(inbox) == "novo"
    inbox.handle_event(arrival("3", Content(Kind.DELETE, about=Reference("1"))))
    assert inbox.flush("a")
    latest = inbox.latest("a")
    assert latest is not None
    assert (latest.text, latest.deleted, latest.kind) == ("", True, Kind.TEXT)


def test_a_group_is_named_and_its_administrator_may_take_back(inbox: Inbox) -> None:
    """The name may come later than the message."""
    said, sender = Content(Kind.TEXT, text="oi"), "77@lid"
    inbox.handle_event(MessageArrived("a", "1", "", "Bia", said, 900.0, False, True, GROUP, sender))
    inbox.handle_event(GroupNamed("a", GROUP, name="Time"))
    for _ in range(2):
        latest = inbox.latest("a")
        assert latest is not None
        assert (latest.name, latest.group, latest.group_name) == ("Bia", True, "Time")
        assert inbox.flush("a")
    deletion = Content(Kind.DELETE, name=ADMIN, about=Reference("1"))
    inbox.handle_event(MessageArrived("a", "2", "", "Ana", deletion, 901.0, False, True, GROUP, "78@lid"))
    assert inbox.flush("a")
    assert words(inbox) == ""


def test_a_disk_that_refuses_costs_nothing_but_the_mark(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What waits is told meanwhile, and a page that was looked at goes on."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    with monkeypatch.context() as broken:
        for name in ("write", "note_seen", "newest"):
            broken.setattr(inbox_table, name, refuse)
        inbox.handle_event(arrival("1"))
        # Nothing changed, so no page is told to draw: it would try again at once, for ever.
        assert inbox.note_seen("a") is False
        assert (inbox.unread("a"), words(inbox)) == (1, "oi")
    assert "not noted as seen" in caplog.text
    assert inbox.note_seen("a") is True
    assert (inbox.unread("a"), words(inbox)) == (0, "oi")


def send(
    request_id: str, content: Content, state: SendState = SendState.SENT, *, group: str = ""
) -> SentMessage:
    return SentMessage(
        request_id, "a", NUMBER, content, state, created_at=5.0, message_id=f"m{request_id}", to_name=group
    )


def test_the_newest_send_that_went_out() -> None:
    """As it is now: what failed never was, a reaction is none, an edit and a deletion of it count."""
    text = Content(Kind.TEXT, text="oi")
    assert sent(()) is None
    assert sent((send("1", text, SendState.FAILED),)) is None
    reaction = send("2", Content(Kind.REACTION, text="👍", about=Reference("m1")))
    newest = LatestMessage(Kind.TEXT, 5.0, from_me=True, contact=NUMBER, text="oi")
    assert sent((reaction, send("1", text))) == newest
    edit = send("3", Content(Kind.EDIT, text="olá", about=Reference("m1")))
    edited = sent((edit, reaction, send("1", text)))
    assert edited is not None
    assert edited.text == "olá"
    deletion = send("4", Content(Kind.DELETE, about=Reference("m1")))
    deleted = sent((deletion, edit, send("1", text, group="Time")))
    assert deleted is not None
    assert (deleted.text, deleted.deleted, deleted.group_name, deleted.contact) == ("", True, "Time", "")


def test_a_file_that_cannot_be_read_is_not_tried_with_each_draw(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages ask all the time, and each try may wait for a lock."""
    tries = []

    def refuse(*_: object, **__: object) -> None:
        tries.append(1)
        raise StorageUnavailableError("read-failed")

    monkeypatch.setattr(inbox_table, "newest", refuse)
    monkeypatch.setattr(inbox_table, "count_unread", refuse)
    for _ in range(20):
        assert inbox.unread("a") == 0
    assert len(tries) == 1
