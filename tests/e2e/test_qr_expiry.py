"""Codes run out; the page says so and makes new ones. The schedule is the core's own: this takes a while."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.visitor import CONNECTED

# Of a batch that is not six codes the core shows each, the first too, for 20 s (whatsmeow, qrchan.go).
EACH_S = 20
SLACK_S = 8


def test_a_batch_runs_out_and_the_next_one_links(
    app_process: StartApp, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> None:
    """The second code replaces the first, after the last none is shown, and one press makes a new batch."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    emulator.faults(qr_refs=2)
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create("Sem pressa")
    first = person.read_qr()
    expect(person.by_key("qr-countdown")).to_contain_text("1 de 6")
    expect(person.by_key("qr-countdown")).to_contain_text("2 de 6", timeout=(EACH_S + SLACK_S) * 1000)
    second = person.read_qr()
    assert second != first
    person.by_key("new-batch").wait_for(timeout=(EACH_S + SLACK_S) * 1000)
    expect(person.by_key("qr")).to_have_count(0)
    person.sees("venceram")
    person.press("new-batch")
    third = person.read_qr()
    assert third not in (first, second)
    emulator.scan(number=owner, qr=third)
    person.sees_state(CONNECTED)
    assert not person.console_errors
