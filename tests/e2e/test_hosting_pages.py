"""Storage and diagnostics with a real session, in a real browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import CONNECTED, Visitor

Number = Callable[[], str]
NAME = "Loja Centro"


def link_by_hand(
    app_process: StartApp, visit: Visit, emulator: Emulator, number: str
) -> tuple[AppProcess, Visitor]:
    """Start an app and link its first instance, called `NAME`, on the page."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    emulator.add_phone(number, "Dona")
    person.create(NAME)
    emulator.scan(number=number, qr=person.read_qr())
    person.sees_state(CONNECTED)
    return app, person


def cells_of(person: Visitor, key: str) -> list[list[str]]:
    """What a screen reader reads of a table: the canvas holds a real one."""
    table = person.by_key(key).locator("canvas table").first
    rows = table.locator("tr").all()
    return [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]


def download(person: Visitor) -> dict[str, str]:
    """The file of the table, which has one line."""
    with person.page.expect_download() as waiting:
        person.press("usage-csv")
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text), delimiter=";")
    return line


def test_a_linked_instance_is_measured_counted_and_downloaded(
    app_process: StartApp, visit: Visit, emulator: Emulator, fresh_number: Number
) -> None:
    """Its true blocks on the page, in the file and on the disk agree; the price table stands below."""
    app, person = link_by_hand(app_process, visit, emulator, fresh_number())
    person.open("/storage")

    def row() -> list[str]:
        return next((cells for cells in cells_of(person, "usage-table") if NAME in cells), [])

    shown = eventually(row, timeout=15, seen=lambda: cells_of(person, "usage-table"))
    assert "Conectada" in shown
    (instance,) = (path for path in app.auth_dir.iterdir() if (path / "session.db").exists())

    def agrees() -> dict[str, str] | None:
        person.press("measure-again")
        line = download(person)
        blocks = sum(each.stat().st_blocks * 512 for each in instance.glob("session.db*"))
        return line if int(line["Sessão (bytes)"]) == blocks else None

    # The write-ahead log shrinks in a calm moment after the linking.
    line = eventually(agrees, timeout=20, seen=lambda: download(person))
    assert line["Nome"] == NAME
    assert int(line["Memória (bytes)"]) > 5 * 1024**2
    expect(person.by_key("room-left")).to_contain_text("Espaço para mais")
    assert any("7.25" in cells for cells in cells_of(person, "cost-table"))


def test_measuring_again_begins_now(empty_app: AppProcess, visit: Visit) -> None:
    """A file that appeared since is counted after a press, without a reload."""
    person = visit(empty_app).open("/storage")
    totals = person.by_key("usage-totals")
    expect(totals).to_contain_text("KB")
    left_over = empty_app.auth_dir / "left-over.bin"
    left_over.write_bytes(b"x" * 5 * 1024**2)
    person.press("measure-again")
    expect(totals.get_by_test_id("stMetricValue").first).to_have_text("5,0 MB", timeout=15_000)
    left_over.unlink()


def test_the_report_is_copied_with_one_press_more(connected: Connected) -> None:
    """What lands in the clipboard is the report, without name or number."""
    person = connected.visitor("/diagnostics")
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(person.by_key("self-checks").locator("[data-check=python-version]")).to_contain_text("Tudo certo")
    person.press("copy-report")
    person.by_key("report").get_by_label("Copy to clipboard").click()

    def copied() -> str:
        return str(person.page.evaluate("navigator.clipboard.readText()"))

    text = eventually(copied, timeout=5, seen=lambda: "the clipboard stays empty")
    assert "python-version" in text
    assert connected.name not in text
    assert connected.number not in text


def test_the_log_of_the_page_shows_where_a_session_is_kept(
    app_process: StartApp, visit: Visit, emulator: Emulator, fresh_number: Number
) -> None:
    """The line that the guide speaks of is there; picking errors hides it."""
    number = fresh_number()
    app, person = link_by_hand(app_process, visit, emulator, number)
    person.open("/diagnostics")
    log = person.by_key("log")
    expect(log).to_contain_text("Created new auth directory for instance")
    expect(log).to_contain_text(str(app.auth_dir))
    expect(log).not_to_contain_text(number)
    person.choose("log-level", "Erros")
    expect(log).not_to_contain_text("Created new auth directory")


def test_the_network_is_asked_on_press_and_answers(empty_app: AppProcess, visit: Visit) -> None:
    """Step by step, as far as it comes; nothing before."""
    person = visit(empty_app).open("/diagnostics")
    person.by_key("self-checks").wait_for()
    expect(person.page.locator("[data-check=network-connect]")).to_have_count(0)
    person.press("check-network")
    checks = person.by_key("network-checks")
    expect(checks.locator("[data-check=network-connect]")).to_have_attribute(
        "data-verdict", "good", timeout=15_000
    )
