"""A browser for the run, and visitors for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser

from tests.support.app_process import AppProcess
from tests.support.visitor import Visitor, chromium


class Visit(Protocol):
    """Sends somebody with a browser of their own to an app, signed in already if it has no password."""

    def __call__(self, app: AppProcess, **window: Any) -> Visitor: ...


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all of these tests; its event loop must not outlive them."""
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Visitors whose windows are closed at the end; none may have met another host or a traceback."""
    visitors: list[Visitor] = []

    def arrive(app: AppProcess, **window: Any) -> Visitor:
        if "cookie" not in window:
            window["cookie"] = app.link_cookie()
        visitor = Visitor(browser, app.url, **window)
        visitors.append(visitor)
        return visitor

    yield arrive
    outside = [url for visitor in visitors for url in visitor.outside]
    texts = [tab.locator("body").inner_text() for visitor in visitors for tab in visitor._context.pages]
    for visitor in visitors:
        visitor.close()
    assert not outside, outside
    assert not [text for text in texts if "Traceback" in text or "Exception" in text]
