"""What others see of an account, chosen on its page, with the genuine core behind it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.support.accessibility import violations

SOON_MS = 30_000
"""The core is asked again after 5, 10 and 20 s while the account's name is not known."""


def test_the_page_says_when_it_appeared_and_lets_its_owner_choose(own_connected: Connected) -> None:
    """By itself it appears once, and the page says when, without a press; a choice holds at once."""
    # One that has just connected: it asks again and again whether its name is known, ever more seldom.
    connected = own_connected
    emulator, number = connected.emulator, connected.number
    person = connected.visitor("/instance?id={id}")
    expect(person.by_key("last-shown")).to_contain_text("Ainda não apareceu como online")
    emulator.name_account(number, "Dona")
    expect(person.by_key("last-shown")).to_contain_text(
        re.compile(r"Apareceu pela última vez como online: hoje \d\d:.?\d\d"), timeout=SOON_MS
    )
    person.unfold("presence")
    person.choose("presence-mode", "Sempre, enquanto estiver conectada")
    expect(person.by_key("last-shown")).to_contain_text("Está aparecendo como online agora")
    emulator.wait_for(
        lambda state: state.presences_of(number)[-1].kind == "available", what="that it is always there"
    )
    person.choose("presence-mode", "Nunca")
    emulator.wait_for(
        lambda state: state.presences_of(number)[-1].kind == "unavailable", what="that it is never there"
    )
    person.open(f"/instance?id={connected.instance_id}").unfold("presence")
    expect(person.by_key("presence-mode").get_by_role("radio", name="Nunca")).to_be_checked()


def test_the_ticks_are_switched_with_the_keyboard(connected: Connected) -> None:
    """What was chosen is there after a reload."""
    person = connected.visitor("/instance?id={id}")
    person.unfold("presence")
    switch = person.by_key("presence-receipts").locator("input")
    expect(switch).not_to_be_checked()
    switch.focus()
    person.page.keyboard.press("Space")
    expect(switch).to_be_checked()
    person.settled()
    person.open(f"/instance?id={connected.instance_id}").unfold("presence")
    expect(person.by_key("presence-receipts").locator("input")).to_be_checked()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_choices_shut_nobody_out(connected: Connected, width: int) -> None:
    """On a phone and on a desk, by day and by night; and nothing is wider than the screen."""
    person = connected.visitor("/instance?id={id}", width=width)
    person.unfold("presence")
    person.by_key("presence-mode").get_by_role("radio").first.wait_for()
    assert not violations(person.page)
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
