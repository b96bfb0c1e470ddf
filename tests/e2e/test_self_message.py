"""A test to one's own number, a connection that does not send, and an account that WhatsApp restricts."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.faults import BANNED
from tests.support.accessibility import violations
from tests.support.visitor import CONNECTED


def test_one_press_proves_that_it_works(connected: Connected) -> None:
    """The message reaches the own number once, however often it is pressed; the last result stays."""
    person = connected.visitor("/instance?id={id}")
    button = person.by_key("self-message").get_by_role("button")
    expect(person.by_key("stepper").locator("[aria-current]")).to_have_text("Mensagem de teste")
    button.dblclick()
    person.sees("Pronto, funciona")
    person.sees("Enviada ✓ Veja no celular, na conversa com você mesmo")
    person.sees(re.compile(r"o celular confirmou depois de \d,\d s"))
    (message,) = connected.emulator.messages_to(connected.number)
    assert "Olá!" in str(message)
    expect(person.by_key("next-step").get_by_role("link")).to_be_visible()
    person.page.reload()
    person.settled()
    expect(person.by_key("self-test")).to_contain_text("Último teste: hoje")
    expect(person.by_key("stepper")).to_have_count(0)
    person.press("self-message")
    person.sees("Pronto, funciona")
    assert len(connected.emulator.messages_to(connected.number)) == 2


def test_the_daily_test_is_switched_on_and_stays_so(connected: Connected) -> None:
    """Also for who comes back; by keyboard too."""
    person = connected.visitor("/instance?id={id}")
    person.press("self-message")
    person.sees("Pronto, funciona")
    switch = person.by_key("self-test-daily").locator("input")
    expect(switch).not_to_be_checked()
    switch.focus()
    person.page.keyboard.press("Space")
    expect(switch).to_be_checked()
    person.settled()
    person.page.reload()
    person.settled()
    expect(person.by_key("self-test-daily").locator("input")).to_be_checked()


def test_a_green_connection_that_cannot_send_is_told(own_connected: Connected) -> None:
    """On its page and in the list, with what to do; a message that gets through ends it."""
    own_connected.emulator.faults(ack_error="500", only_numbers=[own_connected.number])
    person = own_connected.visitor("/instance?id={id}", width=390, height=844)
    person.press("self-message")
    person.sees_state("Conectada, mas não envia")
    expect(person.by_key("status").get_by_role("alert")).to_contain_text("Aperte “Testar agora”")
    expect(person.by_key("self-test")).to_contain_text("Não enviada")
    assert not violations(person.page)
    person.open("/")
    row = person.by_key(f"row-{own_connected.instance_id}")
    expect(row).to_contain_text("As mensagens não saem.")
    assert not violations(person.page)
    own_connected.emulator.clear_faults()
    person.open(f"/instance?id={own_connected.instance_id}")
    person.press("self-message")
    person.sees("Pronto, funciona")
    expect(person.by_key("status")).not_to_contain_text("não envia")
    person.sees_state(CONNECTED)


def test_a_suspicion_pauses_new_contacts_until_the_owner_goes_on(own_connected: Connected) -> None:
    """Two new people refused and a known one reached: said as what it is, on the page and in the list."""
    emulator, number = own_connected.emulator, own_connected.number
    emulator.inbound(sender=own_connected.friend, receiver=number, text="Oi")
    emulator.faults(stranger_error="463", only_numbers=[number])
    people = [f"{own_connected.friend[:-2]}{tail}" for tail in (91, 92, 93)]
    for other in people:
        emulator.add_phone(other, "Nova")
    person = own_connected.visitor("/messages?id={id}", width=390, height=844)
    for other in people[:2]:
        person.send(to=f"+{other}", text="Olá!")
        person.sees("não deixou esta conta escrever")
        person.open(f"/messages?id={own_connected.instance_id}")
    person.send(to=f"+{own_connected.friend}", text="Tudo bem?")
    person.sees_sent("Tudo bem?")
    person.open("/instance?id=" + own_connected.instance_id)
    light = person.by_key("restriction")
    expect(light).to_contain_text("pode estar restringindo este número")
    expect(light).to_contain_text("Você ainda pode escrever para quem já conversa com você")
    assert not violations(person.page)
    person.open("/")
    expect(person.by_key(f"row-{own_connected.instance_id}")).to_contain_text("Possível restrição")
    assert not violations(person.page)
    person.open(f"/messages?id={own_connected.instance_id}")
    person.send(to=f"+{people[2]}", text="Olá!")
    person.sees("estão em pausa")
    assert not emulator.messages_to(people[2])
    emulator.clear_faults()
    person.open("/instance?id=" + own_connected.instance_id)
    person.press("restriction-go-on")
    person.press("restriction-keep")
    expect(person.by_key("restriction-ask")).to_have_count(0)
    person.press("restriction-go-on")
    person.press("restriction-go-on-yes")
    expect(person.by_key("restriction-go-on")).to_have_count(0)
    expect(person.by_key("restriction-ask")).to_have_count(0)
    person.open(f"/messages?id={own_connected.instance_id}")
    person.send(to=f"+{people[2]}", text="Olá!")
    person.sees_sent("Olá!")
    person.open("/instance?id=" + own_connected.instance_id)
    expect(person.by_key("restriction")).to_have_count(0)
    expect(person.by_key("timeline")).to_contain_text("Sem restrição")


def test_a_restriction_has_its_end_and_offers_to_wait(own_connected: Connected) -> None:
    """Waiting folds the alarm; trying now is asked back, and then starts it."""
    app, instance_id = own_connected.app, own_connected.instance_id
    own_connected.emulator.faults(failure=BANNED)
    person = own_connected.visitor("/instance?id={id}")
    person.press("restart")
    person.sees_state("Restrita pelo WhatsApp até")
    cause = "mensagens demais para pessoas que não têm este número"
    expect(person.by_key("restriction")).to_contain_text(cause)
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
    expect(person.by_key("restriction")).to_contain_text("contatos novos estão em pausa")
