"""The composer of a conversation as a person uses it: write, attach, press, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Locator, expect

from tests.support.visitor import Visitor

_IS_HERE: Final = """() => {
  const shown = document.querySelector('.wa-thread')?.dataset.conversation
  const place = document.querySelector('.wa-write')?.dataset.place
  return place && (!shown || shown === place)
}"""


@dataclass(frozen=True, slots=True)
class ComposerPage:
    """One visitor with a conversation open."""

    person: Visitor

    @property
    def box(self) -> Locator:
        """Where words are written."""
        return self.person.by_key("composer").locator(".wa-write textarea")

    @property
    def strip(self) -> Locator:
        """What says which message is answered or edited."""
        return self.person.by_key("reply-strip")

    @property
    def refused(self) -> Locator:
        """What says why the last press was refused."""
        return self.person.by_key("send-refused")

    def open(self, name: str) -> ComposerPage:
        """Open the conversation of that name, from the list."""
        page = self.person.page
        line = self.person.by_key("thread-list").locator("a").filter(has=page.get_by_text(name, exact=True))
        line.click()
        expect(self.person.by_key("talk")).to_contain_text(name)
        self.box.wait_for()
        self.person.settled()
        self.is_here()
        return self

    def is_here(self) -> None:
        """Wait until the box belongs to the conversation that is on the screen."""
        self.person.page.wait_for_function(_IS_HERE)

    def back(self) -> None:
        """Go back to the list, where the window shows only one of both."""
        button = self.person.by_key("back-to-list").get_by_role("button")
        if button.is_visible():
            button.click()
            self.person.by_key("thread-list").locator("a").first.wait_for()

    def send(self, text: str = "") -> None:
        """Write `text` if there is any, and press send."""
        self.is_here()
        if text:
            self.box.fill(text)
        self.person.press("send")

    def bubble(self, text: str | re.Pattern[str]) -> Locator:
        """The newest bubble with that text."""
        return self.person.by_key("thread").locator("[data-key]").filter(has_text=text).last

    def attach(self, what: str) -> None:
        """Press the plus, and what it offers under that name."""
        self.person.press("attach")
        self.person.by_key(f"attach-{what}").get_by_role("button").click()
        self.person.by_key("attach-form").wait_for()
        # The sheet goes a moment later; a press on the plus before that would only shut it.
        self.person.by_key("attach-sheet").wait_for(state="hidden")
        self.person.settled()

    def choose_file(self, **file: Any) -> None:
        """Choose a file, and wait until it is shown as it will be sent."""
        uploader = self.person.page.locator('[class*="st-key-send-file-"] input[type=file]')
        uploader.set_input_files({"mimeType": "application/octet-stream", **file})  # type: ignore[arg-type]
        self.person.by_key("send-preview").wait_for(timeout=40_000)
        self.ready()

    def ready(self) -> None:
        """Wait until a press on send would send."""
        expect(self.person.by_key("send").get_by_role("button")).to_have_attribute("data-ready", "true")

    def fill(self, field: str, text: str) -> None:
        """Write into a field of the open form."""
        self.person.type_into(field, text)


def answer(composer: ComposerPage, text: str) -> None:
    """Press "Responder" at the bubble with that text, whatever it is called in the person's language."""
    bubble = composer.bubble(text)
    bubble.hover()
    bubble.locator(".wa-dots").click()
    composer.person.page.locator('.wa-menu [data-act="reply"]').click()
