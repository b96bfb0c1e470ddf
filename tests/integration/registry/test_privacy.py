"""What the log holds after a whole day's work in a minute."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from core.store.layout import is_id
from tests.emulator.handle import Emulator
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import looks_inside

TEXT = "segredo de uma pessoa"


def test_the_log_tells_what_happened_and_no_secret(
    emulator: Emulator, house: RegistryHarness, start_registry: StartRegistry
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


@pytest.mark.skipif(sys.platform != "linux", reason="writes through /proc")
@looks_inside
def test_what_a_worker_writes_reaches_the_page_of_diagnostics_redacted(
    emulator: Emulator, house: RegistryHarness, start_registry: StartRegistry
) -> None:
    """Past our logging too, as the Go core does: on the genuine worker's own stderr, whole line by line."""
    number = house.fresh_number()
    qr = "2@Zx9-_kLmNoPqRsTuVwXyZ01234567,AbCd/ef+gh==,IjKlMnOp+/qrst==,UvWx/yz0+12==,1"
    with start_registry() as process:
        created = process.ask("create", name="Loja")["id"]
        worker = process.wait(created, "pairing")["worker_pid"]
        with Path(f"/proc/{worker}/fd/2").open("wb", buffering=0) as stderr:
            stderr.write(f"panic: first of {number}@s.whatsapp.net\nthen {qr} and the end\n".encode())

        def kept() -> list[str]:
            lines = process.ask("log", level="WARNING")
            return [line["text"] for line in lines if line["source"] == "worker"]

        found = eventually(lambda: kept()[-2:] if len(kept()) >= 2 else None, timeout=10, seen=kept)
        assert found[0] == f"panic: first of …{number[-4:]}@s.whatsapp.net"
        assert found[1].startswith("then [qr]")
        assert found[1].endswith(" and the end")
        everything = json.dumps(process.ask("log", level="DEBUG"), ensure_ascii=False)
    assert f"Created new auth directory for instance {created}" in everything
    for secret in (number, *qr.split(",")[:-1]):
        assert secret not in everything
        assert secret not in process.log_text()
