"""What a phone tells a device it just linked."""

from __future__ import annotations

import base64
from collections.abc import Callable

from tests.conftest import StartCore
from tests.emulator.content import Chat, Image, Past, Text
from tests.emulator.handle import Emulator
from tests.emulator.proto import wa
from tests.emulator.reading import content_of
from tests.integration.emulator.conftest import Linked
from tests.support.neonize_core import CoreProcess, Event

BOOTSTRAP, NAMES = "INITIAL_BOOTSTRAP", "PUSH_NAME"


def _told(core: CoreProcess, kind: str) -> Event:
    return core.wait("history", where=lambda event: event["kind"] == kind)


def test_the_past_arrives_after_pairing(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str], contact: str
) -> None:
    """Chats with their messages, unread counts, names and numbers, all from the first login on."""
    number, core = fresh_number(), start_core()
    past = (Past(Text("oi"), 1_700_000_000, contact), Past(Text("olá"), 1_700_000_060))
    ids = emulator.send_history(number, [Chat(contact, past, unread=1)])
    emulator.scan(number=number, qr=core.wait("qr")["code"])
    event, lid = _told(core, BOOTSTRAP), emulator.lid_of(contact)
    assert event["chats"] == {lid: 1}
    seen = [(m["id"], m["from_me"], m["at"], m["chat"]) for m in event["messages"]]
    assert seen == [(ids[0], False, 1_700_000_000, lid), (ids[1], True, 1_700_000_060, lid)]
    texts = [content_of(wa.Message.FromString(base64.b64decode(m["raw"]))) for m in event["messages"]]
    assert texts == [Text("oi"), Text("olá")]
    assert _told(core, NAMES)["names"][f"{contact}@s.whatsapp.net"] == "Ana"


def test_a_device_confirms_and_removes_what_it_has(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The phone hears that the history arrived, and its files are gone from the media host."""
    before = emulator.state().media.keys()
    emulator.send_history(linked.number, [Chat(contact, (Past(Text("oi"), 1_700_000_000, contact),))])
    _told(linked.core, BOOTSTRAP)
    _told(linked.core, NAMES)
    state = emulator.wait_for(lambda s: s.media.keys() <= before, what="the removal of the files")
    kinds = [receipt.kind for receipt in state.receipts_of(linked.number)]
    assert kinds.count("hist_sync") == 2


def test_the_past_tells_who_is_behind_a_lid(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The pairs of LID and number in a history are known to the core afterwards."""
    lid = emulator.lid_of(contact)
    assert linked.core.number_of(lid) == ""
    emulator.send_history(linked.number, [Chat(contact)])
    _told(linked.core, NAMES)
    emulator.write(Text("oi"), sender=contact, receiver=linked.number, hide_other=True)
    linked.core.wait("message", where=lambda event: event["text"] == "oi")
    assert linked.core.number_of(lid) == contact


def test_a_group_and_its_files_are_part_of_the_past(emulator: Emulator, linked: Linked, contact: str) -> None:
    """A member's message of long ago names the member, and says where its file still is."""
    group, picture = emulator.make_group("Time", members=[contact, linked.number]), Image(b"\xff\xd8\xff")
    (message_id,) = emulator.send_history(
        linked.number, [Chat(group, (Past(picture, 1_700_000_000, contact),))]
    )
    (message,) = _told(linked.core, BOOTSTRAP)["messages"]
    assert (message["id"], message["chat"]) == (message_id, group)
    assert message["participant"] == emulator.lid_of(contact)
    assert emulator.content_of(message_id) == picture


def test_history_and_new_messages_share_one_ratchet(emulator: Emulator, linked: Linked, contact: str) -> None:
    """What the owner writes before and after a history is decrypted too."""
    for told in (1, 3):
        message_id = emulator.write(Text("oi"), sender=linked.number, receiver=contact)
        assert linked.core.content_of(message_id) == Text("oi")
        emulator.send_history(linked.number, [Chat(contact)])
        linked.core.wait("history", after=told)
    assert linked.core.count("undecryptable") == 0
