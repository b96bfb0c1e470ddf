"""Open pages show what happens by themselves, whatever their visitor does meanwhile."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.pairing import pair_instances
from tests.support.visitor import CONNECTED, Visitor

Number = Callable[[], str]
AT_ONCE_MS = 2_000
"""Far above what a push takes, far below the 10 s at which a list would be redrawn anyway."""


@pytest.fixture
def number(fresh_number: Number) -> str:
    """Of the instance that `app` runs."""
    return fresh_number()


@pytest.fixture
def app(
    app_process: StartApp, emulator: Emulator, patched_core: Path, tmp_path: Path, number: str
) -> AppProcess:
    """Runs one connected instance."""
    [instance_id] = pair_instances(tmp_path / "auth", emulator, patched_core, [number])
    running = app_process(auth_dir=tmp_path / "auth")
    running.wait_healthy()
    running.wait_instance(instance_id, state="connected")
    return running


def _loses_network(emulator: Emulator, number: str, person: Visitor, row: str) -> None:
    """The server refuses and drops the instance, then takes it back; the page must show both."""
    emulator.faults(refuse=True)
    emulator.drop(number)
    expect(person.by_key(row)).to_contain_text("Reconectando", timeout=AT_ONCE_MS)
    emulator.clear_faults()


def test_a_change_is_seen_at_once(app: AppProcess, emulator: Emulator, visit: Visit, number: str) -> None:
    """The list, the page of the instance and its timeline follow without a press and without waiting."""
    [instance] = app.instances()
    listing, own = visit(app).open(), visit(app).open()
    own.press(f"open-{instance['id']}")
    own.by_key("status").wait_for()
    for _ in range(3):
        entries = own.by_key("timeline").get_by_text("Reconectando").count()
        _loses_network(emulator, number, listing, f"row-{instance['id']}")
        expect(own.by_key("status")).to_contain_text("Reconectando", timeout=AT_ONCE_MS)
        expect(own.by_key("timeline").get_by_text("Reconectando")).to_have_count(
            entries + 1, timeout=AT_ONCE_MS
        )
        app.wait_instance(instance["id"], state="connected")
        expect(listing.by_key(f"row-{instance['id']}")).to_contain_text(CONNECTED, timeout=AT_ONCE_MS)
        expect(own.by_key("status")).to_contain_text(CONNECTED, timeout=AT_ONCE_MS)
    assert not listing.console_errors + own.console_errors


def test_pages_follow_where_the_line_cannot_be_opened(
    app: AppProcess, emulator: Emulator, visit: Visit, number: str
) -> None:
    """A proxy that closes it costs speed, nothing else: the page then looks by itself."""
    [instance] = app.instances()
    person = visit(app)
    opened = itertools.count()

    def close(socket: WebSocketRoute) -> None:
        next(opened)
        socket.close()

    person.page.route_web_socket("**/api/changes", close)
    person.open()
    emulator.faults(refuse=True)
    emulator.drop(number)
    expect(person.by_key(f"row-{instance['id']}")).to_contain_text("Reconectando", timeout=5_000)
    assert next(opened) > 1, "it was tried, and tried again"


def test_no_press_is_lost_while_changes_rain(
    app: AppProcess, emulator: Emulator, visit: Visit, number: str
) -> None:
    """Links and buttons work and pages come whole while the instance loses its connection all the time."""
    [instance] = app.instances()
    person = visit(app).open()
    over = threading.Event()

    def rain() -> None:
        while not over.wait(0.15):
            emulator.drop(number)

    thread = threading.Thread(target=rain)
    thread.start()
    try:
        for _ in range(8):
            person.press(f"open-{instance['id']}")
            person.by_key("status").wait_for()
            person.page.get_by_text("Todas as instâncias").click()
            person.by_key("new-instance").wait_for()
    finally:
        over.set()
        thread.join()
    assert not person.console_errors


def test_a_page_outlives_the_server(app: AppProcess, visit: Visit) -> None:
    """After a restart on the same port an open page shows the new process's instances by itself."""
    [instance] = app.instances()
    person = visit(app).open()
    row = person.by_key(f"row-{instance['id']}")
    expect(row).to_contain_text(CONNECTED)
    app.terminate()
    app.start()
    app.wait_healthy()
    app.wait_instance(instance["id"], state="connected")
    person.settled()
    expect(row).to_contain_text(CONNECTED)
    app.kill()  # nothing is left that could answer: the next start must do it
    app.start()
    expect(person.page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-connection-state", "CONNECTED", timeout=20_000
    )
    expect(row).to_contain_text(CONNECTED)


def test_a_page_hears_only_what_it_shows(
    app: AppProcess, emulator: Emulator, visit: Visit, number: str, fresh_number: Number
) -> None:
    """Messages come in: the page that shows them follows; the list, which shows none, is left alone."""
    friend = fresh_number()
    emulator.add_phone(friend, "Amigo")
    [instance] = app.instances()
    listing, inbox = visit(app), visit(app).open(f"/messages?id={instance['id']}")
    asked: list[float] = []
    listing.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda _: asked.append(time.monotonic()))
    )
    listing.open()
    listing.page.wait_for_timeout(500)  # whatever it asks for while it opens
    begin = time.monotonic()
    for count in range(4):
        emulator.inbound(sender=friend, receiver=number, text=f"número {count}")
        expect(inbox.by_key("inbox")).to_contain_text(f"número {count}", timeout=AT_ONCE_MS)
    listing.page.wait_for_timeout(100)  # so that what was sent meanwhile is counted
    by_time = (time.monotonic() - begin) // 10 + 1
    assert len([at for at in asked if at > begin]) <= by_time
