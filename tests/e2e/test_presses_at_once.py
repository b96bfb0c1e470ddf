"""What is pressed at the very same moment goes to the server as one request, and is drawn all the same."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected, Visit
from tests.emulator.content import Text
from tests.support.visitor import Visitor

SOON_MS: Final = 2_500
_FOLLOW: Final = """() => {
  changeLine.newest = { ...changeLine.newest, messages: Number.MAX_SAFE_INTEGER }
  window.lastPress.at = -Infinity
  for (const { look } of changeLine.listeners.values()) look()
}"""
"""The page hears of a change, and asks for what shows it to be drawn."""
_CHANGE: Final = """() => {
  changeLine.newest = { ...changeLine.newest, messages: Number.MAX_SAFE_INTEGER }
  for (const { look } of changeLine.listeners.values()) look()
}"""
_SLOW_LINE: Final = """() => {
  const { send } = WebSocket.prototype
  window.held = []
  WebSocket.prototype.send = function (data) { held.push([this, data]) }
  window.letGo = () => {
    WebSocket.prototype.send = send
    for (const [socket, data] of held) socket.send(data)
  }
}"""
"""What the page sends is held back."""
_CLICK: Final = "() => document.querySelector('{}').click()"
_START: Final = ".st-key-start-conversation button"
_ATTACH: Final = ".st-key-attach button"
_UNREAD: Final = ".st-key-thread-filter button:nth-of-type(2)"
_PRESENTATION: Final = ".st-key-presentation input"
_STORAGE: Final = ".st-key-nav-storage a"
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
    person.page.evaluate(f"() => {{ for (const step of [{', '.join(map(_call, steps))}]) step() }}")


def _call(step: str) -> str:
    return step if step.startswith("(") else _CLICK.format(step)


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


def test_a_page_that_is_left_while_it_asks(connected: Connected, person: Visitor) -> None:
    """The next page comes whole, and nothing breaks."""
    for pause_ms in (0, 2, 5, 10, 20):
        _arrive(connected, person)
        person.page.evaluate(f"() => {{ ({_FOLLOW})(); setTimeout({_call(_STORAGE)}, {pause_ms}) }}")
        _left(person)
    assert "Traceback" not in connected.app.log_text()


def test_a_page_that_was_left_asks_for_nothing(connected: Connected, person: Visitor) -> None:
    """Though a change comes while the link's page is on its way, from a server that takes its time."""
    _arrive(connected, person)
    person.page.evaluate(_SLOW_LINE)
    person.page.evaluate(_call(_STORAGE))
    for _ in range(10):
        person.page.evaluate(_CHANGE)
        person.page.wait_for_timeout(100)
    assert person.page.evaluate("window.held.length") == 1, "the link's own request"
    person.page.evaluate("window.letGo()")
    _left(person)
    assert "Traceback" not in connected.app.log_text()


def test_a_menu_that_shuts_for_a_link_leaves_the_next_page_whole(connected: Connected, visit: Visit) -> None:
    """The browser tells that it was shut after it asked for the link's page."""
    person = visit(connected.app)
    for _ in range(6):
        person.open(f"/instance?id={connected.instance_id}")
        person.press("more-actions")
        person.by_key("delete").wait_for()
        person.by_key("nav-storage").get_by_role("link").click()
        _left(person)
        person.page.wait_for_timeout(300)
        _left(person)


def test_what_a_page_asked_for_that_was_left_breaks_nothing(connected: Connected, person: Visitor) -> None:
    """It may come after the link all the same."""
    for pause_ms in (2, 5, 10, 20, 40):
        _arrive(connected, person)
        person.page.evaluate(f"() => {{ ({_call(_STORAGE)})(); setTimeout({_FOLLOW}, {pause_ms}) }}")
        person.page.wait_for_timeout(300)
        person.settled()
        assert "Traceback" not in connected.app.log_text()


def _arrive(connected: Connected, person: Visitor) -> None:
    person.open(f"/messages?id={connected.instance_id}")
    person.by_key("thread-list").wait_for()
    person.settled()


def _left(person: Visitor) -> None:
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Espaço e custo")
    person.settled()
    expect(person.page.get_by_test_id("stException")).to_have_count(0)


def test_the_sheet_shuts_though_the_server_never_said_that_it_was_open(
    connected: Connected, person: Visitor
) -> None:
    """The plus and a choice are pressed while the server is slow: it hears of both at once."""
    with connected.app.standing_still():
        person.press("attach")
        person.press("attach-location")
    expect(person.by_key("attach-form")).to_be_visible(timeout=SOON_MS)
    expect(person.by_key("attach-sheet")).to_be_hidden(timeout=SOON_MS)
    person.press("attach")
    expect(person.by_key("attach-sheet")).to_be_visible(timeout=SOON_MS)
