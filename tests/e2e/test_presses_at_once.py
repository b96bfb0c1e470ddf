"""What is pressed at the very same moment goes to the server as one request, and is drawn all the same."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.content import Text
from tests.support.visitor import Visitor

SOON_MS: Final = 2_500
_FOLLOW: Final = """() => {
  changeLine.newest = { ...changeLine.newest, messages: Number.MAX_SAFE_INTEGER }
  window.lastPress.at = -Infinity
  for (const { look } of changeLine.listeners.values()) look()
}"""
"""The page hears of a change, and asks for what shows it to be drawn."""
_CLICK: Final = "() => document.querySelector('{}').click()"
_START: Final = ".st-key-start-conversation button"
_ATTACH: Final = ".st-key-attach button"
_UNREAD: Final = ".st-key-thread-filter button:nth-of-type(2)"
_PRESENTATION: Final = ".st-key-presentation input"
_NEW: Final = ".st-key-new-conversation button"


@pytest.fixture
def person(connected: Connected) -> Visitor:
    """A visitor with a conversation open beside the list."""
    connected.emulator.write(Text("Oi"), sender=connected.friend, receiver=connected.number)
    person = connected.visitor("/messages?id={id}")
    person.by_key("thread-list").locator("a").first.click()
    person.by_key("composer").locator("textarea").first.wait_for()
    person.settled()
    return person


def at_once(person: Visitor, *steps: str) -> None:
    """Do all in one task of the browser: presses, by their selectors, and pieces of script."""
    calls = [step if step.startswith("(") else _CLICK.format(step) for step in steps]
    person.page.evaluate(f"() => {{ for (const step of [{', '.join(calls)}]) step() }}")


@pytest.mark.parametrize("steps", [(_FOLLOW, _START), (_START, _FOLLOW)], ids=["after", "before"])
def test_a_press_in_a_dialog_and_a_change(
    connected: Connected, person: Visitor, steps: tuple[str, ...]
) -> None:
    """The page asks for the list, the visitor for a conversation."""
    person.press("new-conversation")
    person.by_key("send-to").locator("input").fill("+" + connected.friend)
    person.by_key("send-checked-yes").wait_for()
    person.settled()
    at_once(person, *steps)
    expect(person.page.get_by_role("dialog")).to_have_count(0, timeout=SOON_MS)
    expect(person.by_key("talk")).to_contain_text(connected.friend[-4:])


@pytest.mark.parametrize("steps", [(_FOLLOW, _ATTACH), (_ATTACH, _FOLLOW)], ids=["after", "before"])
def test_a_press_on_the_page_and_a_change(person: Visitor, steps: tuple[str, ...]) -> None:
    """The page asks for the list, the visitor for what can be attached."""
    at_once(person, *steps)
    expect(person.by_key("attach-photo")).to_be_visible(timeout=SOON_MS)


@pytest.mark.parametrize("steps", [(_UNREAD, _ATTACH), (_ATTACH, _UNREAD)], ids=["list", "composer"])
def test_presses_on_two_parts(person: Visitor, steps: tuple[str, ...]) -> None:
    """Whichever comes first."""
    at_once(person, *steps)
    expect(person.by_key("attach-photo")).to_be_visible(timeout=SOON_MS)
    unread = person.by_key("thread-filter").get_by_role("radio").nth(1)
    expect(unread).to_be_checked()


@pytest.mark.parametrize("first", [_FOLLOW, _ATTACH], ids=["change", "part"])
def test_a_press_that_concerns_the_whole_page(person: Visitor, first: str) -> None:
    """It is drawn whole, not the part alone."""
    at_once(person, first, _PRESENTATION)
    expect(person.by_key("thread-list")).to_contain_text("•", timeout=SOON_MS)


def test_a_field_that_is_left_and_a_press(person: Visitor) -> None:
    """A thumb leaves the field and presses within one task: what was typed counts, and so does the press."""
    field = person.by_key("thread-search").locator("input")
    field.focus()
    field.press_sequentially("zz")
    at_once(person, "() => document.activeElement.blur()", _ATTACH)
    expect(person.by_key("attach-photo")).to_be_visible(timeout=SOON_MS)
    expect(person.by_key("threads")).to_contain_text("Nada encontrado")


def test_a_press_that_opens_the_whole_page_anew(person: Visitor) -> None:
    """The dialog is there though the request began with the list."""
    at_once(person, _UNREAD, _NEW)
    expect(person.page.get_by_role("dialog")).to_be_visible(timeout=SOON_MS)
