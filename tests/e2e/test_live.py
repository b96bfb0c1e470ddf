"""Open pages show what happens by themselves, whatever their visitor does meanwhile."""

from __future__ import annotations

import itertools
import threading

from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.conftest import Connected
from tests.support.visitor import CONNECTED, Visitor

AT_ONCE_MS = 2_000
"""Far above what a push takes, far below the minute after which a list would be redrawn anyway."""

_NOTE_REDRAWS = """
() => {
  window.redrawn = 0
  const note = (changes) => { window.redrawn += changes.length }
  const part = document.querySelector('.st-key-audit-table')
  new MutationObserver(note).observe(part, {subtree: true, childList: true, attributes: true})
}
"""

_BUSY_IN_A_FLOOD = """(seconds) => new Promise((done) => {
  const { changeLine } = window, { newest } = changeLine
  let runs = 0, busy = 0
  const app = document.querySelector('[data-testid="stApp"]')
  const steps = setInterval(() => { busy += changeLine.turn !== null }, 10)
  const watch = new MutationObserver((changes) => {
    runs += changes.filter(({ oldValue }) => oldValue === 'notRunning').length
  })
  watch.observe(app, { attributeFilter: ['data-test-script-state'], attributeOldValue: true })
  const flood = setInterval(() => {
    changeLine.newest = { ...newest, messages: Number.MAX_SAFE_INTEGER }
    for (const { look } of changeLine.listeners.values()) look()
  }, 20)
  setTimeout(() => {
    clearInterval(flood)
    clearInterval(steps)
    watch.disconnect()
    changeLine.newest = newest
    done([runs, busy * 10 / (1000 * seconds)])
  }, 1000 * seconds)
})"""
"""A change every 20 ms; how often the server draws for this tab, and for which part of the time it waits."""


def _loses_network(connected: Connected, person: Visitor, row: str) -> None:
    """The server refuses and drops the instance, then takes it back; the page must show both."""
    connected.emulator.faults(refuse=True)
    connected.emulator.drop(connected.number)
    expect(person.by_key(row)).to_contain_text("Reconectando", timeout=AT_ONCE_MS)
    connected.emulator.clear_faults()


def test_a_change_is_seen_at_once(connected: Connected) -> None:
    """The list, the page of the instance and its timeline follow without a press and without waiting."""
    instance_id, row = connected.instance_id, f"row-{connected.instance_id}"
    listing, own = connected.visitor("/"), connected.visitor("/")
    own.press(f"open-{instance_id}")
    own.by_key("status").wait_for()
    for _ in range(3):
        entries = own.by_key("timeline").get_by_text("Reconectando").count()
        _loses_network(connected, listing, row)
        expect(own.by_key("status")).to_contain_text("Reconectando", timeout=AT_ONCE_MS)
        expect(own.by_key("timeline").get_by_text("Reconectando")).to_have_count(
            entries + 1, timeout=AT_ONCE_MS
        )
        connected.app.wait_instance(instance_id, state="connected")
        expect(listing.by_key(row)).to_contain_text(CONNECTED, timeout=AT_ONCE_MS)
        expect(own.by_key("status")).to_contain_text(CONNECTED, timeout=AT_ONCE_MS)
    assert not listing.console_errors + own.console_errors


def test_pages_follow_where_the_line_cannot_be_opened(connected: Connected) -> None:
    """A proxy that closes it costs speed, nothing else: the page then looks by itself."""
    person = connected.visit(connected.app)
    opened = itertools.count()

    def close(socket: WebSocketRoute) -> None:
        next(opened)
        socket.close()

    person.page.route_web_socket("**/api/changes", close)
    person.open()
    connected.emulator.faults(refuse=True)
    connected.emulator.drop(connected.number)
    row = person.by_key(f"row-{connected.instance_id}")
    expect(row).to_contain_text("Reconectando", timeout=5_000)
    assert next(opened) > 1, "it was tried, and tried again"


def test_no_press_is_lost_while_changes_rain(connected: Connected) -> None:
    """Links and buttons work and pages come whole while the instance loses its connection all the time."""
    person = connected.visitor("/")
    over = threading.Event()

    def rain() -> None:
        while not over.wait(0.15):
            connected.emulator.drop(connected.number)

    thread = threading.Thread(target=rain)
    thread.start()
    try:
        for _ in range(8):
            person.press(f"open-{connected.instance_id}")
            person.by_key("status").wait_for()
            person.page.get_by_text("Todas as instâncias").click()
            person.by_key("new-instance").wait_for()
    finally:
        over.set()
        thread.join()
    assert not person.console_errors


def test_a_page_outlives_the_server(own_connected: Connected) -> None:
    """After a restart on the same port an open page shows the new process's instances by itself."""
    app, person = own_connected.app, own_connected.visitor("/")
    row = person.by_key(f"row-{own_connected.instance_id}")
    expect(row).to_contain_text(CONNECTED)
    app.terminate()
    app.start()
    app.wait_healthy()
    app.wait_instance(own_connected.instance_id, state="connected")
    person.settled()
    expect(row).to_contain_text(CONNECTED)
    app.kill()  # nothing is left that could answer: the next start must do it
    app.start()
    expect(person.page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-connection-state", "CONNECTED", timeout=20_000
    )
    expect(row).to_contain_text(CONNECTED)


def test_a_page_hears_only_what_it_shows(own_connected: Connected) -> None:
    """Messages come in: the page that shows them follows; of the access log, only the unread count."""
    connected = own_connected
    other, inbox = connected.visitor("/audit"), connected.visitor("/messages?id={id}&view=log")
    other.by_key("audit-table").wait_for()
    other.page.wait_for_timeout(500)  # whatever it asks for while it opens
    other.page.evaluate(_NOTE_REDRAWS)
    for count in range(4):
        connected.emulator.inbound(sender=connected.friend, receiver=connected.number, text=f"número {count}")
        expect(inbox.by_key("inbox")).to_contain_text(f"número {count}", timeout=AT_ONCE_MS)
    other.page.wait_for_timeout(500)  # so that what was drawn meanwhile is counted
    assert other.page.evaluate("window.redrawn") == 0


def test_a_flood_is_followed_at_a_walk(connected: Connected) -> None:
    """After the first second, redraws get a third of the time: the rest is for presses and other tabs."""
    connected.emulator.inbound(sender=connected.friend, receiver=connected.number, text="um")
    person = connected.visitor("/messages?id={id}")
    person.by_key("thread-list").get_by_text("um", exact=True).wait_for()
    person.page.evaluate(_BUSY_IN_A_FLOOD, 3)
    runs, busy = person.page.evaluate(_BUSY_IN_A_FLOOD, 4)
    assert runs >= 2
    assert busy < 0.38
    connected.emulator.inbound(sender=connected.friend, receiver=connected.number, text="dois")
    expect(person.by_key("thread-list")).to_contain_text("dois", timeout=AT_ONCE_MS)
