"""Browser windows that are used again, each as empty as a new one.

A first page takes 1.6 s of processor in a new window, 1.0 in one that has met the app (measured): its scripts
are fetched and compiled already. For that a tab stays open in each, so that its process stays too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext

_STORED: Final = "local_storage,indexeddb,cache_storage,service_workers"
"""What a page may leave in a window beside cookies; not what it only fetched."""
_SITE: Final = "http://127.0.0.1/"
"""That of all apps: a port makes no other site. Tabs of a site share a process (``--process-per-site``)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a window is, and says of itself."""

    width: int
    height: int
    scheme: Literal["light", "dark"]
    locale: str
    scale: float
    phone: str | None
    """What the browser on a phone calls itself; None for one on a desk."""


def open_window(browser: Browser, look: Look) -> BrowserContext:
    """Open a new window."""
    return browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.scheme,
        locale=look.locale,
        timezone_id="America/Sao_Paulo",
        device_scale_factor=look.scale,
        user_agent=look.phone,
        has_touch=look.phone is not None,
        is_mobile=look.phone is not None,
    )


class Windows:
    """Hands out windows of ``browser``: those that were given back first."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[Look, list[BrowserContext]] = defaultdict(list)

    def take(self, look: Look) -> BrowserContext:
        """Return a window without cookies and anything stored, and with no tab but the one that stays."""
        free = self._free[look]
        return free.pop() if free else self._open(look)

    def give_back(self, window: BrowserContext, look: Look, *, origin: str) -> None:
        """Take back a window that met pages of ``origin``; whoever had it uses it no more."""
        staying, *others = window.pages
        for tab in others:
            tab.close()
        window.set_offline(False)
        window.clear_cookies()
        window.clear_permissions()
        client = window.new_cdp_session(staying)
        client.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": _STORED})
        client.detach()
        self._free[look].append(window)

    def _open(self, look: Look) -> BrowserContext:
        window = open_window(self._browser, look)
        staying = window.new_page()
        staying.route("**/*", lambda route: route.fulfill(body=""))
        staying.goto(_SITE)
        return window
