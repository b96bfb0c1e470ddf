"""The whole job of the product, as a person does it, with the genuine core behind the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.visitor import CONNECTED

Number = Callable[[], str]


def test_create_scan_send_and_restart_without_a_new_qr(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """One scan is enough: after a stop and after a kill the instance connects with nobody looking."""
    owner, friend = fresh_number(), fresh_number()
    emulator.add_phone(owner, "Dona")
    emulator.add_phone(friend, "Amigo")
    app = app_process()
    app.wait_healthy()
    with visit(app) as person:
        person.open()
        person.create("Loja Centro")
        person.sees_state("Esperando o QR code")
        instance_id = person.instance_id()
        emulator.scan(number=owner, qr=person.read_qr())
        person.sees_state(CONNECTED)
        expect(person.by_key("status")).to_contain_text(f"+55 {owner[2:4]}")
        expect(person.by_key("qr")).to_have_count(0)
        person.open(f"/messages?id={instance_id}")
        person.send(to=f"+{friend}", text="Olá, mundo! ✓")
        expect(person.by_key("send-result")).to_contain_text("Enviada ✓")
    assert [message.text for message in emulator.messages_to(friend)] == ["Olá, mundo! ✓"]
    assert [device.platform for device in emulator.devices_of(owner)] == ["Loja Centro"]

    app.terminate()
    for _ in range(2):
        again = app_process(auth_dir=app.auth_dir)
        again.wait_healthy()
        back = again.wait_instance(instance_id, state="connected")
        assert back["phone"] == owner
        assert not [session for session in emulator.state().sessions if session.refs]
        again.kill()
        again.stop()
    assert len(emulator.devices_of(owner)) == 1
    assert "pairing" not in re.findall(r"-> (\w+)", again.log_text())
