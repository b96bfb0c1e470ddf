"""Two genuine cores that write to each other: the server only carries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import StartCore
from tests.emulator.content import Content, Document, Text
from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked

CONTENTS: tuple[Content, ...] = (Text("oi"), Document(b"%PDF-1.4", "ata.pdf"), Text("tchau"))


@pytest.fixture
def other(emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]) -> Linked:
    """A second core, linked to a number of its own."""
    number, core = fresh_number(), start_core()
    jid = emulator.scan(number=number, qr=core.wait("qr")["code"])
    core.wait("connected")
    emulator.wait_for(lambda s: any(device.prekeys for device in s.devices_of(number)), what="pre-keys")
    return Linked(core, number, jid)


def test_each_reads_what_the_other_writes(emulator: Emulator, linked: Linked, other: Linked) -> None:
    """Both ways and with a file; the phones behind them read it too."""
    for sender, receiver in ((linked, other), (other, linked)):
        for content in CONTENTS:
            message_id = sender.core.write(content, to=receiver.number)
            assert receiver.core.content_of(message_id) == content
            assert emulator.content_of(message_id) == content
    assert all(core.count("undecryptable") == 0 for core in (linked.core, other.core))


def test_reading_is_heard_from_the_device_that_read(
    emulator: Emulator, linked: Linked, other: Linked
) -> None:
    """Nothing says read until the other core is asked to; then its author hears of it."""
    sent = linked.core.write(Text("oi"), to=other.number)
    other.core.wait("message")
    assert "read" not in [receipt.kind for receipt in emulator.state().receipts_of(other.number)]
    other.core.mark_read(sent)
    reader = emulator.lid_of(other.number).replace("@", ":1@")
    event = linked.core.wait("receipt", where=lambda item: item["kind"] == "read")
    assert (event["ids"], event["sender"]) == ([sent], reader)


def test_both_read_what_is_written_to_their_group(emulator: Emulator, linked: Linked, other: Linked) -> None:
    """The sender's key reaches the other core, and every message after it opens."""
    group = emulator.make_group("Time", members=[linked.number, other.number])
    for core in (linked.core, other.core):
        core.wait("joined_group")
    for sender, receiver in ((linked, other), (other, linked), (linked, other)):
        message_id = sender.core.write(Text("oi"), to=group)
        assert receiver.core.content_of(message_id) == Text("oi")
    (first, *_) = emulator.state().messages_in(group)
    assert set(first.readers) == {linked.number, other.number}
