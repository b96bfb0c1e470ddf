"""Conversations as pages ask for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import UnknownConversationError, UnknownInstanceError
from core.models.content import Content, Kind, Reference
from core.models.conversations import Filter
from core.models.recipients import Recipient
from core.models.worker_commands import MarkRead, Query
from core.models.worker_events import MarkedRead, WorkerEvent
from core.services import conversations
from core.store import outbox_table
from tests.support.contents import words
from tests.unit.services.conftest import CONTACT, ID, RecordingRegistry, arrived, send

OLD = "555198765432"
NINE = "5551998765432"
GROUP = "120363000000000001@g.us"


def test_a_person_who_wrote_is_a_conversation(registry: RecordingRegistry) -> None:
    """With what they said last; it is found by its message, its number and its words."""
    registry.inbox.handle_event(arrived("3B", "Sexta?"))
    (found,) = conversations.list_conversations(ID)
    assert (found.address, found.number, found.name, found.group) == (CONTACT, CONTACT, "Ana", False)
    assert found.latest is not None
    assert found.latest.text == "Sexta?"
    assert conversations.with_recipient(ID, Recipient(CONTACT)) == found
    assert conversations.find_by_message(ID, "3B") == found
    assert conversations.find_by_message(ID, "none") is None
    assert conversations.list_conversations(ID, search="sexta") == (found,)
    assert conversations.list_conversations(ID, search="+55 11 91234") == (found,)
    assert conversations.list_conversations(ID, search="nada") == ()
    assert conversations.list_conversations(ID, only=Filter.GROUPS) == ()
    thread = conversations.thread(ID, found.id)
    assert [one.content.text for one in thread.messages] == ["Você vem?", "Sexta?"]
    assert thread.conversation == found


def test_what_is_sent_stands_behind_what_arrived(registry: RecordingRegistry) -> None:
    """With its quote, and reactions that both sides gave."""
    (found,) = conversations.list_conversations(ID)
    send(ID, to=f"+{CONTACT}", content=Content(Kind.TEXT, text="Vou", about=Reference("3A")))
    send(ID, to=f"+{CONTACT}", content=Content(Kind.REACTION, text="👍", about=Reference("3A")))
    thread = conversations.thread(ID, found.id)
    shown = [(one.content.text, one.data_state) for one in thread.messages]
    assert shown == [("Você vem?", ""), ("Vou", "sent")]
    assert [mark.text for mark in thread.messages[0].changes.reactions] == ["👍"]
    limited = conversations.thread(ID, found.id, limit=1)
    assert ([one.content.text for one in limited.messages], limited.has_older) == (["Vou"], True)


def test_what_is_unread_is_counted_until_it_was_looked_at(registry: RecordingRegistry) -> None:
    """By conversation, up to the message that was shown; of all instances, from memory."""
    registry.inbox.handle_event(arrived("3B"))
    (found,) = conversations.list_conversations(ID, only=Filter.UNREAD)
    assert (found.unread, conversations.unread_counts()) == (2, {ID: 2})
    assert conversations.thread(ID, found.id).first_unread == "3A"
    conversations.note_seen(ID, found.id, up_to="3A")
    assert conversations.get(ID, found.id).unread == 1
    assert conversations.thread(ID, found.id).first_unread == "3B"
    conversations.note_seen(ID, found.id, up_to="3B")
    assert conversations.list_conversations(ID, only=Filter.UNREAD) == ()
    assert conversations.unread_counts() == {}


def test_senders_are_told_on_a_press_only(
    registry: RecordingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, each in their own chat, what was looked at before too."""
    asked: list[MarkRead] = []

    def ask(query: Query, *, timeout: float) -> WorkerEvent:
        assert isinstance(query, MarkRead)
        asked.append(query)
        return MarkedRead(ID, query.request_id)

    monkeypatch.setattr(registry, "ask", ask)
    monkeypatch.setattr(registry, "note_read", registry.inbox.note_read)
    registry.inbox.handle_event(arrived("3A", group=True, chat=GROUP))
    registry.inbox.handle_event(arrived("4A", sender="77@lid", contact="", group=True, chat=GROUP))
    group, person = conversations.list_conversations(ID)
    conversations.note_seen(ID, person.id, up_to="3A")
    assert asked == []
    conversations.mark_read(ID, person.id)
    address = f"{CONTACT}@s.whatsapp.net"
    assert [(one.chat, one.sender, one.message_ids) for one in asked] == [(address, address, ("3A",))]
    conversations.mark_read(ID, person.id)
    assert len(asked) == 1
    conversations.mark_read(ID, group.id)
    assert {(one.chat, one.sender, one.message_ids) for one in asked[1:]} == {
        (GROUP, address, ("3A",)),
        (GROUP, "77@lid", ("4A",)),
    }
    assert conversations.unread_counts() == {}


def test_an_id_that_was_joined_to_another_leads_to_it(registry: RecordingRegistry) -> None:
    """Everything that takes an id takes an old one too."""
    old = conversations.with_recipient(ID, Recipient("77@lid"))
    written = conversations.with_recipient(ID, Recipient(NINE))
    send(ID, to=f"+{NINE}", content=words("Oi"))
    registry.inbox.handle_event(arrived("5A", contact=OLD, chat="77@lid", sender="77@lid"))
    found = conversations.get(ID, written.id)
    assert conversations.get(ID, old.id) == found
    assert (found.number, found.unread) == (OLD, 1)
    assert [one.key for one in conversations.thread(ID, written.id).messages][-1] == "5A"
    conversations.note_seen(ID, written.id, up_to="5A")
    conversations.note_seen(ID, old.id, up_to="5A")
    assert conversations.get(ID, found.id).unread == 0


def test_names_of_people_by_either_spelling(registry: RecordingRegistry) -> None:
    """As they call themselves; nobody else's."""
    registry.inbox.handle_event(arrived("5A", contact=OLD, name="Bia", chat=f"{OLD}@s.whatsapp.net"))
    assert conversations.names(ID, [NINE, CONTACT, "5521"]) == {NINE: "Bia", CONTACT: "Ana"}
    assert conversations.names(ID, []) == {}


def test_what_is_not_there_is_said(registry: RecordingRegistry) -> None:
    """By code: an instance that is unknown, a conversation that is."""
    for ask in (conversations.get, conversations.thread):
        with pytest.raises(UnknownConversationError):
            ask(ID, "none")
        with pytest.raises(UnknownInstanceError):
            ask("other", "none")
    with pytest.raises(UnknownInstanceError):
        conversations.list_conversations("other")
    with pytest.raises(UnknownInstanceError):
        conversations.note_seen("other", "none", up_to="1")


def test_an_old_send_can_still_be_answered(registry: RecordingRegistry) -> None:
    """Beyond those that are held in memory: the page shows them, so they can be spoken of."""
    sent = send(ID, to=f"+{CONTACT}", content=words("Oi"))
    registry.sends.clear()
    outbox_table.write_outcomes(registry.folder / ID, [replace(sent, message_id="3EB0")])
    answer = Content(Kind.TEXT, text="Digo", about=Reference("3EB0", from_me=True))
    about = send(ID, to=f"+{CONTACT}", content=answer).content.about
    assert about is not None
    assert about.text == "Oi"
