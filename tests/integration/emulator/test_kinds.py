"""Messages without a file, of every kind, between the genuine core and the emulator's phones."""

from __future__ import annotations

import hashlib

import pytest

from tests.emulator.content import (
    Contact,
    Content,
    Deletion,
    Edit,
    Event,
    Image,
    Location,
    Poll,
    Reaction,
    Text,
    Vote,
)
from tests.emulator.handle import Emulator, EmulatorError
from tests.emulator.reading import key_of
from tests.integration.emulator.conftest import Linked

VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:João da Silva\nTEL;waid=5511999990000:+55 11 99999-0000\nEND:VCARD"
PLAIN: tuple[Content, ...] = (
    Text("Olá! *negrito* _itálico_ ✅"),
    Text("veja https://example.com agora", "https://example.com", "Exemplo", "Um lugar"),
    Location(-23.561414, -46.655881, "MASP", "Av. Paulista, 1578"),
    Contact("João da Silva", VCARD),
    Poll("Que dia?", ("segunda", "terça", "quarta"), 1),
    Poll("Quais?", ("a", "b"), 0),
)

EVENT: Content = Event("Reunião", "Traga o contrato", 1_800_000_000, "Sala 3", cancelled=True)


def test_every_kind_arrives_at_the_phone(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The recipient's phone decrypts what was sent, and each kind is what it was."""
    sent = {linked.core.write(content, to=contact): content for content in PLAIN}
    assert {message_id: emulator.content_of(message_id) for message_id in sent} == sent


def test_every_kind_reaches_the_core(emulator: Emulator, linked: Linked, contact: str) -> None:
    """What a contact writes is decrypted by the core, and each kind is what it was."""
    contents = (*PLAIN, EVENT)
    sent = {emulator.write(content, sender=contact, receiver=linked.number): content for content in contents}
    assert {message_id: linked.core.content_of(message_id) for message_id in sent} == sent


def test_what_we_do_to_a_message_names_it(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Reaction, reaction taken back, edit and deletion arrive with the id of the message they are about."""
    first = linked.core.write(Text("oi"), to=contact)
    theirs = emulator.write(Text("olá"), sender=contact, receiver=linked.number)
    linked.core.wait("message")
    changes = (
        Reaction(theirs, "❤️"),
        Reaction(theirs, ""),
        Edit(first, "oi, tudo bem?"),
        Deletion(first),
    )
    author = f"{contact}@s.whatsapp.net"
    sent = {
        linked.core.write(change, to=contact, author=author if isinstance(change, Reaction) else ""): change
        for change in changes
    }
    assert {message_id: emulator.content_of(message_id) for message_id in sent} == sent
    views = [view for view in emulator.messages_to(contact) if view.message_id in sent]
    assert [view.kind for view in views] == ["reaction", "reaction", "edit", "deletion"]
    assert [view.target_id for view in views] == [theirs, theirs, first, first]
    assert [view.target_mine for view in views] == [False, False, True, True]
    assert [view.edit for view in views] == ["", "7", "1", "7"]


def test_what_a_contact_does_to_a_message_names_it(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The core hears of a contact's reaction to our message, and of edit and deletion of their own."""
    ours = linked.core.write(Text("oi"), to=contact)
    theirs = emulator.write(Text("olá"), sender=contact, receiver=linked.number)
    changes = (Reaction(ours, "👍"), Reaction(ours, ""), Edit(theirs, "olá!"), Deletion(theirs))
    for change in changes:
        message_id = emulator.write(change, sender=contact, receiver=linked.number)
        assert linked.core.content_of(message_id) == change
        key = key_of(linked.core.message(message_id))
        assert key is not None
        assert key.fromMe == (change.message_id == theirs)  # as the contact sees it


def test_our_answer_quotes_theirs(emulator: Emulator, linked: Linked, contact: str) -> None:
    """An answer carries the id of the message it answers, whether it is text or a place."""
    question = emulator.write(Text("onde?"), sender=contact, receiver=linked.number)
    linked.core.wait("message")
    for content in (Text("aqui"), PLAIN[2]):
        answer = linked.core.write(content, to=contact, quoting=question)
        assert emulator.content_of(answer) == content
        (view,) = [view for view in emulator.messages_to(contact) if view.message_id == answer]
        assert view.quoted_id == question


def test_their_answer_quotes_ours(emulator: Emulator, linked: Linked, contact: str) -> None:
    """A contact's answer reaches the core with the id and the words of our message."""
    question = linked.core.write(Text("quando?"), to=contact)
    answer = emulator.write(Text("hoje"), sender=contact, receiver=linked.number, quoting=question)
    assert linked.core.content_of(answer) == Text("hoje")
    assert linked.core.quoted_by(answer) == (question, Text("quando?"))


def test_we_vote_on_their_poll(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The contact's phone opens the vote and finds what was chosen."""
    poll = Poll("Que dia?", ("segunda", "terça"), 0)
    asked = emulator.write(poll, sender=contact, receiver=linked.number)
    linked.core.wait("message")
    vote = Vote(asked, ("terça",))
    sent = linked.core.write(vote, to=contact)
    assert emulator.content_of(sent) == vote
    (view,) = emulator.messages_to(contact)
    assert (view.kind, view.target_id) == ("vote", asked)


def test_they_vote_on_our_poll(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The core opens a contact's vote, and the one that takes it back."""
    asked = linked.core.write(Poll("Que dia?", ("segunda", "terça"), 1), to=contact)
    for options in (("segunda",), ()):
        message_id = emulator.write(Vote(asked, options), sender=contact, receiver=linked.number)
        linked.core.wait("message", where=lambda event: event["id"] == message_id)  # noqa: B023 - waited here
        assert linked.core.votes_in(message_id) == [hashlib.sha256(o.encode()).hexdigest() for o in options]


def test_what_the_owner_writes_on_the_phone_reaches_the_core(
    emulator: Emulator, linked: Linked, contact: str
) -> None:
    """A message written on the phone itself arrives as one's own, in the contact's chat."""
    message_id = emulator.write(Text("do celular"), sender=linked.number, receiver=contact)
    event = linked.core.wait("message", where=lambda item: item["id"] == message_id)
    assert event["from_me"]
    assert event["chat"] == emulator.lid_of(contact)
    assert linked.core.content_of(message_id) == Text("do celular")


def test_a_missed_call_is_told(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The core hears the call ring and end unanswered, with the caller's number."""
    call_id = emulator.ring(caller=contact, receiver=linked.number)
    assert linked.core.wait("call_offer")["caller_alt"] == contact
    emulator.hang_up(call_id)
    end = linked.core.wait("call_terminate")
    assert (end["id"], end["reason"]) == (call_id, "timeout")


def test_what_cannot_be_is_refused(emulator: Emulator, linked: Linked, contact: str) -> None:
    """An answer to a message nobody knows, a file nobody sent, a call that does not ring."""
    with pytest.raises(EmulatorError, match="no phone could read"):
        emulator.write(Text("oi"), sender=contact, receiver=linked.number, quoting="3A00")
    with pytest.raises(EmulatorError, match="no phone could read"):
        emulator.content_of("3A00")
    with pytest.raises(EmulatorError, match="is ringing"):
        emulator.hang_up("00")
    with pytest.raises(EmulatorError, match="no linked device"):
        emulator.write(Image(b""), sender=contact, receiver=contact)
