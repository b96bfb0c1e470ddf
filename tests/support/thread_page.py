"""A conversation as a person reads it in the browser: bubbles, their menus, and the place that is read."""

from __future__ import annotations

import re
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from tests.support.visitor import Visitor

AT_ONCE_MS: Final = 2_000
_NOTE_CHANGES: Final = """() => {
  window.threadChanges = []
  const note = (records) => {
    for (const { type, target } of records) window.threadChanges.push(`${type} ${target.className}`)
  }
  const what = { subtree: true, childList: true, characterData: true, attributes: true }
  new MutationObserver(note).observe(document.querySelector('.wa-thread'), what)
}"""


class ThreadPage:
    """An open conversation."""

    def __init__(self, person: Visitor) -> None:
        self.person = person

    @property
    def page(self) -> Page:
        """The browser's tab."""
        return self.person.page

    @property
    def pane(self) -> Locator:
        """What scrolls."""
        return self.person.by_key("thread").locator(".wa-pane")

    def bubble(self, words: str | re.Pattern[str]) -> Locator:
        """The newest bubble with these words."""
        return self.pane.locator(".wa-msg", has_text=words).last

    def open_menu(self, bubble: Locator) -> Locator:
        """Open the menu of a bubble."""
        bubble.hover()
        bubble.get_by_role("button", name=re.compile("^Ações")).click()
        menu = self.page.get_by_role("menu")
        expect(menu).to_be_visible()
        return menu

    def choose(self, bubble: Locator, action: str) -> None:
        """Open the menu of a bubble and press an action."""
        self.open_menu(bubble).get_by_role("menuitem", name=action, exact=True).click()

    def is_at_end(self) -> bool:
        """Whether the newest is in sight."""
        return bool(self.pane.evaluate("pane => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 4"))

    def scroll_to(self, top: int) -> None:
        """Scroll as far from the beginning."""
        self.pane.evaluate("(pane, top) => { pane.scrollTop = top }", top)

    def top_of(self, bubble: Locator) -> float:
        """Where on the screen a bubble begins."""
        return float(bubble.evaluate("bubble => bubble.getBoundingClientRect().top"))

    def note_changes(self) -> None:
        """Write down from now on what changes in the thread."""
        self.page.evaluate(_NOTE_CHANGES)

    def changes(self) -> list[str]:
        """What changed since, one line each."""
        found: list[Any] = self.page.evaluate("window.threadChanges")
        return [str(change) for change in found]


def open_thread(person: Visitor, name: str) -> ThreadPage:
    """Open the conversation with that name from the list."""
    person.by_key("thread-list").get_by_text(name).first.click()
    thread = ThreadPage(person)
    thread.pane.wait_for()
    return thread
