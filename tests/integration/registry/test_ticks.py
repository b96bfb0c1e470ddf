"""What becomes of a text after it was sent, and what arrives, with the genuine core."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.models.content import Content, Kind
from core.models.messages import ReceivedMessage, SendState, SentMessage, Tick
from core.store import history_db
from core.store.inbox_table import Search
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually

TEXT = "Olá ✓"


def inbox(house: RegistryHarness, instance_id: str) -> tuple[ReceivedMessage, ...]:
    """What arrived, newest first."""
    return tuple(one.message for one in house.registry.inbox.search(instance_id, Search(), limit=99))


def wait_tick(house: RegistryHarness, instance_id: str, tick: Tick) -> SentMessage:
    """The newest send, once it has come that far."""

    def look() -> SentMessage | None:
        newest = house.registry.sent(instance_id)[0]
        return newest if newest.tick is tick else None

    return eventually(look, timeout=10, seen=lambda: house.registry.sent(instance_id))


def wait_lid(house: RegistryHarness, instance_id: str, number: str) -> None:
    """Wait until it is stored who is behind the LID of a number."""
    lid = house.emulator.lid_of(number)
    query = "SELECT 1 FROM conversation_addresses WHERE address = ?"

    def look() -> object:
        return history_db.rows(house.folder(instance_id), "conversation_addresses", query, [lid])

    eventually(look, timeout=10, seen=house.emulator.state)


def test_a_text_goes_from_the_server_to_read(house: RegistryHarness, fresh_number: Callable[[], str]) -> None:
    """Each tick with its time; another process still knows them."""
    house.open()
    house.emulator.faults(auto_deliver=False)
    paired, contact = house.pair(), house.contact()
    sent = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    assert (sent.state, sent.tick) == (SendState.SENT, Tick.SERVER)
    house.emulator.receipt(sent.message_id, kind="delivered")
    delivered = wait_tick(house, paired.id, Tick.DELIVERED)
    house.emulator.read(sent.message_id)
    wait_tick(house, paired.id, Tick.READ)
    house.emulator.receipt(sent.message_id, kind="played")
    played = wait_tick(house, paired.id, Tick.PLAYED)
    assert played.delivered_at == delivered.delivered_at
    for at in (played.settled_at, played.delivered_at, played.read_at, played.played_at):
        assert at is not None
        assert abs(at - time.time()) < 30
    house.registry.stop()
    house.open()
    assert house.registry.sent(paired.id) == (played,)


def test_receipts_that_say_nothing_of_the_recipient_are_passed_over(house: RegistryHarness) -> None:
    """The owner's own phone read it too; twice delivered is delivered; a late delivery takes nothing back."""
    house.open()
    house.emulator.faults(auto_deliver=False)
    paired, contact = house.pair(), house.contact()
    first = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    house.emulator.receipt(first.message_id, kind="read", by=paired.number)
    house.emulator.receipt(first.message_id, kind="sender", by=paired.number)
    second = house.send_text(paired.id, to=contact, text=TEXT, timeout=10)
    house.emulator.read(second.message_id)
    read = wait_tick(house, paired.id, Tick.READ)
    for _ in range(2):
        house.emulator.receipt(second.message_id, kind="delivered")
    eventually(
        lambda: house.registry.sent(paired.id)[0].delivered_at,
        timeout=10,
        seen=lambda: house.registry.sent(paired.id),
    )
    newest, oldest = house.registry.sent(paired.id)
    assert (newest.tick, newest.read_at) == (Tick.READ, read.read_at)
    assert oldest.tick is Tick.SERVER


def test_only_who_got_a_text_confirms_it(house: RegistryHarness) -> None:
    """Receipts of another person, who wrote here or did not, of a member of a group, change nothing."""
    house.open()
    house.emulator.faults(auto_deliver=False)
    paired, ana, bruno, carla = house.pair(), house.contact(), house.contact(), house.contact()
    house.emulator.inbound(sender=bruno, receiver=paired.number, text="oi")
    eventually(lambda: inbox(house, paired.id), timeout=10, seen=house.emulator.state)
    sent = house.send_text(paired.id, to=ana, text=TEXT, timeout=10)
    wait_lid(house, paired.id, ana)
    for stranger in (bruno, carla):
        for kind in ("delivered", "read", "played"):
            house.emulator.receipt(sent.message_id, kind=kind, by=stranger)
    house.emulator.receipt(sent.message_id, kind="delivered")
    wait_tick(house, paired.id, Tick.DELIVERED)  # what came before it was dealt with
    (found,) = house.registry.sent(paired.id)
    assert (found.read_at, found.played_at) == (None, None)
    house.emulator.read(sent.message_id)
    wait_tick(house, paired.id, Tick.READ)
    house.emulator.receipt(sent.message_id, kind="played", device=7)
    wait_tick(house, paired.id, Tick.PLAYED)


def test_a_text_to_the_other_spelling_or_to_a_lid_gets_its_ticks(house: RegistryHarness) -> None:
    """WhatsApp knows the number without the 9; the receipts name the LID."""
    house.open()
    paired, end = house.pair(), house.fresh_number()[-6:]
    known, typed = f"555198{end}", f"5551998{end}"
    house.emulator.add_phone(known, "Ana")
    for to in (typed, house.emulator.lid_of(known)):
        sent = house.send_text(paired.id, to=to, text=TEXT, timeout=10)
        house.emulator.read(sent.message_id)
        wait_tick(house, paired.id, Tick.READ)


def test_a_text_arrives_with_the_senders_number(
    house: RegistryHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """By the phone number, though it came from a LID; still there in the next process; never in a log."""
    caplog.set_level("DEBUG")
    house.open()
    paired, contact = house.pair(), house.fresh_number()
    house.emulator.add_phone(contact, "Ana")
    begin = house.registry.version()
    message_id = house.emulator.inbound(sender=contact, receiver=paired.number, text=TEXT)
    (arrived,) = eventually(lambda: inbox(house, paired.id), timeout=10, seen=house.emulator.state)
    assert (arrived.message_id, arrived.contact, arrived.name) == (message_id, contact, "Ana")
    assert arrived.content == Content(Kind.TEXT, text=TEXT)
    assert (arrived.from_me, arrived.group) == (False, False)
    assert abs(arrived.at - time.time()) < 30
    assert house.registry.version() > begin, "open pages hear of it"
    assert house.registry.sent(paired.id) == ()
    house.registry.stop()
    house.open()
    assert inbox(house, paired.id) == (arrived,)
    assert TEXT not in caplog.text


def test_what_came_while_offline_is_there_once(house: RegistryHarness) -> None:
    """WhatsApp keeps it; newest first, in the order in which it was written."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.registry.stop_instance(paired.id, timeout=5)
    texts = [f"número {number}" for number in range(5)]
    for text in texts:
        house.emulator.inbound(sender=contact, receiver=paired.number, text=text)
    house.registry.start_instance(paired.id)
    eventually(
        lambda: len(inbox(house, paired.id)) == 5,
        timeout=10,
        seen=lambda: inbox(house, paired.id),
    )
    assert [one.content.text for one in inbox(house, paired.id)] == texts[::-1]
    house.registry.stop()
    house.open()
    assert [one.content.text for one in inbox(house, paired.id)] == texts[::-1]
