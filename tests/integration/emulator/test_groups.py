"""Groups between the genuine core and the emulator's phones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.conftest import StartCore
from tests.emulator.content import Deletion, Document, Edit, Image, Poll, Reaction, Text
from tests.emulator.handle import Emulator, EmulatorError
from tests.integration.emulator.conftest import Linked
from tests.support.neonize_core import CoreError


@dataclass(frozen=True, slots=True)
class Room:
    """A group of two contacts and the linked number."""

    jid: str
    ana: str
    beto: str


@pytest.fixture
def room(emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]) -> Room:
    """The group, made by a contact, of which the core has heard."""
    ana, beto = fresh_number(), fresh_number()
    emulator.add_phone(ana, "Ana")
    jid = emulator.make_group("Família ❤️", members=[ana, beto, linked.number], topic="avisos")
    linked.core.wait("joined_group")
    return Room(jid, ana, beto)


def test_a_new_group_is_told_listed_and_described(emulator: Emulator, linked: Linked, room: Room) -> None:
    """The core hears of it, finds it in its list, and knows its members with their numbers."""
    event = linked.core.wait("joined_group")
    assert (event["name"], event["by"]) == ("Família ❤️", room.ana)
    assert linked.core.groups() == {room.jid: "Família ❤️"}
    info = linked.core.group_info(room.jid)
    assert (info["name"], info["topic"]) == ("Família ❤️", "avisos")
    members = (room.ana, room.beto, linked.number)
    assert info["members"] == {emulator.lid_of(number): number for number in members}


def test_members_come_and_go(
    emulator: Emulator, linked: Linked, room: Room, fresh_number: Callable[[], str]
) -> None:
    """Changes are told; who was removed may not look any more."""
    emulator.change_group(room.jid, add=[fresh_number()], remove=[room.beto], rename="Só nós")
    linked.core.wait("group_changed", after=2)
    info = linked.core.group_info(room.jid)
    assert info["name"] == "Só nós"
    assert room.beto not in info["members"].values()
    emulator.change_group(room.jid, remove=[linked.number])
    linked.core.wait("group_changed", after=3)
    assert linked.core.groups() == {}
    with pytest.raises(CoreError, match="not participating"):
        linked.core.group_info(room.jid)


def test_every_member_reads_what_we_write(emulator: Emulator, linked: Linked, room: Room) -> None:
    """The core gives its sender key to every member: each phone decrypts each message, media too."""
    contents = (Text("oi, gente"), Poll("Vamos?", ("sim", "não")), Document(b"%PDF-1.4", "ata.pdf"))
    sent = {linked.core.write(content, to=room.jid): content for content in contents}
    assert {message_id: emulator.content_of(message_id) for message_id in sent} == sent
    views = emulator.state().messages_in(room.jid)
    assert [view.error for view in views] == ["", "", ""]
    assert all({room.ana, room.beto} <= set(view.readers) for view in views)


def test_each_member_confirms_for_itself(emulator: Emulator, linked: Linked, room: Room) -> None:
    """Delivery by every member, and reading by one of them, come with the member's address."""
    sent = linked.core.write(Text("oi"), to=room.jid)
    emulator.receipt(sent, kind="read", by=room.beto)
    linked.core.wait("receipt", after=2)
    heard = {(e["kind"], e["sender"], e["chat"]) for e in linked.core.events if e["event"] == "receipt"}
    ana, beto = emulator.lid_of(room.ana), emulator.lid_of(room.beto)
    assert heard == {
        ("delivered", ana, room.jid),
        ("delivered", beto, room.jid),
        ("read", beto, room.jid),
    }


def test_what_members_write_reaches_the_core(emulator: Emulator, linked: Linked, room: Room) -> None:
    """Several messages of several members, each decrypted under its sender's key, with their number."""
    contents = (Text("um"), Image(b"\xff\xd8\xff", caption="dois"), Text("três"))
    for sender in (room.ana, room.beto):
        for content in contents:
            message_id = emulator.write(content, sender=sender, group=room.jid)
            assert linked.core.content_of(message_id) == content
            (event,) = [e for e in linked.core.events if e.get("id") == message_id and "raw" in e]
            assert (event["chat"], event["sender_alt"]) == (room.jid, sender)
    assert linked.core.count("undecryptable") == 0
    assert linked.core.count("sender_key") == 2  # each member's key came once, with the first message


def test_members_answer_react_edit_and_delete(emulator: Emulator, linked: Linked, room: Room) -> None:
    """What is said about another message names it, whoever wrote that."""
    ours = linked.core.write(Text("quem vem?"), to=room.jid)
    theirs = emulator.write(Text("eu"), sender=room.ana, group=room.jid, quoting=ours)
    assert linked.core.content_of(theirs) == Text("eu")
    assert linked.core.quoted_by(theirs) == (ours, Text("quem vem?"))
    for sender, content in (
        (room.beto, Reaction(ours, "👍")),
        (room.beto, Reaction(theirs, "😮")),
        (room.ana, Edit(theirs, "eu não")),
        (room.ana, Deletion(theirs)),
    ):
        message_id = emulator.write(content, sender=sender, group=room.jid)
        assert linked.core.content_of(message_id) == content


def test_group_messages_wait_for_a_device_that_is_away(
    emulator: Emulator, start_core: StartCore, linked: Linked, room: Room
) -> None:
    """The first of them brings the key for all: everything is read at the next login."""
    linked.core.kill()
    emulator.wait_for(lambda s: not s.sessions_of(linked.number), what="the end of the session")
    for text in ("um", "dois", "três"):
        emulator.write(Text(text), sender=room.ana, group=room.jid)
    again = start_core(linked.core.store)
    again.wait("message", after=2)
    assert [e["text"] for e in again.events if e["event"] == "message"] == ["um", "dois", "três"]


def test_only_members_write(emulator: Emulator, room: Room, contact: str) -> None:
    """Somebody else writing to the group is a mistake of the test."""
    with pytest.raises(EmulatorError, match="not in the group"):
        emulator.write(Text("oi"), sender=contact, group=room.jid)
