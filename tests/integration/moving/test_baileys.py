"""A session moves from a genuine Baileys to the genuine core: no QR, and both sides go on where they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.models.moving.converted import ConvertedSession, Lost
from core.moving.baileys.folder import convert_folder
from core.moving.baileys.sources import find_sessions
from core.moving.session_writer import write_session
from tests.conftest import StartCore
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.integration.moving.conftest import StartBaileys, move
from tests.support.baileys.client import BaileysProcess
from tests.support.neonize_core import CoreProcess
from tests.support.polling import eventually
from tests.support.stores import look

BY_LID, BY_NUMBER = ["7"], ["6.7", "6.17"]
"""Versions, by the address under which they keep a contact's session."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A Baileys that is linked and connected."""

    version: str
    number: str
    client: BaileysProcess
    emulator: Emulator

    def hears(self, text: str, *, sender: str, group: str = "") -> str:
        """Somebody writes, addressed as this version knows them; gives the id."""
        receiver = "" if group else self.number
        return self.emulator.write(
            Text(text), sender=sender, receiver=receiver, group=group, by_number=self.version in BY_NUMBER
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """A number whose session is now the core's."""

    number: str
    core: CoreProcess
    converted: ConvertedSession
    emulator: Emulator

    def converse(self, contact: str) -> None:
        """Both write, in turns; every message is read at the first try."""
        for turn in range(3):
            sent = self.core.write(Text(f"daqui {turn}"), to=contact)
            seen = read_by_phone(self.emulator, sent)
            assert (seen.text, seen.error, seen.copies) == (f"daqui {turn}", "", 1)
            arrived = self.emulator.write(Text(f"dali {turn}"), sender=contact, receiver=self.number)
            assert self.core.content_of(arrived) == Text(f"dali {turn}")
        assert self.core.count("undecryptable") == 0


Link = Callable[[str], Linked]
Move = Callable[[Linked], Moved]


@pytest.fixture
def link(
    emulator: Emulator, start_baileys: StartBaileys, fresh_number: Callable[[], str], tmp_path: Path
) -> Link:
    """Links a Baileys of that version by QR."""

    def linked(version: str) -> Linked:
        number = fresh_number()
        client = start_baileys(version, tmp_path / "auth_info")
        emulator.scan(number=number, qr=client.wait("qr")["code"])
        client.wait("connected")
        emulator.wait_for(lambda s: any(d.prekeys for d in s.devices_of(number)), what="pre-keys")
        return Linked(version, number, client, emulator)

    return linked


@pytest.fixture
def move_in(emulator: Emulator, start_core: StartCore, tmp_path: Path) -> Move:
    """Converts the folder of a Baileys that was stopped and lets the core log in; without a QR."""

    def moved(linked: Linked) -> Moved:
        converted = move(linked.client.folder, tmp_path / "session.db")
        core = start_core(tmp_path / "session.db")
        core.wait("connected")
        assert core.count("qr") == 0
        return Moved(linked.number, core, converted, emulator)

    return moved


def read_by_phone(emulator: Emulator, message_id: str) -> MessageView:
    """The message as the phone it was for has it."""
    state = emulator.wait_for(lambda s: any(m.message_id == message_id for m in s.messages), what="a message")
    return next(m for m in state.messages if m.message_id == message_id)


def converse(linked: Linked, contact: str) -> None:
    """Both write, in turns, so that the ratchet moves; what the contact wrote last is unanswered."""
    for turn in range(3):
        sent = linked.client.send(f"{contact}@s.whatsapp.net", f"de cá {turn}")
        assert read_by_phone(linked.emulator, sent).text == f"de cá {turn}"
        assert linked.client.received(linked.hears(f"de lá {turn}", sender=contact)) == f"de lá {turn}"


def teach_lid(folder: Path, number: str, lid: str) -> None:
    """What Baileys 7 writes when it learns the LID of a number; its first start on an older folder does."""
    (folder / f"lid-mapping-{number}.json").write_text(json.dumps(lid.removesuffix("@lid")))


@pytest.mark.parametrize("version", BY_LID + BY_NUMBER)
def test_a_conversation_goes_on(
    version: str, emulator: Emulator, link: Link, move_in: Move, contact: str, fresh_number: Callable[[], str]
) -> None:
    """Login without a QR; what came meanwhile arrives; sends decrypt; ratchets go on; nothing is resent."""
    linked = link(version)
    converse(linked, contact)
    linked.client.stop()
    if version in BY_NUMBER:
        teach_lid(linked.client.folder, contact, emulator.lid_of(contact))
    waiting = [emulator.write(Text(f"falta {n}"), sender=contact, receiver=linked.number) for n in range(3)]
    moved = move_in(linked)
    assert moved.converted.lost == Lost()
    for n, message_id in enumerate(waiting):
        assert moved.core.content_of(message_id) == Text(f"falta {n}")
    moved.converse(contact)
    stranger = fresh_number()
    emulator.add_phone(stranger)
    moved.converse(stranger)


@pytest.mark.parametrize("version", BY_LID + BY_NUMBER)
def test_a_conversation_that_was_not_answered_goes_on(
    version: str, emulator: Emulator, link: Link, move_in: Move, contact: str
) -> None:
    """Each message still says how it began; the first answer comes after the move."""
    linked = link(version)
    for turn in range(2):
        linked.client.send(f"{contact}@s.whatsapp.net", f"oi {turn}")
    linked.client.stop()
    if version in BY_NUMBER:
        teach_lid(linked.client.folder, contact, emulator.lid_of(contact))
    move_in(linked).converse(contact)


@pytest.mark.parametrize("version", BY_NUMBER)
def test_a_conversation_by_lid_goes_on_from_an_older_version(
    version: str, emulator: Emulator, link: Link, move_in: Move, contact: str
) -> None:
    """6.x writes a LID like a number; it is told from one, and no map is needed."""
    linked, lid = link(version), emulator.lid_of(contact)
    for turn in range(3):
        arrived = emulator.write(Text(f"de lá {turn}"), sender=contact, receiver=linked.number)
        assert linked.client.received(arrived) == f"de lá {turn}"
        assert read_by_phone(emulator, linked.client.send(lid, f"de cá {turn}")).text == f"de cá {turn}"
    linked.client.stop()
    waiting = emulator.write(Text("falta"), sender=contact, receiver=linked.number)
    moved = move_in(linked)
    assert moved.converted.lost == Lost()
    assert moved.core.content_of(waiting) == Text("falta")
    moved.converse(contact)


@pytest.mark.parametrize("version", BY_NUMBER)
def test_without_lids_contacts_are_named_and_nobody_is_cut_off(
    version: str, emulator: Emulator, link: Link, move_in: Move, contact: str
) -> None:
    """Their session serves messages that name the number; a send begins a new one, and all goes on."""
    linked = link(version)
    converse(linked, contact)
    linked.client.stop()
    waiting = linked.hears("falta", sender=contact)
    moved = move_in(linked)
    assert moved.converted.lost == Lost(contacts=(contact,))
    assert moved.core.content_of(waiting) == Text("falta")
    moved.converse(contact)


@pytest.mark.parametrize("version", BY_LID + BY_NUMBER)
def test_a_group_goes_on(version: str, emulator: Emulator, link: Link, move_in: Move, contact: str) -> None:
    """A member does not hand out their key again: later messages are read with the one that moved."""
    linked = link(version)
    group = emulator.make_group("Time", members=[contact, linked.number])
    for turn in range(2):
        assert linked.client.received(linked.hears(f"{turn}", sender=contact, group=group)) == f"{turn}"
    linked.client.stop()
    if version in BY_NUMBER:
        teach_lid(linked.client.folder, contact, emulator.lid_of(contact))
    waiting = emulator.write(Text("falta"), sender=contact, group=group)
    moved = move_in(linked)
    assert [key.chat for key in moved.converted.conversations.sender_keys] == [group]
    assert moved.core.content_of(waiting) == Text("falta")
    arrived = emulator.write(Text("mais"), sender=contact, group=group)
    assert moved.core.content_of(arrived) == Text("mais")
    sent = moved.core.write(Text("daqui"), to=group)
    seen = read_by_phone(emulator, sent)
    assert (seen.text, seen.error) == ("daqui", "")


@pytest.mark.parametrize("version", BY_LID + BY_NUMBER)
def test_what_the_phone_shares_with_its_devices_can_be_read(
    version: str, emulator: Emulator, link: Link, move_in: Move
) -> None:
    """The phone gives its key once, to Baileys; the account's next name is opened with the one that moved."""
    linked = link(version)
    emulator.name_account(linked.number, "Loja")
    folder = linked.client.folder
    eventually(lambda: [*folder.glob("app-state-sync-key-*")], timeout=10.0, seen=linked.client.log_text)
    linked.client.stop()
    moved = move_in(linked)
    emulator.name_account(linked.number, "Loja do Centro")
    name = "SELECT push_name FROM whatsmeow_device"
    eventually(
        lambda: look(moved.core.store, name) == "Loja do Centro", timeout=10.0, seen=moved.core.log_text
    )


def test_the_device_alone_logs_in_and_sends(
    emulator: Emulator, link: Link, move_in: Move, contact: str, fresh_number: Callable[[], str]
) -> None:
    """`creds.json` and nothing else: no QR, and sends are read, to known and to new people."""
    linked = link("7")
    converse(linked, contact)
    linked.client.stop()
    for path in linked.client.folder.iterdir():
        if path.name != "creds.json":
            path.unlink()
    moved = move_in(linked)
    assert moved.converted.lost == Lost(everyone=True)
    seen = read_by_phone(emulator, moved.core.write(Text("daqui"), to=contact))
    assert (seen.text, seen.error) == ("daqui", "")
    other = fresh_number()
    emulator.add_phone(other)
    seen = read_by_phone(emulator, moved.core.write(Text("prazer"), to=other))
    assert (seen.text, seen.error) == ("prazer", "")


def test_an_export_of_evolution_goes_on(
    emulator: Emulator, start_core: StartCore, link: Link, contact: str, tmp_path: Path
) -> None:
    """A row of `Session`, its creds encoded twice, and the Redis hash, exported as docs/moving.md says."""
    linked = link("7")
    converse(linked, contact)
    linked.client.stop()
    files = {path.stem: path.read_text() for path in linked.client.folder.iterdir()}
    row = {"id": "cm1", "sessionId": "0b9c", "creds": json.dumps(files.pop("creds"))}
    export = {"session.json": json.dumps(row).encode(), "keys.json": json.dumps(files).encode()}
    (found,) = find_sessions(export)
    converted = convert_folder(found)
    write_session(tmp_path / "session.db", converted.keys, converted.conversations)
    core = start_core(tmp_path / "session.db")
    core.wait("connected")
    Moved(linked.number, core, converted, emulator).converse(contact)
