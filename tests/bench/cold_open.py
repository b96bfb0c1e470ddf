"""The list in a browser that has never seen it: nothing is cached, the app has been running for a while."""

from __future__ import annotations

import time

import psutil
from playwright.sync_api import Browser

from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.app_process import AppProcess
from tests.support.visitor import CONNECTED, Visitor

RUNS = 7
A_PAGE = 20
_LISTED = "count => document.querySelectorAll('[class*=\"st-key-open-\"] button').length >= count"
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure(site: Site, browser: Browser) -> list[Row]:
    """A linked and connected instance alone, then among 59 that are stopped."""
    rows: list[Row] = []
    for listed in (1, 60):
        with site.app(site.paired(1, stopped=listed - 1)) as app:
            app.wait_healthy()
            with Visitor(browser, app.url, cookie=app.cookie()) as person:
                person.open().page.get_by_text(CONNECTED).first.wait_for()
            opened = [_open(browser, app, shown=min(listed, A_PAGE)) for _ in range(RUNS)]
        painted, drawn, worked = zip(*opened, strict=True)
        whose = "one instance" if listed == 1 else f"{listed} instances"
        rows += [
            row(f"cold open of the list of {whose} → first paint", 1, "s", *painted),
            row("— → its rows drawn", 2, "s", *drawn),
            row("— of it the web process's work", 0.5, "s", *worked),
        ]
    return rows


def _open(browser: Browser, app: AppProcess, *, shown: int) -> tuple[float, float, float]:
    """Seconds to the first paint and to the rows, and seconds of processor of the web process."""
    process = psutil.Process(app.pid)
    with Visitor(browser, app.url, cookie=app.cookie(), width=1280, height=900) as person:
        before = sum(process.cpu_times()[:2])
        begin = time.monotonic()
        person.page.goto(person.url, wait_until="commit")
        person.page.wait_for_function(_LISTED, arg=shown, polling=20)
        drawn = time.monotonic() - begin
        person.settled()
        worked = sum(process.cpu_times()[:2]) - before
        painted = person.page.evaluate(_PAINTED) / 1_000
    return painted, drawn, worked
