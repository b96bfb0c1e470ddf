"""Places as maps copy them, and links as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.content import Text
from tests.support.accessibility import violations
from tests.support.polling import eventually
from tests.support.thread_page import ThreadPage, open_thread
from tests.support.visitor import Visitor

PHONE: dict[str, Any] = {"width": 390, "height": 844, "phone": True}
WINDOWS = pytest.mark.parametrize("window", [{}, PHONE], ids=["desk", "phone"])


def talk(connected: Connected, text: str, **window: Any) -> tuple[Visitor, ThreadPage]:
    """A conversation with a friend who has written that."""
    connected.emulator.write(Text(text), sender=connected.friend, receiver=connected.number)
    person = connected.visitor("/messages?id={id}", **window)
    return person, open_thread(person, "Amiga")


@WINDOWS
def test_a_place_is_shown_before_it_goes_out(connected: Connected, window: dict[str, Any]) -> None:
    """In words, with a link to a map; what can be read in two ways goes nowhere."""
    person, thread = talk(connected, "Onde?", **window)
    person.press("attach")
    person.press("attach-location")
    box = person.by_key("send-coordinates").locator("input")
    form = person.by_key("attach-form")
    box.fill("-23,56")
    expect(form).to_contain_text("duas formas")
    box.fill("https://maps.app.goo.gl/AbC")
    expect(form).to_contain_text("não é aberto daqui")
    box.fill("\u221223,561414; \u221246,655881")
    expect(form).to_contain_text("23,56141° sul, 46,65588° oeste")
    expect(form.get_by_role("link", name="Ver no mapa")).to_be_visible()
    assert violations(person.page) == []
    person.by_key("send").get_by_role("button").click()
    place = thread.bubble("-23.56141")
    expect(place).to_be_visible()
    (sent,) = eventually(
        lambda: connected.emulator.messages_to(connected.friend),
        timeout=10,
        seen=lambda: connected.emulator.messages_to(connected.friend),
    )
    assert sent.kind == "location"


def test_links_in_bubbles_are_whole(connected: Connected) -> None:
    """With their brackets, without the sentence around them, also when they name no scheme."""
    _, thread = talk(connected, "Veja (https://a.test.com/x_(y)_z), www.globo.com e *uol.com.br*.")
    links = thread.bubble("Veja").get_by_role("link")
    expect(links).to_have_text(["https://a.test.com/x_(y)_z", "www.globo.com", "uol.com.br"])
    for link, address in zip(
        links.all(),
        ["https://a.test.com/x_(y)_z", "https://www.globo.com", "https://uol.com.br"],
        strict=True,
    ):
        expect(link).to_have_attribute("href", address)


def test_a_preview_is_offered_for_what_whatsapp_takes_for_a_link(connected: Connected) -> None:
    """``www.…`` and bare names of hosts too; not for a sum."""
    person, _ = talk(connected, "Oi")
    box = person.by_key("composer").locator("textarea").first
    offer = person.by_key("send-link").first
    for text, offered in (
        ("R$ 1.000,00", False),
        ("veja www.globo.com", True),
        ("oi", False),
        ("uol.com.br/x", True),
    ):
        box.fill(text)
        expect(offer).to_be_visible() if offered else expect(offer).to_have_count(0)


@pytest.mark.parametrize("nothing", ["\u200b", "\u3164", "\u2800", "\ufe0f\u200d", "\u202e\u202c"])
def test_words_that_show_nothing_are_not_sent(connected: Connected, nothing: str) -> None:
    """As an empty box; refused words come back into it."""
    person, thread = talk(connected, "Oi")
    box, button = (
        person.by_key("composer").locator("textarea").first,
        person.by_key("send").get_by_role("button"),
    )
    box.fill(nothing)
    if button.is_enabled():
        button.click()
        expect(person.by_key("composer")).to_contain_text("Escreva a mensagem.")
        expect(box).to_have_value(nothing)
    box.fill("depois")
    button.click()
    expect(thread.bubble("depois")).to_be_visible()
    sent = eventually(
        lambda: connected.emulator.messages_to(connected.friend),
        timeout=10,
        seen=lambda: connected.emulator.messages_to(connected.friend),
    )
    assert [message.text for message in sent] == ["depois"]
