"""Linking a device, with the genuine core."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import StartCore
from tests.emulator.handle import Emulator, EmulatorError


def test_scanning_the_qr_links_the_device(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]
) -> None:
    """A scanned QR gives a linked device with pre-keys and a connected core."""
    number = fresh_number()
    core = start_core()
    jid = emulator.scan(number=number, qr=core.wait("qr")["code"])
    core.wait("connected")
    state = emulator.wait_for(lambda s: any(d.prekeys for d in s.devices_of(number)), what="pre-keys")
    assert [device.jid for device in state.devices_of(number)] == [jid]
    assert core.wait("login_status")["status"] == "success"
