"""What the log holds after a whole day's work in a minute."""

from __future__ import annotations

from core.store.layout import is_id
from tests.emulator.handle import Emulator
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import House

TEXT = "segredo de uma pessoa"


def test_the_log_tells_what_happened_and_no_secret(
    emulator: Emulator, house: House, start_registry: StartRegistry
) -> None:
    """Create, QR, scan, send, fail, unlink at the most talkative level: no QR, no number, no text, no key."""
    number, contact, stranger = house.fresh_number(), house.contact(), house.fresh_number()
    emulator.faults(unknown_numbers=[stranger])
    with start_registry(log_level="DEBUG") as process:
        created = process.ask("create", name=f"Loja {number}")["id"]
        qr = process.wait(created, "pairing")["qr"]["code"]
        emulator.scan(number=number, qr=qr)
        process.wait(created, "connected")
        process.ask("send", instance_id=created, to=contact, text=TEXT)
        process.ask("send", instance_id=created, to=stranger, text=TEXT)
        emulator.faults(ack_error="463")
        process.ask("send", instance_id=created, to=contact, text=TEXT)
        emulator.unlink(number)
        process.wait(created, "logged_out")
    log = process.log_text()
    assert f"Created new auth directory for instance {created} at {house.auth_dir}/{created}" in log
    assert f"pairing -> connected  instance={created}" in log
    assert "wa-error-463" in log
    assert is_id(created)
    for secret in (number, contact, stranger, TEXT, *qr.split(",")[:-1]):
        assert secret not in log
    assert "2@" not in log
    assert "Press Ctrl+C" not in log
    assert "Traceback" not in log
