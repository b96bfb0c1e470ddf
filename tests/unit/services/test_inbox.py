"""What pages are told of the inboxes of all instances at once."""

from __future__ import annotations

import time

import pytest

from core.errors import AppError, InvalidInputError, UnknownInstanceError
from core.models.content import Attachment, Content, Kind
from core.models.messages import LatestMessage
from core.models.worker_commands import Query
from core.models.worker_events import WorkerEvent
from core.services import conversations, inbox
from tests.support.contents import words
from tests.unit.services.conftest import CONTACT, ID, RecordingRegistry, arrived, send


def test_unread_messages_are_counted_until_they_were_looked_at(registry: RecordingRegistry) -> None:
    """By instance, only where there are any; a page that was looked at costs nothing the second time."""
    registry.inbox.handle_event(arrived("3B"))
    assert conversations.unread_counts() == {ID: 2}
    inbox.note_seen(ID)
    assert conversations.unread_counts() == {}
    inbox.note_seen(ID)
    registry.inbox.handle_event(arrived("3C"))
    assert conversations.unread_counts() == {ID: 1}
    with pytest.raises(UnknownInstanceError):
        inbox.note_seen("other")


def test_the_newest_message_is_a_received_or_a_sent_one(registry: RecordingRegistry) -> None:
    """By its time."""
    received = LatestMessage(Kind.TEXT, 900.0, name="Ana", contact=CONTACT, text="Você vem?")
    assert inbox.latest() == {ID: received}
    send(ID, to=f"+{CONTACT}", content=words("Vou  sim"), request_id="r")
    mine = inbox.latest()[ID]
    assert (mine.from_me, mine.text, mine.contact) == (True, "Vou sim", CONTACT)
    registry.inbox.handle_event(arrived("3B", "Oba", at=time.time() + 1))
    assert inbox.latest()[ID].text == "Oba"


def test_a_quote_of_a_call_has_no_words() -> None:
    """The name of a call is a code, and a quote goes out to another person."""
    assert inbox.first_words(Content(Kind.CALL, name="rejected_video")) == ""
    assert inbox.first_words(words("Você vem?")) == "Você vem?"


@pytest.mark.parametrize("size", [7, 100 * 1024**2, 100 * 1024**2 + 1, 2**64 - 1])
def test_a_file_that_is_too_large_is_refused_with_the_limit(
    registry: RecordingRegistry, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """In the words of every other limit: by what the message says, and where it says less than there is."""
    asked = []

    def ask(query: Query, *, timeout: float) -> WorkerEvent:
        asked.append(query)
        raise AppError("file-too-large")

    monkeypatch.setattr(registry, "ask", ask)
    content = Content(Kind.DOCUMENT, file=Attachment("a.pdf", size=size, remote="{}"))
    registry.inbox.handle_event(arrived("3B", content=content))
    with pytest.raises(InvalidInputError) as caught:
        inbox.fetch(ID, "3B")
    assert (caught.value.code, caught.value.detail) == ("file-too-large", "100 MB")
    assert len(asked) == (size <= inbox.FILE_LIMIT)


def test_other_troubles_with_a_file_are_told_as_they_are(
    registry: RecordingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core's code, without a detail."""

    def ask(_: Query, *, timeout: float) -> WorkerEvent:
        raise AppError("file-gone")

    monkeypatch.setattr(registry, "ask", ask)
    file = Attachment("a.pdf", size=7, remote="{}")
    registry.inbox.handle_event(arrived("3B", content=Content(Kind.DOCUMENT, file=file)))
    with pytest.raises(AppError, match=r"^file-gone$"):
        inbox.fetch(ID, "3B")
