"""How fast open pages follow, and what watching costs; many instances at once."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import CONNECTED, Visitor

RUNS = 8
TABS, WATCHED, MANY = 20, 50, 100
IDLE_S = 20
MB = 1024 * 1024
_NOTE_WHEN_IT_CHANGES = """(selector) => {
  window.shownAt = {}
  const look = () => {
    const text = document.querySelector(selector)?.innerText ?? ""
    const state = ["Reconectando", "Conectada"].find((one) => text.includes(one))
    if (state && state !== window.shownNow) window.shownAt[state] = Date.now() / 1000
    window.shownNow = state ?? window.shownNow
  }
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true})
}"""


def measure(site: Site, browser: Browser) -> list[Row]:
    """Every measurement of pages that are left open."""
    many = site.paired(MANY)
    rows = _restored(site, many)
    watched = site.folder() / "auth"
    watched.mkdir(mode=0o700)
    for folder in sorted(each for each in many.iterdir() if each.is_dir() and each.name[0] != ".")[:WATCHED]:
        shutil.move(folder, watched)
    return [*rows, *_pushed(site, browser), _idle(site, browser, watched)]


def _restored(site: Site, auth_dir: Path) -> list[Row]:
    """A hundred stored sessions at process start: none may fail."""
    with site.app(auth_dir) as app:
        begin = time.monotonic()
        _wait_connected(app, MANY)
        took = time.monotonic() - begin
        assert not [each for each in app.instances() if each["restarts"]], "an instance needed a second try"
        family = [psutil.Process(app.pid), *app.descendants()]
        total = sum(each.memory_full_info().pss for each in family) / MB
    return [
        row(f"process start → {MANY} stored sessions connected, none failed", 25, "s", took),
        row(f"— memory of all its processes together, PSS, per instance of {MANY}", 25, "MB", total / MANY),
    ]


def _wait_connected(app: AppProcess, count: int) -> None:
    def connected() -> bool:
        with contextlib.suppress(OSError, ValueError):  # not listening yet
            return [each["state"] for each in app.instances()].count("connected") == count
        return False

    eventually(connected, timeout=90, seen=app.log_text)


def _pushed(site: Site, browser: Browser) -> list[Row]:
    """An open list while the server drops the connection, and keeps it out for a moment."""
    auth_dir = site.paired(1)
    seen, back = [], []
    with site.app(auth_dir) as app, Visitor(browser, app.url, cookie=app.cookie()) as person:
        app.wait_healthy()
        _wait_connected(app, 1)
        person.open()
        [instance] = app.instances()
        line = f"row-{instance['id']}"
        person.page.evaluate(_NOTE_WHEN_IT_CHANGES, f".st-key-{line}")
        for _ in range(RUNS):
            person.page.wait_for_timeout(1_000)
            site.emulator.faults(refuse=True)
            site.emulator.drop(instance["phone"])
            seen.append(_seen_after(app, person, line, "Reconectando"))
            site.emulator.clear_faults()
            seen.append(_seen_after(app, person, line, CONNECTED))
            back.append(_dropped(site, app, instance["phone"]))
    return [
        row("change in the registry → visible on an open page", 0.3, "s", *seen),
        row("connection dropped by the server → connected again", 3, "s", *back),
    ]


def _seen_after(app: AppProcess, person: Visitor, line: str, text: str) -> float:
    """Seconds from the change to the text, by the browser's clock: who waits for it outside looks seldom."""
    person.by_key(line).get_by_text(text).wait_for()
    shown: float = person.page.evaluate("text => window.shownAt[text]", text)
    since: float = app.instances()[0]["since"]
    return shown - since


def _dropped(site: Site, app: AppProcess, number: str) -> float:
    """Seconds from the drop to the next connection."""
    dropped = time.time()
    site.emulator.drop(number)

    def again() -> float:
        [instance] = app.instances()
        return instance["since"] if instance["state"] == "connected" and instance["since"] > dropped else 0.0

    return eventually(again, timeout=20, seen=app.log_text) - dropped


def _idle(site: Site, browser: Browser, auth_dir: Path) -> Row:
    """Nobody does anything; connected instances, and tabs that show the list."""
    with site.app(auth_dir) as app, Visitor(browser, app.url, cookie=app.cookie()) as person:
        app.wait_healthy()
        _wait_connected(app, WATCHED)
        person.open()
        for _ in range(TABS - 1):
            tab = person.new_tab()
            tab.goto(app.url)
            tab.locator(".st-key-new-instance").wait_for()
        person.page.wait_for_timeout(5_000)
        family = [psutil.Process(app.pid), *app.descendants()]
        before = _seconds(family)
        time.sleep(IDLE_S)
        share = 100 * (_seconds(family) - before) / IDLE_S
    return row(f"{TABS} open tabs, {WATCHED} connected instances at rest: one core's share", 20, "%", share)


def _seconds(family: list[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in family)
