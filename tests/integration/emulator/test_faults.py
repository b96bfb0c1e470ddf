"""What goes wrong on purpose, and how the genuine core meets it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import StartCore
from tests.emulator import faults
from tests.emulator.faults import Failure
from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked


def test_a_dropped_connection_comes_back(emulator: Emulator, linked: Linked) -> None:
    """After a lost connection the core logs in again by itself, as the same device."""
    assert emulator.drop(linked.number) == 1
    linked.core.wait("disconnected")
    linked.core.wait("connected", after=1)
    assert {login.jid for login in emulator.logins_of(linked.number)} == {linked.jid}


def test_unlinking_on_the_phone_logs_the_core_out(emulator: Emulator, linked: Linked) -> None:
    """Removing the device on the phone ends the session at once, and it does not come back."""
    assert emulator.unlink(linked.number) == 1
    linked.core.wait("logged_out")
    assert not emulator.devices_of(linked.number)
    emulator.wait_for(lambda s: not s.sessions_of(linked.number), what="the end of the session")


def test_logging_out_in_the_app_removes_the_device(emulator: Emulator, linked: Linked) -> None:
    """A client that logs out by itself disappears from the phone's list."""
    linked.core.command(logout={})
    linked.core.wait("logout_done")
    emulator.wait_for(lambda s: not s.devices_of(linked.number), what="an empty device list")


def test_a_temporary_ban_is_told_with_its_duration(
    emulator: Emulator, start_core: StartCore, linked: Linked
) -> None:
    """A banned account is refused, and the core names code and seconds."""
    linked.core.kill()
    emulator.faults(failure=faults.BANNED, only_numbers=[linked.number])
    event = start_core(linked.core.store).wait("temporary_ban")
    assert (event["code"], event["expire_s"]) == (
        1,
        int(faults.BANNED["expire"]),
    )  # 1: neonize's SEND_TO_TOO_MANY_PEOPLE
    assert len(emulator.logins_of(linked.number)) == 1


def test_an_outdated_client_is_told_so(emulator: Emulator, start_core: StartCore, linked: Linked) -> None:
    """A version WhatsApp no longer accepts gets its own event."""
    linked.core.kill()
    emulator.faults(failure=faults.OUTDATED, only_numbers=[linked.number])
    start_core(linked.core.store).wait("client_outdated")


@pytest.mark.parametrize(
    ("failure", "event"),
    [
        (faults.LOGGED_OUT, "logged_out"),
        (faults.MAIN_DEVICE_GONE, "logged_out"),
        (faults.UNAVAILABLE, "disconnected"),
        ({**faults.BANNED, "code": "999"}, "connect_error"),
    ],
    ids=["logged-out", "main-device-gone", "unavailable", "a-ban-neonize-has-no-name-for"],
)
def test_a_refused_login_reaches_python_in_one_way_each(
    emulator: Emulator, start_core: StartCore, linked: Linked, failure: Failure, event: str
) -> None:
    """What the product must expect; a code neonize does not know ends `connect()` instead of an event."""
    linked.core.kill()
    emulator.faults(failure=failure, only_numbers=[linked.number])
    core = start_core(linked.core.store)
    core.wait(event)
    assert core.count("connected") == 0


def test_a_fault_for_one_number_leaves_the_others_alone(
    emulator: Emulator, start_core: StartCore, fresh_number: Callable[[], str], linked: Linked
) -> None:
    """`only_numbers` bans one account; another one logs in meanwhile."""
    emulator.faults(failure=faults.BANNED, only_numbers=[fresh_number()])
    linked.core.kill()
    start_core(linked.core.store).wait("connected")


def test_a_refused_connection_fails_at_once(emulator: Emulator, start_core: StartCore) -> None:
    """With WhatsApp answering 503 a first connect ends with an error and shows no QR."""
    emulator.faults(refuse=True)
    core = start_core()
    core.wait("connect_error")
    assert core.count("qr") == 0


def test_no_network_fails_at_once(emulator: Emulator, start_core: StartCore) -> None:
    """Without a network a first connect ends with an error and shows no QR."""
    before = emulator.state().connects
    emulator.faults(network_down=True)
    core = start_core()
    core.wait("connect_error")
    assert core.count("qr") == 0
    assert emulator.state().connects == before


def test_an_ack_that_never_comes_is_still_a_message(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """With acks muted the message arrives while the sender still waits."""
    contact = fresh_number()
    emulator.add_phone(contact)
    emulator.faults(mute_acks=True, auto_deliver=False)
    linked.core.command(send={"to": contact, "text": "oi"})
    emulator.wait_for(lambda s: s.messages_to(contact), what="the message")
    assert linked.core.count("sent") == 0


def test_a_refused_message_is_an_error_at_the_sender(
    emulator: Emulator, linked: Linked, fresh_number: Callable[[], str]
) -> None:
    """An ack with error 463 (restricted account) reaches the sender; nobody gets the message."""
    contact = fresh_number()
    emulator.add_phone(contact)
    emulator.faults(ack_error="463")
    linked.core.command(send={"to": contact, "text": "oi"})
    assert "463" in linked.core.wait("error")["error"]
    assert not emulator.messages_to(contact)


def test_a_second_login_of_a_device_replaces_the_first(
    emulator: Emulator, start_core: StartCore, linked: Linked, tmp_path: Path
) -> None:
    """Two processes on copies of one session: the older is told `StreamReplaced`, the newer stays."""
    copy = tmp_path / "copy.db"
    with sqlite3.connect(linked.core.store) as original, sqlite3.connect(copy) as target:
        original.backup(target)
    start_core(copy).wait("connected")
    linked.core.wait("stream_replaced")
    emulator.wait_for(lambda s: len(s.sessions_of(linked.number)) == 1, what="the end of the older session")
    assert len(emulator.logins_of(linked.number)) == 2


def test_a_slow_login_is_still_a_login(emulator: Emulator, start_core: StartCore, linked: Linked) -> None:
    """`delay_success_s` holds the login back; the core waits for it."""
    linked.core.kill()
    emulator.faults(delay_success_s=0.5)
    again = start_core(linked.core.store)
    emulator.wait_for(lambda s: s.sessions, what="a connection")
    again.wait("connected")
    assert len(emulator.logins_of(linked.number)) == 2
