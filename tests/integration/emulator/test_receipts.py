"""Receipts of every kind, and acks that fail, come late, twice or in the wrong order."""

from __future__ import annotations

import time

import pytest

from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked
from tests.support.neonize_core import CoreError


def _kinds(linked: Linked, message_id: str) -> list[tuple[str, str]]:
    events = [event for event in linked.core.events if event["event"] == "receipt"]
    return [(event["kind"], event["sender"]) for event in events if message_id in event["ids"]]


def test_every_receipt_of_a_recipient_is_heard(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Delivered, read and played come one by one, by the phone or by one of its linked devices."""
    emulator.faults(auto_deliver=False)
    sent, lid = linked.core.write(Text("oi"), to=contact), emulator.lid_of(contact)
    expected = []
    for kind, device in (("inactive", 0), ("delivered", 0), ("delivered", 7), ("read", 7), ("played", 0)):
        emulator.receipt(sent, kind=kind, device=device)
        expected.append((kind, lid.replace("@", f":{device}@") if device else lid))
        linked.core.wait("receipt", after=len(expected) - 1)
    assert _kinds(linked, sent) == expected


def test_an_owner_who_reads_on_the_phone_is_heard(emulator: Emulator, linked: Linked, contact: str) -> None:
    """What was read on the phone is told to the linked device, in the contact's chat."""
    message_id = emulator.write(Text("oi"), sender=contact, receiver=linked.number)
    linked.core.wait("message")
    emulator.receipt(message_id, kind="read-self", by=linked.number)
    event = linked.core.wait("receipt", where=lambda item: message_id in item["ids"])
    assert (event["kind"], event["chat"]) == ("read_self", emulator.lid_of(contact))


@pytest.mark.parametrize("code", ["463", "479"])
def test_a_refused_message_says_why(emulator: Emulator, linked: Linked, contact: str, code: str) -> None:
    """The code of the refusal is in the core's error; the recipient never gets the message."""
    emulator.faults(ack_error=code)
    with pytest.raises(CoreError, match=code):
        linked.core.write(Text("oi"), to=contact)
    assert emulator.messages_to(contact) == ()
    emulator.faults(ack_error="")
    linked.core.write(Text("agora"), to=contact)
    assert [view.text for view in emulator.messages_to(contact)] == ["agora"]


def test_an_ack_that_comes_late_ends_the_wait(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Until it is released nothing is sent; then the message counts, once."""
    emulator.faults(hold_acks=True)
    linked.core.command(send={"to": contact, "text": "oi"})
    (message,) = emulator.wait_for(lambda s: s.messages_to(contact), what="it").messages_to(contact)
    assert linked.core.count("sent") == 0
    assert emulator.release_acks() == 1
    assert linked.core.wait("sent")["id"] == message.message_id
    assert message.copies == 1


def test_a_delay_holds_up_the_ack_alone(emulator: Emulator, linked: Linked, contact: str) -> None:
    """A late ack does not keep other stanzas waiting."""
    emulator.faults(ack_delay_s=0.4)
    begin = time.monotonic()
    linked.core.command(send={"to": contact, "text": "oi"})
    linked.core.wait("receipt")
    assert linked.core.count("sent") == 0
    linked.core.wait("sent")
    assert time.monotonic() - begin >= 0.4


def test_acks_may_come_twice_and_for_nobody(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Neither a second ack nor one for an unknown message disturbs the next messages."""
    emulator.faults(duplicate_acks=2, stray_acks=True)
    sent = [linked.core.write(Text(text), to=contact) for text in ("um", "dois", "três")]
    assert [view.message_id for view in emulator.messages_to(contact)] == sent
    assert linked.core.count("sent") == 3


def test_a_receipt_may_overtake_the_ack(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Delivered before it was acknowledged: the core tells both, in that order."""
    emulator.faults(receipts_first=True, ack_delay_s=0.1)
    sent = linked.core.write(Text("oi"), to=contact)
    names = [event["event"] for event in linked.core.events if event["event"] in ("receipt", "sent")]
    assert names == ["receipt", "sent"]
    assert _kinds(linked, sent) == [("delivered", emulator.lid_of(contact))]


@pytest.mark.parametrize(("fault", "copies"), [("cut_before", 1), ("cut_after", 2)])
def test_a_message_cut_off_is_sent_again_under_its_id(
    emulator: Emulator, linked: Linked, contact: str, fault: str, copies: int
) -> None:
    """The core comes back and repeats what was not acknowledged; the phone shows it once."""
    emulator.faults(**{fault: 1}, only_numbers=[linked.number])  # type: ignore[arg-type]
    sent = linked.core.write(Text("oi"), to=contact)
    (message,) = emulator.messages_to(contact)
    assert (message.message_id, message.text, message.copies) == (sent, "oi", copies)


def test_acks_held_over_a_lost_connection_end_one_wait(
    emulator: Emulator, linked: Linked, contact: str
) -> None:
    """A message repeated after a drop has two acks to come; released newest first, they end one wait."""
    emulator.faults(hold_acks=True)
    linked.core.command(send={"to": contact, "text": "um"})
    emulator.wait_for(lambda s: s.messages_to(contact), what="the first")
    emulator.drop(linked.number)  # the core repeats it on a new connection: a second ack is held
    emulator.wait_for(lambda s: s.messages_to(contact)[0].copies == 2, what="the second copy")
    assert emulator.release_acks(newest_first=True) == 2
    (message,) = emulator.messages_to(contact)
    assert linked.core.wait("sent")["id"] == message.message_id
