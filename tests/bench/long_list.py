"""The list with a hundred instances: one is linked and connected, the others are stored and stopped.

The list shows twenty to a page; it reads the states of all.
"""

from __future__ import annotations

import time

from playwright.sync_api import Browser

from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.visitor import CONNECTED, Visitor

RUNS = 5
LISTED, A_PAGE = 100, 20
_ROWS_SHOWN = """
count => [...document.querySelectorAll('[class*="st-key-row-"]')]
  .filter(line => /Conectada|Parada/.test(line.innerText)).length === count
"""


def measure(site: Site, browser: Browser) -> list[Row]:
    """The page opened anew each time in the same browser, then left open while a state changes."""
    auth_dir = site.paired(1, stopped=LISTED - 1)
    with (
        site.app(auth_dir) as app,
        Visitor(browser, app.url, cookie=app.cookie(), width=1280, height=900) as person,
    ):
        app.wait_healthy()
        person.open()
        person.page.get_by_text(CONNECTED).first.wait_for()
        drawn = [_opened(person) for _ in range(RUNS)]
        [linked] = (each for each in app.instances() if each["phone"])
        line = person.by_key(f"row-{linked['id']}")
        seen = []
        for _ in range(RUNS):
            person.page.wait_for_timeout(1_000)
            site.emulator.faults(refuse=True)
            site.emulator.drop(linked["phone"])
            line.get_by_text("Reconectando").wait_for()
            seen.append(time.time() - app.instance(linked["id"])["since"])
            site.emulator.clear_faults()
            line.get_by_text(CONNECTED).wait_for()
    return [
        row(f"open the list of {LISTED} instances → its page of {A_PAGE} drawn", 1, "s", *drawn),
        row("— a state change of one of them → visible", 1, "s", *seen),
    ]


def _opened(person: Visitor) -> float:
    """Seconds from the navigation to the last row of the first page, and the way to the other pages."""
    begin = time.monotonic()
    person.page.goto(person.url)
    person.page.wait_for_function(_ROWS_SHOWN, arg=A_PAGE, polling=20)
    person.by_key("instances-page").wait_for()
    took = time.monotonic() - begin
    person.settled()
    return took
