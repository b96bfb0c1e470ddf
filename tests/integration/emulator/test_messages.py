"""Messages and receipts between the genuine core and the emulator's phones."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import StartCore
from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked

TEXT = "Olá! São 10h e está tudo bem ✅"


def test_a_text_arrives_as_it_was_written(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """The recipient's phone decrypts exactly the text that was sent, once."""
    contact = fresh_number()
    emulator.add_phone(contact, "Ana")
    linked.core.command(send={"to": contact, "text": TEXT})
    sent = linked.core.wait("sent")
    emulator.wait_for(lambda s: s.messages_to(contact), what="the message")
    (message,) = emulator.messages_from(linked.number)
    assert (message.text, message.message_id, message.error) == (TEXT, sent["id"], "")
    assert message.to_number == contact


def test_delivery_and_reading_come_back_as_receipts(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """The sender learns of delivery by itself, and of reading when the contact reads."""
    contact = fresh_number()
    emulator.add_phone(contact)
    linked.core.command(send={"to": contact, "text": TEXT})
    sent = linked.core.wait("sent")["id"]
    linked.core.wait("receipt", where=lambda event: sent in event["ids"])
    emulator.read(sent)
    linked.core.wait("receipt", where=lambda event: sent in event["ids"], after=1)


def test_several_texts_in_a_row_all_decrypt(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """The Signal session goes on: later messages decrypt too, in both directions and in order."""
    contact = fresh_number()
    emulator.add_phone(contact)
    texts = [f"{TEXT} {number}" for number in range(5)]
    for text in texts:
        linked.core.command(send={"to": contact, "text": text})
    emulator.wait_for(lambda s: len(s.messages_to(contact)) >= 3, what="three messages")
    emulator.inbound(sender=contact, receiver=linked.number, text="resposta")
    linked.core.wait("message", where=lambda event: event["text"] == "resposta")
    state = emulator.wait_for(lambda s: len(s.messages_to(contact)) == len(texts), what="all messages")
    assert [message.text for message in state.messages_to(contact)] == texts


def test_a_contacts_text_reaches_the_core(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """What a contact writes arrives decrypted, with the contact's number, and is confirmed."""
    contact = fresh_number()
    emulator.add_phone(contact, "Beto")
    message_id = emulator.inbound(sender=contact, receiver=linked.number, text=TEXT)
    event = linked.core.wait("message")
    assert (event["id"], event["text"], event["sender_alt"], event["name"]) == (
        message_id,
        TEXT,
        contact,
        "Beto",
    )
    emulator.wait_for(
        lambda s: message_id in [r.message_id for r in s.receipts_of(linked.number)], what="a receipt"
    )


def test_messages_wait_for_a_device_that_is_away(
    emulator: Emulator, start_core: StartCore, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """What was written while the core was down arrives at its next login, in order, and only once."""
    contact = fresh_number()
    linked.core.kill()
    emulator.wait_for(lambda s: not s.sessions_of(linked.number), what="the end of the session")
    for text in ("um", "dois"):
        emulator.inbound(sender=contact, receiver=linked.number, text=text)
    again = start_core(linked.core.store)
    again.wait("message", after=1)
    assert [e["text"] for e in again.events if e["event"] == "message"] == ["um", "dois"]


def test_a_number_without_whatsapp_gets_nothing(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """Sending to a number that has no account fails at the core; the emulator records no message."""
    stranger = fresh_number()
    emulator.faults(unknown_numbers=[stranger])
    linked.core.command(send={"to": stranger, "text": TEXT})
    linked.core.wait("error")
    assert not emulator.messages_from(linked.number)


def test_what_is_lost_on_the_way_comes_again(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """The server repeats what a device did not confirm: nothing is missed over drops, nothing comes twice."""
    contact, texts = fresh_number(), [str(number) for number in range(30)]
    for text in texts:
        emulator.inbound(sender=contact, receiver=linked.number, text=text)
        if text.endswith("7"):
            emulator.drop(linked.number)
    linked.core.wait("message", after=len(texts) - 1)
    heard = [event["text"] for event in linked.core.events if event["event"] == "message"]
    assert sorted(heard, key=int) == texts


def test_receipts_wait_for_a_device_that_is_away(
    emulator: Emulator, start_core: StartCore, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """What was read while the core was down is told at its next login."""
    contact = fresh_number()
    emulator.add_phone(contact)
    linked.core.command(send={"to": contact, "text": TEXT})
    sent = linked.core.wait("sent")["id"]
    linked.core.kill()
    emulator.wait_for(lambda s: not s.sessions_of(linked.number), what="the end of the session")
    emulator.read(sent)
    event = start_core(linked.core.store).wait("receipt", where=lambda item: item["kind"] == "read")
    assert event["ids"] == [sent]
