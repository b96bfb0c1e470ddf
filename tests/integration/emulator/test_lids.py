"""Addresses that hide a number (LIDs): what the core can and cannot know about who is behind one."""

from __future__ import annotations

from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked
from tests.support.neonize_core import Event


def _heard(linked: Linked, message_id: str) -> Event:
    return linked.core.wait("message", where=lambda event: event["id"] == message_id)


def _user(address: str) -> str:
    return address.partition("@")[0]


def test_a_lid_may_come_with_its_number(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The sender is the LID, the number stands beside it, and the core keeps the pair."""
    event = _heard(linked, emulator.write(Text("oi"), sender=contact, receiver=linked.number))
    lid = emulator.lid_of(contact)
    assert (event["sender"], event["sender_alt"], event["chat"]) == (_user(lid), contact, lid)
    assert linked.core.number_of(lid) == contact


def test_a_number_may_come_with_its_lid(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Addressed the older way: the sender is the number, the LID stands beside it."""
    message_id = emulator.write(Text("oi"), sender=contact, receiver=linked.number, by_number=True)
    event, lid = _heard(linked, message_id), emulator.lid_of(contact)
    assert (event["sender"], event["sender_alt"]) == (contact, _user(lid))
    assert linked.core.number_of(lid) == contact


def test_a_lid_alone_tells_nothing_until_the_number_is_learnt(
    emulator: Emulator, linked: Linked, contact: str
) -> None:
    """No number on the message and none in the store; checking the number teaches the core the pair."""
    lid = emulator.lid_of(contact)
    message_id = emulator.write(Text("oi"), sender=contact, receiver=linked.number, hide_other=True)
    event = _heard(linked, message_id)
    assert (event["sender"], event["sender_alt"]) == (_user(lid), "")
    assert linked.core.number_of(lid) == ""
    assert linked.core.is_on_whatsapp(contact)
    assert linked.core.number_of(lid) == contact


def test_who_we_wrote_to_is_known_when_they_answer(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Writing to a number teaches the core its LID: answers and receipts that hide the number are theirs."""
    linked.core.write(Text("oi"), to=contact)
    lid = emulator.lid_of(contact)
    assert linked.core.wait("receipt")["sender"] == lid
    event = _heard(
        linked, emulator.write(Text("olá"), sender=contact, receiver=linked.number, hide_other=True)
    )
    assert event["sender"] == _user(lid)
    assert linked.core.number_of(lid) == contact


def test_the_member_list_tells_who_wrote_in_a_group(emulator: Emulator, linked: Linked, contact: str) -> None:
    """A group message that hides the number is from a member whose number the group's description gives."""
    group = emulator.make_group("Time", members=[contact, linked.number])
    linked.core.wait("joined_group")
    event = _heard(linked, emulator.write(Text("oi"), sender=contact, group=group, hide_other=True))
    lid = emulator.lid_of(contact)
    assert (event["sender"], event["sender_alt"], event["chat"]) == (_user(lid), "", group)
    assert linked.core.group_info(group)["members"][lid] == contact
    assert linked.core.number_of(lid) == contact
