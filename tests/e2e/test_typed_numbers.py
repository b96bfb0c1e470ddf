"""Numbers as people paste and type them, and accounts that WhatsApp knows under an older spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from core.services.phone_numbers import show_number
from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.emulator.content import Text
from tests.support.polling import eventually
from tests.support.thread_page import open_thread
from tests.support.visitor import Visitor

Number = Callable[[], str]
PHONE: dict[str, Any] = {"width": 390, "height": 844, "phone": True}


def dialog(connected: Connected, **window: Any) -> Visitor:
    """The page with the dialog for a new conversation open."""
    person = connected.visitor("/messages?id={id}", **window)
    person.press("new-conversation")
    person.by_key("send-to").locator("input").wait_for()
    return person


def write(person: Visitor, text: str) -> None:
    """Write into the box and press send."""
    person.by_key("composer").locator("textarea").first.fill(text)
    person.by_key("send").get_by_role("button").click()


def is_open_with(person: Visitor, shown: str) -> None:
    """Wait until the conversation with that number is the one that is open."""
    expect(person.by_key("talk")).to_contain_text(shown)


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desk", "phone"])
def test_a_pasted_number_is_taken_without_its_marks(connected: Connected, window: dict[str, Any]) -> None:
    """As contact apps copy it, and as links carry it: known while it stands in the field."""
    shown = show_number(connected.friend)
    person = dialog(connected, **window)
    for pasted in (
        f"\u202a{shown}\u202c",
        f"\u2066{shown.replace('-', chr(0x2011)).replace(' ', chr(0xA0))}\u2069",
        f"https://wa.me/{connected.friend}?text=Oi",
        f"tel:+{connected.friend}",
    ):
        person.by_key("send-to").locator("input").fill(pasted)
        expect(person.by_key("send-checked-yes")).to_contain_text(shown)
        expect(person.page.locator("[class*='st-key-send-to-offer']")).to_have_count(0)
    person.press("start-conversation")
    is_open_with(person, shown)


def test_a_local_number_is_offered_whole_while_it_is_typed(connected: Connected) -> None:
    """One press takes it; before that nothing is looked up."""
    shown = show_number(connected.friend)
    local = shown.removeprefix("+55 ")
    person = dialog(connected)
    person.by_key("send-to").locator("input").press_sequentially(local)
    offer = person.by_key("send-to-offer")
    expect(offer).to_contain_text(shown)
    expect(person.by_key("send-checked-yes")).to_have_count(0)
    person.press("send-to-offer")
    expect(person.by_key("send-to").locator("input")).to_have_value(shown)
    expect(person.by_key("send-checked-yes")).to_contain_text(shown)
    expect(offer).to_have_count(0)


@pytest.mark.parametrize(
    ("known", "typed", "shown"),
    [
        ("555198{}", "5551998{}", "+55 51 98"),
        ("52155{}34", "5255{}34", "+52 1 55"),
        ("54911{}34", "5411{}34", "+54 9 11"),
    ],
    ids=["Brazil", "Mexico", "Argentina"],
)
def test_an_old_account_is_found_by_both_spellings(
    connected: Connected, fresh_number: Number, known: str, typed: str, shown: str
) -> None:
    """And named by the one that WhatsApp knows; who wrote from it stands in the list in the same form."""
    end = fresh_number()[-6:]
    known, typed = known.format(end), typed.format(end)
    connected.emulator.add_phone(known, "Conta Antiga")
    person = dialog(connected)
    for spelling in (typed, known):
        person.by_key("send-to").locator("input").fill(f"+{spelling}")
        expect(person.by_key("send-checked-yes")).to_contain_text(show_number(known))
        assert show_number(known).startswith(shown)
    person.press("start-conversation")
    is_open_with(person, show_number(known))
    connected.emulator.write(Text("sou eu"), sender=known, receiver=connected.number)
    expect(person.by_key("thread-list").locator("a")).to_have_count(1)


@pytest.mark.parametrize("known", ["555198{}", "52155{}34", "54911{}34", "5411{}35", "229971{}"])
def test_an_old_account_is_answered_where_it_wrote_from(
    connected: Connected, fresh_number: Number, known: str
) -> None:
    """What WhatsApp names as an address is usable as it is: words, an answer and a reaction reach it."""
    old = known.format(fresh_number()[-6:])
    emulator, owner = connected.emulator, connected.number
    emulator.add_phone(old, "Conta Antiga")
    asked = emulator.write(Text("Você vem?"), sender=old, receiver=owner)
    person = connected.visitor("/messages?id={id}")
    thread = open_thread(person, "Conta Antiga")
    expect(person.by_key("talk")).to_contain_text(show_number(old))
    write(person, "Vou")
    expect(thread.bubble("Vou")).to_have_attribute("data-state", re.compile("sent|delivered"))
    thread.choose(thread.bubble("Você vem?"), "Responder")
    person.by_key("reply-strip").wait_for()
    write(person, "Sim")
    expect(thread.bubble("Sim")).to_have_attribute("data-state", re.compile("sent|delivered"))
    answers = eventually(
        lambda: emulator.messages_to(old) if len(emulator.messages_to(old)) > 1 else (),
        timeout=10,
        seen=lambda: emulator.messages_to(old),
    )
    assert [(each.text, each.quoted_id) for each in answers] == [("Vou", ""), ("Sim", asked)]


def test_who_joins_meanwhile_is_found_by_the_next_press(connected: Connected, fresh_number: Number) -> None:
    """A no is never older than the press that needs an answer."""
    late = fresh_number()
    person = dialog(connected)
    person.by_key("send-to").locator("input").fill(f"+{late}")
    expect(person.by_key("send-checked-no")).to_be_visible()
    connected.emulator.add_phone(late, "Nova")
    person.press("start-conversation")
    is_open_with(person, show_number(late))


def test_the_number_of_the_phone_to_link_is_read_in_the_same_way(app_process: StartApp, visit: Visit) -> None:
    """Where a code is asked for, too."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create("Colada")
    person.by_key("qr").wait_for()
    person.press("pairing-way")
    box = person.by_key("pairing-number").locator("input")
    box.fill("\u202a+55 (0xx11) 91234-5678\u202c")
    expect(person.page.get_by_text("O código será para")).to_contain_text("+55 11 91234-5678")
    box.fill("11 91234-5678")
    person.press("pairing-number-use")
    expect(box).to_have_value("+55 11 91234-5678")
