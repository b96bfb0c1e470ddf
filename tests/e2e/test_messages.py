"""A text followed on the page until it is read, and one that comes in, with nobody pressing anything."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit

AT_ONCE_MS = 2_000
"""Far above what a push takes, far below the 10 s at which the list would be redrawn anyway."""


def test_a_text_goes_to_read_and_an_answer_comes_in(
    own_connected: Connected, app_process: StartApp, visit: Visit
) -> None:
    """✓, ✓✓, blue, by itself; the answer with its sender's number; all of it again after a kill."""
    app, emulator, friend = own_connected.app, own_connected.emulator, own_connected.friend
    emulator.faults(auto_deliver=False)
    with own_connected.visitor("/messages?id={id}") as person:
        person.send(to=f"+{friend}", text="Olá, mundo!")
        bubble = person.by_key("thread").locator("[data-key]").filter(has_text="Olá, mundo!")
        expect(bubble).to_have_attribute("data-state", "sent")
        (message,) = emulator.messages_to(friend)
        emulator.receipt(message.message_id, kind="delivered")
        expect(bubble).to_have_attribute("data-state", "delivered", timeout=AT_ONCE_MS)
        emulator.read(message.message_id)
        expect(bubble).to_have_attribute("data-state", "read", timeout=AT_ONCE_MS)
        emulator.inbound(sender=friend, receiver=own_connected.number, text="Oi!\nTudo bem?")
        expect(person.by_key("thread")).to_contain_text("Tudo bem?", timeout=AT_ONCE_MS)
        person.open(f"/messages?id={own_connected.instance_id}&view=log")
        card = person.by_key("sent-list").locator(".wa-card")
        expect(card.locator(".wa-badge")).to_have_text("Lida ✓✓")
        expect(card.locator(".wa-badge")).to_have_class(re.compile("wa-blue"))
        expect(card).to_contain_text(re.compile(r"Na fila \d\d:\d\d.*Lida ✓✓ \d\d:\d\d"))
    app.kill()
    app.stop()
    again = app_process(auth_dir=app.auth_dir)
    again.wait_healthy()
    again.wait_instance(own_connected.instance_id, state="connected")
    with visit(again) as person:
        person.open(f"/messages?id={own_connected.instance_id}")
        person.by_key("thread-list").locator("a").filter(has_text="Tudo bem?").click()
        bubble = person.by_key("thread").locator("[data-key]").filter(has_text="Olá, mundo!")
        expect(bubble).to_have_attribute("data-state", "read")
        expect(person.by_key("thread")).to_contain_text("Tudo bem?")
    assert len(emulator.messages_to(friend)) == 1
    assert "Tudo bem" not in again.log_text() + app.log_text()
