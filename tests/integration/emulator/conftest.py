"""A core that is linked already, for tests that begin after pairing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.conftest import StartCore
from tests.emulator.handle import Emulator
from tests.support.neonize_core import CoreProcess


@dataclass(frozen=True, slots=True)
class Linked:
    """A connected core and the number it is linked to."""

    core: CoreProcess
    number: str
    jid: str


@pytest.fixture
def contact(emulator: Emulator, fresh_number: Callable[[], str]) -> str:
    """The number of somebody to write to."""
    number = fresh_number()
    emulator.add_phone(number, "Ana")
    return number


@pytest.fixture
def linked(emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]) -> Linked:
    """A core linked by QR and connected, whose pre-keys have arrived."""
    number, core = fresh_number(), start_core()
    jid = emulator.scan(number=number, qr=core.wait("qr")["code"])
    core.wait("connected")
    emulator.wait_for(lambda s: any(device.prekeys for device in s.devices_of(number)), what="pre-keys")
    return Linked(core, number, jid)
