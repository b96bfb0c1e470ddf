"""What arrives: how soon it is seen, how much of it can be listed, and what a flood does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from core.store.inbox_table import Search, search
from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.emulator.content import Text
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import Visitor

RUNS = 12
LISTED = 1_000
INSTANCES, ARRIVALS = 10, 5_000
WRITERS = 4
FLOOD = 400.0
"""Messages a second."""
MB = 1024 * 1024
_CARDS = "() => document.querySelectorAll('.wa-message').length"
_MORE_BUBBLES = "count => document.querySelectorAll('.st-key-thread [data-key]').length > count"
_MORE_CARDS = "count => document.querySelectorAll('.wa-message').length > count"


def measure(site: Site, browser: Browser) -> list[Row]:
    """At rest, with a thousand messages, and while five thousand come in over ten instances."""
    return [*_seen(site, browser), *flood(site, browser, instances=INSTANCES, arrivals=ARRIVALS)]


def _seen(site: Site, browser: Browser) -> list[Row]:
    auth_dir = site.paired(1)
    with site.app(auth_dir) as app, Visitor(browser, app.url, cookie=app.cookie()) as person:
        app.wait_healthy()
        [instance] = connected(app, 1)
        friend = site.number()
        log = f"/messages?id={instance['id']}&view=log"
        person.open(log)
        seen = [_arrives(site, person, friend, instance["phone"], f"novidade {run}") for run in range(RUNS)]
        write(site, friend, [instance["phone"]], LISTED - RUNS)
        folder = auth_dir / instance["id"]
        eventually(lambda: count(folder) == LISTED, timeout=120, seen=lambda: count(folder))
        opened = [_opened(person, log, _MORE_CARDS) for _ in range(5)]
        listed = _listed(person)
    return [
        row("inbound → visible in the open log", 1, "s", *seen),
        row(f"log of {LISTED:,} messages: opened → the newest drawn", 1.5, "s", *opened),
        row(f"{LISTED:,} messages listed in the log", 5, "s", listed),
    ]


def _arrives(site: Site, person: Visitor, friend: str, to: str, text: str) -> float:
    begin = time.monotonic()
    site.emulator.write(Text(text), sender=friend, receiver=to)
    person.by_key("inbox").get_by_text(text, exact=True).wait_for()
    took = time.monotonic() - begin
    person.page.wait_for_timeout(700)
    return took


def _opened(person: Visitor, address: str, drawn: str) -> float:
    begin = time.monotonic()
    person.page.goto(f"{person.url}{address}")
    person.page.wait_for_function(drawn, arg=19, polling=20, timeout=60_000)
    took = time.monotonic() - begin
    person.settled()
    return took


def _listed(person: Visitor) -> float:
    """The last press on "show more", until a thousand stand there."""
    shown, took = int(person.page.evaluate(_CARDS)), 0.0
    while shown < LISTED:
        begin = time.monotonic()
        person.press("inbox-more")
        person.page.wait_for_function(_MORE_CARDS, arg=shown, polling=20, timeout=60_000)
        took = time.monotonic() - begin
        person.settled()
        shown = int(person.page.evaluate(_CARDS))
    return took


def flood(site: Site, browser: Browser, *, instances: int, arrivals: int) -> list[Row]:
    """Messages for all instances at once while somebody reads one of them; none may be lost.

    Raises AssertionError when one is, or when one is there twice.
    """
    auth_dir = site.paired(instances)
    with site.app(auth_dir) as app, Visitor(browser, app.url, cookie=app.cookie()) as person:
        app.wait_healthy()
        views = connected(app, instances)
        numbers = [each["phone"] for each in views]
        watched, friend = views[0], site.number()
        first = 20 * instances
        write(site, friend, numbers, first)
        person.open(f"/messages?id={watched['id']}")
        talk = person.by_key("thread-list").locator("a").first.get_attribute("data-id")
        address = f"/messages?id={watched['id']}&c={talk}"
        following = person.new_tab()  # stays open and follows
        following.goto(f"{app.url}{address}")
        following.wait_for_function(_MORE_BUBBLES, arg=19, polling=20)

        def arrived() -> int:
            return sum(count(auth_dir / each["id"]) for each in views)

        begin = time.monotonic()
        opened = _meanwhile(
            lambda: write(site, friend, numbers, arrivals // 2, rate=FLOOD),
            lambda: _opened(person, address, _MORE_BUBBLES),
        )
        eventually(lambda: arrived() == first + arrivals // 2, timeout=300, seen=arrived)
        before = _memory(app)
        opened += _meanwhile(
            lambda: write(site, friend, numbers, arrivals // 2, rate=FLOOD),
            lambda: _opened(person, address, _MORE_BUBBLES),
        )
        eventually(lambda: arrived() == first + arrivals // 2 * 2, timeout=300, seen=arrived)
        took, after = time.monotonic() - begin, _memory(app)
    what = f"{arrivals:,} inbound over {instances} instances, {FLOOD:.0f} a second at most"
    return [
        row(f"{what}, none lost: seconds for all", 600, "s", took),
        row("— conversation opened meanwhile → its newest messages drawn", 2, "s", *opened),
        row("— memory of all its processes, PSS, growth over the second half", 40, "MB", after - before),
    ]


def connected(app: AppProcess, wanted: int) -> list[dict[str, str]]:
    """The instances, once so many are connected."""

    def look() -> list[dict[str, str]]:
        found = [each for each in app.instances() if each["state"] == "connected" and each["phone"]]
        return found if len(found) == wanted else []

    return eventually(look, timeout=60, seen=app.log_text)


def count(folder: Path) -> int:
    """How many different messages lie in an instance's inbox."""
    return len(search(folder, Search(), limit=100_000))


def _meanwhile(work: Callable[[], None], look: Callable[[], float]) -> list[float]:
    """What ``look`` measures again and again until ``work`` is done; at least once."""
    thread = threading.Thread(target=work)
    thread.start()
    found = [look()]
    while thread.is_alive():
        found.append(look())
    thread.join()
    return found


def write(site: Site, friend: str, numbers: list[str], messages: int, *, rate: float = float("inf")) -> None:
    """Let ``friend`` write so many messages, numbered from 0, to these numbers in turn.

    At most ``rate`` a second.
    """
    begin = time.monotonic()

    def write_one(number: int) -> None:
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        text = Text(f"mensagem {number}")
        site.emulator.write(text, sender=friend, receiver=numbers[number % len(numbers)])

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write_one, range(messages)))


def _memory(app: AppProcess) -> float:
    family = [psutil.Process(app.pid), *app.descendants()]
    return sum(float(each.memory_full_info().pss) for each in family) / MB
