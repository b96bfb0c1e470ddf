"""Codes run out; the page says so and makes new ones. Takes its time: the core's schedule is the real one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.visitor import CONNECTED

FIRST_S, NEXT_S = 60, 20
SLACK_S = 8


@pytest.mark.timeout(180)
def test_a_batch_runs_out_and_the_next_one_links(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> None:
    """The second code replaces the first, after the last none is shown, and one press makes a new batch."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    emulator.faults(qr_refs=2)  # two of six: the same schedule, 80 s instead of 160 s
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create("Sem pressa")
    first = person.read_qr()
    expect(person.by_key("qr-countdown")).to_contain_text("1 de 6")
    expect(person.by_key("qr-countdown")).to_contain_text("2 de 6", timeout=(FIRST_S + SLACK_S) * 1000)
    second = person.read_qr()
    assert second != first
    person.by_key("new-batch").wait_for(timeout=(NEXT_S + SLACK_S) * 1000)
    expect(person.by_key("qr")).to_have_count(0)
    person.sees("expir")
    person.press("new-batch")
    third = person.read_qr()
    assert third not in (first, second)
    emulator.scan(number=owner, qr=third)
    person.sees_state(CONNECTED)
    assert not person.console_errors
