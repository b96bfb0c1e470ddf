"""Linking a device, with the genuine core."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import StartCore
from tests.emulator.handle import Emulator, EmulatorError
from tests.integration.emulator.conftest import Linked


def test_scanning_the_qr_links_the_device(emulator: Emulator, linked: Linked) -> None:
    """A scanned QR gives one linked device with pre-keys and a connected core."""
    state = emulator.state()
    assert [device.jid for device in state.devices_of(linked.number)] == [linked.jid]
    assert [login.jid for login in state.logins_of(linked.number)] == [linked.jid]
    assert linked.core.wait("login_status")["status"] == "success"


def test_a_qr_nobody_shows_links_nothing(emulator: Emulator, fresh_number: Callable[[], str]) -> None:
    """Scanning a made-up or outdated QR is refused in words and links no device."""
    number = fresh_number()
    with pytest.raises(EmulatorError, match="no client is offering that QR"):
        emulator.scan(number=number, qr="2@gone,AAAA,BBBB,CCCC,1")
    assert not emulator.devices_of(number)


def test_typing_the_code_links_the_device(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]
) -> None:
    """The eight characters the core gives, typed on the phone, link it without a scan."""
    number, core = fresh_number(), start_core()
    core.wait("qr")
    core.command(pair={"number": number})
    jid = emulator.enter_code(number=number, code=core.wait("pair_code")["code"])
    core.wait("connected")
    assert [device.jid for device in emulator.devices_of(number)] == [jid]


def test_a_wrong_code_links_nothing(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]
) -> None:
    """Another code than the one the core showed is refused, and no device appears."""
    number, core = fresh_number(), start_core()
    core.wait("qr")
    core.command(pair={"number": number})
    core.wait("pair_code")
    with pytest.raises(EmulatorError, match=r"wrong pairing code|left before pairing"):
        emulator.enter_code(number=number, code="AAAA-AAAA")
    assert not emulator.devices_of(number)


def test_a_stored_session_logs_in_without_a_qr(
    emulator: Emulator, start_core: StartCore, linked: Linked
) -> None:
    """A core that was killed comes back from its store alone."""
    linked.core.kill()
    again = start_core(linked.core.store)
    again.wait("connected")
    assert again.count("qr") == 0
    assert len(emulator.logins_of(linked.number)) == 2


def test_a_phone_that_never_linked_the_device_refuses_it(
    emulator: Emulator, start_core: StartCore, linked: Linked
) -> None:
    """A session whose device was removed while it was away is told so, and not let in."""
    linked.core.kill()
    emulator.unlink(linked.number)
    again = start_core(linked.core.store)
    again.wait("logged_out")
    assert len(emulator.logins_of(linked.number)) == 1


def test_a_passkey_is_asked_for_instead_of_linking(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str]
) -> None:
    """The core names it and links nothing, after a scan and after a code."""
    emulator.faults(passkey=True)
    for by_code in (False, True):
        number, core = fresh_number(), start_core()
        qr = core.wait("qr")["code"]
        if by_code:
            core.command(pair={"number": number})
            assert emulator.enter_code(number=number, code=core.wait("pair_code")["code"]) == ""
        else:
            assert emulator.scan(number=number, qr=qr) == ""
        core.wait("login_status", where=lambda event: event["status"] == "passkey-request")
        assert not emulator.devices_of(number)
        assert core.count("connected") == 0
