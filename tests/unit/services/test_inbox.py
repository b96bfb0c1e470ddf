"""What pages are told of the inboxes of all instances at once."""

from __future__ import annotations

import time

import pytest

from core.errors import UnknownInstanceError
from core.models.content import Kind
from core.models.messages import LatestMessage
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
