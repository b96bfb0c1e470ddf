"""The app on a projector: one switch covers people on every page, also after the page is loaded anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.support.visitor import Visitor


def covers(person: Visitor, connected: Connected) -> None:
    """Neither the page nor the browser's tab says who it is about."""
    person.settled()
    said = person.page.content() + person.page.title()
    shown = f"{connected.number[-9:-4]}-{connected.number[-4:]}"
    for secret in (connected.name, connected.number, shown, "Segredo", "Amiga"):
        assert secret not in said, secret


@pytest.mark.parametrize("width", [1280, 390])
def test_one_switch_covers_every_page(connected: Connected, width: int) -> None:
    """Switched on at the side, or on the page behind “Mais”; a message that comes in is covered too."""
    emulator = connected.emulator
    emulator.add_phone(connected.friend, "Amiga")
    emulator.inbound(sender=connected.friend, receiver=connected.number, text="Segredo um")
    person = connected.visitor("/messages?id={id}", width=width, height=844)
    person.sees("Segredo um")
    talk = person.by_key("thread-list").locator("a").get_attribute("data-id")
    if width < 700:
        person.by_key("tab-more").get_by_role("link").click()
    switch = person.by_key("presentation").get_by_role("switch")
    switch.locator("xpath=ancestor::label").click()
    expect(switch).to_be_checked()
    talks = f"/messages?id={connected.instance_id}"
    for path in (
        "/",
        f"/instance?id={connected.instance_id}",
        talks,
        f"{talks}&c={talk}",
        f"{talks}&view=log",
    ):
        person.open(f"{path}{'&' if '?' in path else '?'}presentation=true")
        covers(person, connected)
    person.page.reload()
    person.by_key("inbox").wait_for()
    emulator.inbound(sender=connected.friend, receiver=connected.number, text="Segredo dois")
    expect(person.by_key("inbox").locator(".wa-message")).not_to_have_count(1)
    covers(person, connected)
    person.by_key("nav-storage" if width > 700 else "tab-guide").get_by_role("link").click()
    person.page.wait_for_url("**presentation=true**")
    covers(person, connected)
