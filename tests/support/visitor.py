"""A person at a browser: opens pages, presses what they see, and reads the QR from the screen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.support.browser import ARGUMENTS, ensure_browser, installed_browser
from tests.support.polling import eventually
from tests.support.signing_in import SESSION
from tests.support.windows import Look, Windows, open_window

PATIENCE_MS: Final = 10_000
CONNECTED: Final = "Conectada"
PHONE: Final = (
    "Mozilla/5.0 (Linux; Android 14; Moto G) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)
"""What a browser on a phone calls itself."""
expect.set_options(timeout=PATIENCE_MS)  # as long as presses wait: other tests share the machine
_UNFOLDING_MS: Final = 400
_SETTLED: Final = (
    '[data-testid="stApp"][data-test-script-state="notRunning"]:not(:has([data-testid="stSkeleton"]))'
)
"""Of an app that draws nothing any more: a grey box stands where a script is still on its way."""
_STANDS: Final = "() => ![...document.querySelectorAll('details')].some((it) => it.getAnimations().length)"
"""Of a page of which no fold is growing any more: for half a second after it was opened, or filled, it moves
the page under the hand, and a press that began on a button ends beside it."""
Scheme = Literal["light", "dark"]


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A headless Chromium that talks to nothing but the page it is given."""
    path = installed_browser() or ensure_browser()[0]
    with sync_playwright() as playwright:
        browser = _launch(playwright, path, arguments)
        yield browser
        browser.close()


def _launch(playwright: Playwright, path: str, arguments: Sequence[str]) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])


def decode(page: Page) -> str:
    """The text of the QR in a picture of what the window shows; empty when there is none that can be read."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
    return found[0].text if found else ""


@dataclass
class Visitor:
    """One visitor with a browser window of their own; `close` shuts it.

    Notes what a good page never causes: errors in the console and requests to other hosts.
    """

    browser: Browser
    url: str
    width: int = 1280
    height: int = 900
    scheme: Scheme = "light"
    locale: str = "pt-BR"
    scale: float = 1
    cookie: str = ""
    """Of a session that is signed in already."""
    phone: bool = False
    """The browser says that it runs on a phone, and takes touches."""
    windows: Windows | None = None
    """Where the window is from, and goes back to; None for a new one."""
    console_errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._closed = False
        self._look = Look(
            self.width, self.height, self.scheme, self.locale, self.scale, PHONE if self.phone else None
        )
        self._context = (
            self.windows.take(self._look) if self.windows else open_window(self.browser, self._look)
        )
        self._context.set_default_timeout(PATIENCE_MS)
        if self.cookie:
            self._context.add_cookies([{"name": SESSION, "value": self.cookie, "url": self.url}])
        self.page = self.new_tab()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Shut the window with all its tabs. Idempotent: by then it may be another visitor's."""
        if self._closed:
            return
        self._closed = True
        if self.windows:
            self.windows.give_back(self._context, self._look, origin=self.url)
        else:
            self._context.close()

    @property
    def tabs(self) -> list[Page]:
        """The tabs of the window that are open."""
        if self._closed:
            return []
        return [page for page in self._context.pages if page.url.startswith(self.url)]

    def new_tab(self) -> Page:
        """Another tab of the same window, watched like the first."""
        page = self._context.new_page()
        page.on("console", self._note_console)
        page.on("request", lambda request: self._note_request(request.url))
        page.on("websocket", lambda socket: self._note_request(socket.url))
        return page

    def open(self, path: str = "/") -> Self:
        """Go to a page and wait until it is drawn."""
        self.page.goto(self.url + path)
        self.settled()
        return self

    def settled(self) -> None:
        """Wait until the page's script has run, the browser has the scripts of all of it, and it stands."""
        self.page.locator(_SETTLED).wait_for()
        self._stands()

    def _stands(self) -> None:
        self.page.wait_for_function(_STANDS)

    def by_key(self, key: str) -> Locator:
        """The element with the Streamlit key."""
        return self.page.locator(f".st-key-{key}")

    def press(self, key: str) -> None:
        """Press the button with that key."""
        button = self.by_key(key).get_by_role("button").first
        button.wait_for()
        self._stands()
        button.click()

    def press_more(self, key: str) -> None:
        """Open the menu on the instance's page, if it is shut, and press the action with that key."""
        if not self.by_key(key).count():
            self.press("more-actions")
        self.press(key)

    def unfold(self, key: str) -> None:
        """Open the folded part with that key, if it is not open."""
        part = self.by_key(key)
        part.locator("summary").wait_for()
        if not part.locator("details[open]").count():
            part.locator("summary").click()
            part.locator("details[open]").wait_for()
            self._stands()

    def choose(self, key: str, label: str) -> None:
        """Choose what is called ``label`` among the buttons of the group with that key."""
        self.by_key(key).get_by_text(label, exact=True).click()

    def pick(self, key: str, label: str | re.Pattern[str]) -> None:
        """Choose the option called ``label``, exactly or as the pattern has it, of the list with that key.

        A drawing that comes in between shuts the list, and so does the page when it scrolls.
        """
        option = self.page.get_by_role("option", name=label, exact=True)

        def picked() -> bool:
            self.settled()
            field = self.by_key(key).locator("input").first
            field.scroll_into_view_if_needed()
            if not option.is_visible():
                field.click()
            try:
                option.click(timeout=1_000)
            except PlaywrightTimeoutError:
                return False
            return True

        eventually(picked, timeout=20, seen=option.count)

    def read_pairing_code(self) -> str:
        """The code on the page, eight characters, without the hyphen between its groups."""
        return self.by_key("pairing-code").locator("code").inner_text().strip().replace("-", "")

    def type_into(self, key: str, text: str) -> None:
        """Write into the field with that key, as typed and left."""
        box = self.by_key(key).locator("input, textarea").first
        box.fill(text)
        box.blur()

    def create(self, name: str) -> None:
        """Press "Nova instância", name it and press create."""
        self.press("new-instance")
        self.by_key("instance-name").locator("input").fill(name)
        self.press("create-instance")

    def instance_id(self, timeout: float = 30.0) -> str:
        """Id of the instance whose page is open, or opens within ``timeout`` seconds."""
        self.page.wait_for_url(re.compile(r"/instance\?(.*&)?id="), timeout=1_000 * timeout)
        found = re.search(r"[?&]id=([a-z0-9-]+)", self.page.url)
        assert found, self.page.url
        return found[1]

    def read_qr(self, timeout: float = 10.0) -> str:
        """The QR's text, decoded from a picture of the page as a phone's camera would see it."""
        self.by_key("qr").locator("img, svg").first.wait_for(timeout=timeout * 1000)
        return eventually(self._decode, timeout=timeout, seen=lambda: "no readable QR on the page")

    def _decode(self) -> str:
        # As a person does when warnings stand above it.
        self.page.evaluate("document.querySelector('.st-key-qr')?.scrollIntoView({block: 'center'})")
        return decode(self.page)

    def sees_state(self, text: str, timeout: float = 10.0) -> None:
        """Wait until the instance's page shows that state."""
        expect(self.by_key("status")).to_contain_text(text, timeout=timeout * 1000)

    def sees(self, text: str | re.Pattern[str], timeout: float = 10.0) -> None:
        """Wait until the page shows that text somewhere."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=timeout * 1000)

    def talk_to(self, number: str) -> None:
        """Open the conversation with that number, on the page of conversations."""
        self.press("new-conversation")
        self.by_key("send-to").locator("input").fill(number)
        self.press("start-conversation")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.by_key("talk").wait_for()

    def send(self, *, to: str, text: str) -> None:
        """Open the conversation with that number, write and press send."""
        self.talk_to(to)
        self.by_key("composer").locator("textarea").first.fill(text)
        self.press("send")

    def sees_sent(self, text: str) -> None:
        """Wait until the server has taken the message with that text, in the conversation that is open."""
        bubble = self.by_key("thread").locator("[data-key]").filter(has_text=text).last
        expect(bubble).to_have_attribute("data-state", re.compile("^(sent|delivered|read|played)$"))

    def screenshot(self, path: Path, *, full: bool = True) -> None:
        """A picture of the page, once it stands still."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.fonts.ready")
        if full:
            # The page scrolls inside the window, which a picture of the whole document does not know.
            inside = "document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0"
            tall = max(self.height, int(self.page.evaluate(inside)))
            self.page.set_viewport_size({"width": self.width, "height": tall})
        # What unfolds takes a moment to make room for itself.
        self.page.wait_for_timeout(_UNFOLDING_MS)
        # Grey boxes stand in for parts whose code is still loading.
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        self.page.screenshot(path=path, full_page=full, animations="disabled")
        self.page.set_viewport_size({"width": self.width, "height": self.height})

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} {message.location.get('url', '')}")

    def _note_request(self, url: str) -> None:
        if not re.match(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|(data|blob):", url):
            self.outside.append(url)
