"""Writing on the messages page, at a desk and on a phone: answers, numbers as typed by people, results."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected

WINDOWS = pytest.mark.parametrize("window", [{}, {"width": 390, "height": 844}], ids=["desk", "phone"])


@WINDOWS
def test_an_answer_brings_the_form_and_the_cursor(connected: Connected, window: dict[str, int]) -> None:
    """However far down the message is: what is typed next goes into the answer; once for each press."""
    emulator, owner, friend = connected.emulator, connected.number, connected.friend
    for count in range(8):
        emulator.inbound(sender=friend, receiver=owner, text=f"pergunta {count}")
    person = connected.visitor("/messages?id={id}", **window)
    field = person.by_key("send-text").locator("textarea")
    for count in (0, 4):
        arrived = person.by_key("inbox").locator('[class*="st-key-arrived-"]')
        card = arrived.filter(has_text=f"pergunta {count}")
        card.get_by_role("button", name="Responder").click()
        expect(person.by_key("send-answering")).to_contain_text(f"pergunta {count}")
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()
    person.page.keyboard.type("Sim")
    expect(field).to_have_value("Sim")
    person.by_key("send-to").locator("input").focus()
    emulator.inbound(sender=friend, receiver=owner, text="mais uma")
    expect(person.by_key("inbox")).to_contain_text("mais uma")
    expect(person.by_key("send-to").locator("input")).to_be_focused()


@WINDOWS
@pytest.mark.parametrize("shape", ["{area} {first}-{last}", "({area}) {first}{last}", "wa.me/{whole}"])
def test_a_number_is_offered_whole(connected: Connected, window: dict[str, int], shape: str) -> None:
    """As it is typed; one press takes it, and only then the message has somewhere to go."""
    friend = connected.friend
    typed = shape.format(area=friend[2:4], first=friend[4:9], last=friend[9:], whole=friend)
    person = connected.visitor("/messages?id={id}", **window)
    person.by_key("send-to").locator("input").fill(typed)
    offer = person.by_key("send-to-offer").get_by_role("button")
    expect(offer).to_have_text(re.compile(rf"Enviar para \+55 {friend[2:4]} .*\?"))
    offer.click()
    expect(person.by_key("send-checked-yes")).to_contain_text("verified")
    whole = rf"\D*{friend[:2]}\D*{friend[2:4]}\D*{friend[4:9]}\D*{friend[9:]}"
    expect(person.by_key("send-to").locator("input")).to_have_value(re.compile(whole))
    expect(offer).to_have_count(0)


@WINDOWS
def test_the_result_is_gone_with_the_next_words(connected: Connected, window: dict[str, int]) -> None:
    """With the first letter, and for good; the person's name stands on the card."""
    friend = connected.friend
    connected.emulator.inbound(sender=friend, receiver=connected.number, text="Oi")
    person = connected.visitor("/messages?id={id}", **window)
    expect(person.by_key("inbox")).to_contain_text("Amiga")
    person.send(to=f"+{friend}", text="Olá")
    done = person.by_key("send-done")
    expect(done).to_contain_text("Enviada ✓")
    expect(person.by_key("sent-list").locator(".wa-card").first).to_contain_text("Amiga")
    field = person.by_key("send-text").locator("textarea")
    field.press("E")
    expect(done).to_be_hidden()
    field.fill("Mais")
    field.blur()
    expect(done).to_have_count(0)
