"""A session moves from a genuine Baileys to the genuine core: no QR, and both sides go on where they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.models.moving.converted import ConvertedSession, Lost
from tests.conftest import StartCore
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.integration.moving.conftest import StartBaileys, move
from tests.support.baileys.client import BaileysProcess
from tests.support.neonize_core import CoreProcess


@dataclass(frozen=True, slots=True)
class Moved:
    """A number whose session is now the core's."""

    number: str
    core: CoreProcess
    converted: ConvertedSession


@pytest.fixture
def linked_baileys(
    emulator: Emulator, start_baileys: StartBaileys, fresh_number: Callable[[], str], tmp_path: Path
) -> Callable[[str], tuple[str, BaileysProcess]]:
    """Links a Baileys of that version by QR; gives its number and the process, connected."""

    def link(version: str) -> tuple[str, BaileysProcess]:
        number = fresh_number()
        client = start_baileys(version, tmp_path / "auth_info")
        emulator.scan(number=number, qr=client.wait("qr")["code"])
        client.wait("connected")
        emulator.wait_for(lambda s: any(d.prekeys for d in s.devices_of(number)), what="pre-keys")
        return number, client

    return link


def read_by_phone(emulator: Emulator, message_id: str) -> MessageView:
    """The message as the phone it was for has it."""
    state = emulator.wait_for(lambda s: any(m.message_id == message_id for m in s.messages), what="a message")
    return next(m for m in state.messages if m.message_id == message_id)


def converse_with_baileys(emulator: Emulator, client: BaileysProcess, number: str, contact: str) -> None:
    """Both write, in turns, so that the ratchet moves; the last that the contact wrote is unanswered."""
    for turn in range(3):
        sent = client.send(f"{contact}@s.whatsapp.net", f"de cá {turn}")
        assert read_by_phone(emulator, sent).text == f"de cá {turn}"
        arrived = emulator.write(Text(f"de lá {turn}"), sender=contact, receiver=number)
        assert client.received(arrived) == f"de lá {turn}"


def converse_with_core(emulator: Emulator, moved: Moved, contact: str) -> None:
    """The same with the core, and every message is read at the first try."""
    for turn in range(3):
        sent = moved.core.write(Text(f"daqui {turn}"), to=contact)
        seen = read_by_phone(emulator, sent)
        assert (seen.text, seen.error, seen.copies) == (f"daqui {turn}", "", 1)
        arrived = emulator.write(Text(f"dali {turn}"), sender=contact, receiver=moved.number)
        assert moved.core.content_of(arrived) == Text(f"dali {turn}")


def start_moved(start_core: StartCore, number: str, folder: Path, target: Path) -> Moved:
    """Convert and log in; without a QR."""
    converted = move(folder, target)
    core = start_core(target)
    core.wait("connected")
    assert core.count("qr") == 0
    return Moved(number, core, converted)


@pytest.mark.parametrize("version", ["7"])
def test_a_conversation_goes_on(
    version: str,
    emulator: Emulator,
    start_core: StartCore,
    linked_baileys: Callable[[str], tuple[str, BaileysProcess]],
    contact: str,
    tmp_path: Path,
) -> None:
    """Login without a QR; what came meanwhile arrives; sends decrypt; ratchets go on; nothing is resent."""
    number, client = linked_baileys(version)
    converse_with_baileys(emulator, client, number, contact)
    client.stop()
    waiting = [emulator.write(Text(f"falta {n}"), sender=contact, receiver=number) for n in range(3)]
    moved = start_moved(start_core, number, client.folder, tmp_path / "session.db")
    assert moved.converted.lost == Lost()
    for n, message_id in enumerate(waiting):
        assert moved.core.content_of(message_id) == Text(f"falta {n}")
    converse_with_core(emulator, moved, contact)
    stranger = "5511987650001"
    emulator.add_phone(stranger)
    arrived = emulator.write(Text("prazer"), sender=stranger, receiver=number)
    assert moved.core.content_of(arrived) == Text("prazer")
    assert moved.core.count("undecryptable") == 0
