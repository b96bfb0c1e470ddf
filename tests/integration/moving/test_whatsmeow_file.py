"""A session moves from a bare neonize script to the core here: no QR, and both sides go on as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.moving.reader.client import MoveReader
from tests.conftest import StartCore
from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.emulator.state import MessageView
from tests.support.neonize_core import CoreProcess
from tests.support.whatsmeow_stores import many_devices_of, older_store


def _read_by_phone(emulator: Emulator, message_id: str) -> MessageView:
    state = emulator.wait_for(lambda s: any(m.message_id == message_id for m in s.messages), what="a message")
    return next(message for message in state.messages if message.message_id == message_id)


def _converse(emulator: Emulator, core: CoreProcess, number: str, contact: str, turns: int = 3) -> None:
    """Both write, in turns, so that the ratchet moves; every message is read at the first try."""
    for turn in range(turns):
        sent = core.write(Text(f"daqui {turn}"), to=contact)
        seen = _read_by_phone(emulator, sent)
        assert (seen.text, seen.error, seen.copies) == (f"daqui {turn}", "", 1)
        arrived = emulator.write(Text(f"dali {turn}"), sender=contact, receiver=number)
        assert core.content_of(arrived) == Text(f"dali {turn}")


def _moved(source: Path, folder: Path, *, index: int = 0) -> Path:
    scratch, target = folder / "scratch", folder / "target"
    scratch.mkdir(parents=True)
    target.mkdir()
    reader = MoveReader()
    device = reader.inspect(source, scratch=scratch).devices[index]
    reader.prepare(source, scratch=scratch, device=device, target=target)
    return target / "session.db"


@pytest.fixture
def script(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str], tmp_path: Path
) -> Callable[[], tuple[str, Path, str]]:
    """A neonize script that linked a number and talked with a contact, then was stopped."""

    def run() -> tuple[str, Path, str]:
        number, contact = fresh_number(), fresh_number()
        emulator.add_phone(contact, "Ana")
        core = start_core(tmp_path / f"{number}.db")
        emulator.scan(number=number, qr=core.wait("qr")["code"])
        core.wait("connected")
        _converse(emulator, core, number, contact)
        core.stop()
        return number, core.store, contact

    return run


def test_a_script_goes_on_here(
    emulator: Emulator,
    start_core: StartCore,
    script: Callable[[], tuple[str, Path, str]],
    tmp_path: Path,
) -> None:
    """It logs in without a QR, what waited for it arrives, and the conversation goes on both ways."""
    number, store, contact = script()
    waiting = emulator.write(Text("enquanto parado"), sender=contact, receiver=number)
    core = start_core(_moved(store, tmp_path / "moved"))
    core.wait("connected")
    assert core.content_of(waiting) == Text("enquanto parado")
    _converse(emulator, core, number, contact)
    assert core.count("qr") == 0


def test_one_of_two_devices_goes_on_alone(
    emulator: Emulator,
    start_core: StartCore,
    script: Callable[[], tuple[str, Path, str]],
    tmp_path: Path,
) -> None:
    """Out of a file of several, as GoWA keeps them, the chosen one logs in and talks."""
    (first, first_store, _), (second, second_store, contact) = script(), script()
    both = many_devices_of(tmp_path / "both.db", [first_store, second_store])
    index = sorted((first, second)).index(second)
    core = start_core(_moved(both, tmp_path / "moved", index=index))
    core.wait("connected")
    _converse(emulator, core, second, contact)


@pytest.mark.parametrize("version", [4, 8])
def test_an_older_store_goes_on_here(
    emulator: Emulator,
    start_core: StartCore,
    script: Callable[[], tuple[str, Path, str]],
    tmp_path: Path,
    version: int,
) -> None:
    """In the schema of 2022 or of April 2025, with what that version knew."""
    number, store, contact = script()
    old = older_store(tmp_path / "old.db", version, source=store, number=number)
    core = start_core(_moved(old, tmp_path / "moved"))
    core.wait("connected")
    _converse(emulator, core, number, contact)
    assert core.count("qr") == 0
