"""Conversations as pages ask for them."""

from __future__ import annotations

import pytest

from core.errors import UnknownConversationError
from core.models.conversations import Filter
from core.models.recipients import Recipient
from core.services import conversations
from tests.unit.services.conftest import CONTACT, ID, RecordingRegistry, arrived


def test_a_person_who_wrote_is_a_conversation(registry: RecordingRegistry) -> None:
    """With what they said last; it is found by its message, its number and its words."""
    registry.inbox.handle_event(arrived("3B", "Sexta?"))
    (found,) = conversations.list_conversations(ID)
    assert (found.address, found.number, found.name, found.group) == (CONTACT, CONTACT, "Ana", False)
    assert found.latest is not None
    assert found.latest.text == "Sexta?"
    assert conversations.with_recipient(ID, Recipient(CONTACT)).id == found.id
    assert conversations.find_by_message(ID, "3B") == found
    assert conversations.list_conversations(ID, search="sexta") == (found,)
    assert conversations.list_conversations(ID, only=Filter.GROUPS) == ()
    thread = conversations.thread(ID, found.id)
    assert [one.content.text for one in thread.messages] == ["Você vem?", "Sexta?"]
    with pytest.raises(UnknownConversationError):
        conversations.get(ID, "none")
