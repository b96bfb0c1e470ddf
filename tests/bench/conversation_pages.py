"""Conversations at the browser: opened, switched, written to, written in; at rest and in a flood."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from tests.bench.inbox import connected, count, write
from tests.bench.site import Site
from tests.bench.table import Row, row
from tests.emulator.content import Text
from tests.support.polling import eventually
from tests.support.visitor import Visitor

RUNS = 12
INSTANCES, STORED = 10, 5_000
FEW, LONG = 60, 1_000
_NEWEST_IS = """text => {
  const bubbles = document.querySelectorAll('.st-key-thread [data-key]')
  return bubbles.length && bubbles[bubbles.length - 1].innerText.includes(text)
}"""
_PRESS_SEND = """text => new Promise((resolve) => {
  const pressed = performance.now()
  let own = null
  document.querySelector('.st-key-send button').click()
  const look = () => {
    const bubbles = [...document.querySelectorAll('.st-key-thread [data-key]')]
    const bubble = bubbles.find((each) => each.innerText.includes(text))
    if (bubble) own ??= performance.now() - pressed
    const waits = !bubble || ['queued', 'failed', 'uncertain'].includes(bubble.dataset.state)
    if (waits) requestAnimationFrame(look)
    else resolve([own, performance.now() - pressed])
  }
  look()
})"""
_ON_TOP = "text => document.querySelector('.st-key-thread-list a')?.innerText.includes(text)"


def measure(site: Site, browser: Browser) -> list[Row]:
    """With ten instances and five thousand messages stored, of which a thousand are one conversation's."""
    auth_dir = site.paired(INSTANCES)
    with site.app(auth_dir) as app, Visitor(browser, app.url, cookie=app.cookie()) as person:
        app.wait_healthy()
        views = connected(app, INSTANCES)
        watched, ana, bia = views[0], site.number(), site.number()
        others = [each["phone"] for each in views[1:]]
        write(site, site.number(), others, STORED - LONG)
        for friend, messages in ((bia, FEW), (ana, LONG)):
            write(site, friend, [watched["phone"]], messages - 1)
            site.emulator.write(Text(_last_of(messages)), sender=friend, receiver=watched["phone"])
        folder = auth_dir / watched["id"]
        eventually(lambda: count(folder) == LONG + FEW, timeout=300, seen=lambda: count(folder))
        page = person.open(f"/messages?id={watched['id']}").page
        page.wait_for_function("document.querySelectorAll('.st-key-thread-list a').length === 2")
        talks = [page.locator(".st-key-thread-list a").nth(at).get_attribute("data-id") for at in range(2)]
        address = f"{app.url}/messages?id={watched['id']}&c={talks[0]}"
        opened = [_opened(page, address, _last_of(LONG)) for _ in range(RUNS // 2)]
        switched = [_switched(page, talk, _last_of(messages)) for talk, messages in _turns(talks)]
        arrived = [_arrives(site, page, ana, watched["phone"], f"novidade {run}") for run in range(RUNS)]
        sent = [_sent(person, f"resposta {run}") for run in range(RUNS)]
    return [
        row(f"open a conversation of {LONG:,} messages → newest drawn", 0.8, "s", *opened),
        row("switch conversation", 0.4, "s", *switched),
        row("inbound → bubble visible, list reordered", 0.3, "s", *arrived),
        row("press send → own bubble visible", 0.15, "s", *(own for own, _ticked in sent)),
        row("— ✓ of the server visible", 0.4, "s", *(ticked for _own, ticked in sent)),
    ]


def _last_of(messages: int) -> str:
    return f"a última de {messages}"


def _turns(talks: list[str | None]) -> list[tuple[str | None, int]]:
    """To the short one and back, again and again."""
    return [((talks[1], FEW), (talks[0], LONG))[run % 2] for run in range(RUNS)]


def _opened(page: Page, address: str, newest: str) -> float:
    begin = time.monotonic()
    page.goto(address)
    page.wait_for_function(_NEWEST_IS, arg=newest, polling=10)
    return _rested(page, begin)


def _switched(page: Page, talk: str | None, newest: str) -> float:
    begin = time.monotonic()
    page.locator(f'.st-key-thread-list a[data-id="{talk}"]').click()
    page.wait_for_function(_NEWEST_IS, arg=newest, polling=10)
    return _rested(page, begin)


def _arrives(site: Site, page: Page, friend: str, to: str, text: str) -> float:
    begin = time.monotonic()
    site.emulator.write(Text(text), sender=friend, receiver=to)
    page.wait_for_function(_NEWEST_IS, arg=text, polling=10)
    page.wait_for_function(_ON_TOP, arg=text, polling=10)
    return _rested(page, begin)


def _sent(person: Visitor, text: str) -> tuple[float, float]:
    """Until the own bubble is there, and until it has a tick; timed in the page, where the press is."""
    person.by_key("composer").locator("textarea").first.fill(text)
    own, ticked = person.page.evaluate(_PRESS_SEND, text)
    _rested(person.page, time.monotonic())
    return own / 1000, ticked / 1000


def _rested(page: Page, begin: float) -> float:
    """Seconds since ``begin``; then let the page come to rest."""
    took = time.monotonic() - begin
    page.wait_for_timeout(700)
    return took
