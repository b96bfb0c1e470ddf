"""A session moves out of a PostgreSQL database that the genuine core filled: no QR, and both sides go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.moving.reader.client import MoveReader
from tests.conftest import StartCore
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.support.neonize_core import CoreProcess
from tests.support.postgres import Postgres, missing, running_postgres
from tests.support.whatsmeow_stores import shop_store


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A real one on loopback."""
    if reason := missing():
        pytest.skip(reason)
    with running_postgres() as running:
        yield running


def _converse(emulator: Emulator, core: CoreProcess, number: str, contact: str) -> None:
    for turn in range(3):
        sent = core.write(Text(f"daqui {turn}"), to=contact)
        (seen,) = [message for message in emulator.messages_to(contact) if message.message_id == sent]
        assert (seen.text, seen.error, seen.copies) == (f"daqui {turn}", "", 1)
        arrived = emulator.write(Text(f"dali {turn}"), sender=contact, receiver=number)
        assert core.content_of(arrived) == Text(f"dali {turn}")


def test_a_device_of_a_database_goes_on_here(
    server: Postgres,
    emulator: Emulator,
    patched_core: Path,
    start_core: StartCore,
    fresh_number: Callable[[], str],
    tmp_path: Path,
) -> None:
    """The core itself kept its session there, beside another device; the chosen one logs in here."""
    number, contact = fresh_number(), fresh_number()
    emulator.add_phone(contact, "Ana")
    environment = {
        **emulator.environment(patched_core),
        "STORE_ADDRESS": f"{server.address}?sslmode=disable",
    }
    with CoreProcess(tmp_path / "unused.db", environment=environment) as elsewhere:
        emulator.scan(number=number, qr=elsewhere.wait("qr")["code"])
        elsewhere.wait("connected")
        _converse(emulator, elsewhere, number, contact)
    server.load(shop_store(tmp_path / "other.db"))
    scratch, target, reader = tmp_path / "scratch", tmp_path / "target", MoveReader()
    scratch.mkdir()
    target.mkdir()
    devices = reader.inspect_database(server.address, scratch=scratch).devices
    (device,) = [each for each in devices if each.number == number]
    assert len(devices) == 2
    reader.prepare_database(server.address, scratch=scratch, device=device, target=target)
    core = start_core(target / "session.db")
    core.wait("connected")
    assert core.count("qr") == 0
    _converse(emulator, core, number, contact)
