"""The whole job of the product, as a person does it, with the genuine core behind the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.visitor import CONNECTED, Visitor

Number = Callable[[], str]
_COUNT: Final = """
const count = event => {
  if (event.isTrusted) sessionStorage.presses = Number(sessionStorage.presses ?? 0) + 1
}
addEventListener('click', count, true)
addEventListener('keydown', event => event.key === 'Enter' && count(event), true)
"""
_PRESSES: Final = "Number(sessionStorage.presses)"


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
        person.sees_sent("Olá, mundo! ✓")
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


@pytest.mark.alone
def test_five_presses_and_eight_seconds_from_opening_to_a_message_sent_to_a_friend(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """A new person with nothing: what the machine takes; they scan, and fill in what is asked, at once.

    One of them says to whom: a conversation is begun before anything is written.
    """
    owner, friend = fresh_number(), fresh_number()
    emulator.add_phone(owner, "Dona")
    emulator.add_phone(friend, "Amigo")
    person, begin = opened(app_process, visit)
    person.create("Loja Centro")
    emulator.scan(number=owner, qr=person.read_qr())
    person.sees_state(CONNECTED)
    person.by_key("later-step").get_by_role("link").click()
    person.type_into("send-to", f"+{friend}")
    person.by_key("send-to").locator("input").press("Enter")
    box = person.by_key("composer").locator("textarea").first
    box.fill("Olá, mundo!")
    box.press("Enter")
    person.sees_sent("Olá, mundo!")
    took = time.monotonic() - begin
    assert person.page.evaluate(_PRESSES) == 5
    assert took < 8
    assert [message.text for message in emulator.messages_to(friend)] == ["Olá, mundo!"]


@pytest.mark.alone
def test_four_presses_and_eight_seconds_on_a_phone_from_opening_to_a_message_sent_to_oneself(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """By code, since a phone cannot scan its own screen; the last press shows that it works."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    person, begin = opened(app_process, visit, width=390, height=844, phone=True)
    person.create("Loja Centro")
    person.type_into("pairing-number", f"+{owner}")
    person.press("pairing-request")
    emulator.enter_code(number=owner, code=person.read_pairing_code())
    person.press("self-message")
    expect(person.by_key("self-test")).to_contain_text("Enviada ✓")
    took = time.monotonic() - begin
    assert person.page.evaluate(_PRESSES) == 4
    assert took < 8
    assert len(emulator.messages_to(owner)) == 1


def opened(app_process: StartApp, visit: Visit, **window: Any) -> tuple[Visitor, float]:
    """An empty app's first page, which counts the presses from now on, and when it was asked for."""
    app = app_process()
    app.wait_healthy()
    person = visit(app, **window)
    person.page.add_init_script(_COUNT)
    begin = time.monotonic()
    return person.open(), begin
