"""A test to one's own number, and an account that WhatsApp restricted."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.faults import BANNED
from tests.support.visitor import CONNECTED


def test_one_press_proves_that_it_works(connected: Connected) -> None:
    """The message reaches the own number once, however often it is pressed; after that the menu has it."""
    person = connected.visitor("/instance?id={id}")
    button = person.by_key("self-message").get_by_role("button")
    expect(person.by_key("stepper").locator("[aria-current]")).to_have_text("Mensagem de teste")
    button.dblclick()
    person.sees("Pronto, funciona")
    person.sees("Enviada ✓ Veja no celular, na conversa com você mesmo")
    (message,) = connected.emulator.messages_to(connected.number)
    assert "Olá!" in str(message)
    expect(person.by_key("next-step").get_by_role("link")).to_be_visible()
    person.page.reload()
    person.settled()
    expect(person.by_key("self-test")).to_have_count(0)
    expect(person.by_key("stepper")).to_have_count(0)
    person.press_more("self-message")
    person.sees("Pronto, funciona")
    assert len(connected.emulator.messages_to(connected.number)) == 2


def test_a_restriction_has_its_end_and_offers_to_wait(own_connected: Connected) -> None:
    """Waiting folds the alarm; trying now is asked back, and then starts it."""
    app, instance_id = own_connected.app, own_connected.instance_id
    own_connected.emulator.faults(failure=BANNED)
    person = own_connected.visitor("/instance?id={id}")
    person.press("restart")
    person.sees_state("Restrita pelo WhatsApp até")
    expect(person.by_key("status").get_by_role("alert")).to_be_visible()
    person.press("wait")
    expect(person.by_key("status").get_by_role("alert")).to_have_count(0)
    expect(person.by_key("wait")).to_have_count(0)
    person.sees_state("Restrita pelo WhatsApp até")
    person.press("start")
    person.press("start-not")
    expect(person.by_key("start-not")).to_have_count(0)
    assert app.instance(instance_id)["state"] == "failed"
    own_connected.emulator.clear_faults()
    person.press("start")
    person.press("start-anyway")
    person.sees_state(CONNECTED)
