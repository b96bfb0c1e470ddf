"""Storage, guide, diagnostics and access log with a real session, in a real browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
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


PHONE = {"width": 390, "height": 844}


def cells_of(person: Visitor, key: str) -> list[list[str]]:
    """What a screen reader reads of a table: a real one, whose rows and cells keep their roles on a phone."""
    rows = person.by_key(key).get_by_role("table").get_by_role("row").all()
    return [
        [str(cell.text_content()) for cell in row.locator("[role=rowheader], [role=cell]").all()]
        for row in rows
    ]


def today() -> str:
    """The day at the visitor, as it stands in the name of a file."""
    return datetime.now(ZoneInfo("America/Sao_Paulo")).date().isoformat()


def name_of_download(person: Visitor, key: str) -> str:
    """What the file is called that the button with that key gives."""
    with person.page.expect_download() as waiting:
        person.press(key)
    return waiting.value.suggested_filename


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
    assert CONNECTED in shown
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
    expect(person.by_key("room-left")).to_contain_text("Cabem mais")
    expect(person.by_key("usage-sentence")).to_contain_text("Sua instância ocupa")
    person.unfold("growth-costs")
    assert any("US$ 7,25" in cells for cells in cells_of(person, "cost-table"))


def test_measuring_again_begins_now(empty_app: AppProcess, visit: Visit) -> None:
    """A file that appeared since is counted after a press, without a reload; the page keeps its look."""
    person = visit(empty_app).open("/storage")
    totals = person.by_key("usage-totals")
    expect(totals).to_contain_text("KB")
    left_over = empty_app.auth_dir / "left-over.bin"
    left_over.write_bytes(b"x" * 5 * 1024**2)
    person.press("measure-again")
    expect(person.page.get_by_test_id("stToast")).to_contain_text("Medindo de novo…")
    expect(totals.get_by_test_id("stMetricValue").first).to_have_text("5,0 MB", timeout=15_000)
    left_over.unlink()
    expect(person.by_key("rail")).to_have_css("position", "fixed")


def test_the_report_is_copied_with_one_press_more(connected: Connected) -> None:
    """What lands in the clipboard is the report, without name or number."""
    person = connected.visitor("/diagnostics")
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(person.by_key("self-checks").locator("[data-check=python-version]")).to_contain_text("Tudo certo")
    person.press("copy-report")
    person.by_key("report").get_by_label("Copiar", exact=True).click()

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


def test_a_new_instance_is_in_the_table_at_once(app_process: StartApp, visit: Visit) -> None:
    """With its figures within seconds: the page measures when it opens, and when one is made elsewhere."""
    app = app_process()
    app.wait_healthy()
    person = visit(app).open()
    person.create(NAME)
    person.read_qr()
    person.open("/storage")
    row = person.by_key("usage-table").get_by_role("row", name=NAME)
    expect(row).to_be_visible(timeout=2_000)
    expect(row).to_contain_text("KB", timeout=5_000)
    visit(app).open().create("Vendas")
    second = person.by_key("usage-table").get_by_role("row", name="Vendas")
    expect(second).to_contain_text("KB", timeout=8_000)
    expect(person.by_key("usage-sentence")).to_contain_text("Suas 2 instâncias ocupam")


def test_a_table_can_be_read_on_a_phone(own_connected: Connected) -> None:
    """Nothing is cut: each row is a card, each figure beside the head of its column."""
    person = own_connected.visitor("/storage", **PHONE)
    person.unfold("growth-costs")
    for key in ("usage-table", "cost-table", "elsewhere"):
        table = person.by_key(key)
        cell = table.get_by_role("cell").first
        head = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        assert head == f'"{cell.get_attribute("data-label")}"'
        cut = "body => [...body.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert table.locator("tbody").evaluate(cut) == 0
    assert person.page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_the_text_of_a_table_can_be_selected_and_copied(connected: Connected) -> None:
    """As any text of a page."""
    person = connected.visitor("/storage")
    cell = person.by_key("usage-table").get_by_role("rowheader", name=connected.name, exact=True)
    cell.click(click_count=3)
    assert connected.name in person.page.evaluate("getSelection().toString()")


@pytest.mark.parametrize("path", ["/storage", "/diagnostics", "/guide", "/audit"])
def test_an_idle_page_stays_still(connected: Connected, path: str) -> None:
    """Nothing moves and next to nothing changes while nobody does anything."""
    person = connected.visitor(path)
    person.page.wait_for_timeout(3_000)
    person.page.evaluate(
        """name => {
          window.moved = 0
          new MutationObserver(all => { window.moved += all.length }).observe(
            document.querySelector(`.st-key-page-${name}`),
            { subtree: true, childList: true, characterData: true })
        }""",
        path[1:],
    )
    height = "document.querySelector('[data-testid=stMain]').scrollHeight"
    before = person.page.evaluate(height)
    person.page.wait_for_timeout(10_000)
    # A redraw may fall into that time.
    assert person.page.evaluate("window.moved") <= 45
    assert person.page.evaluate(height) == before


@pytest.mark.parametrize("language", ["", "language=English"])
def test_files_are_called_what_they_hold_and_the_day(connected: Connected, language: str) -> None:
    """In the language of the page; one about an instance bears its name."""
    words = ("space", "accesses", "history", "messages", "report")
    if not language:
        words = ("espaco", "acessos", "historico", "mensagens", "relatorio")
    person = connected.visitor(f"/storage?{language}")
    assert name_of_download(person, "usage-csv") == f"{words[0]}-{today()}.csv"
    person.open(f"/audit?{language}")
    assert name_of_download(person, "audit-csv") == f"{words[1]}-{today()}.csv"
    name = f"instancia-{connected.number[-4:]}"
    person.open(f"/instance?id={connected.instance_id}&{language}")
    assert name_of_download(person, "timeline-csv") == f"{words[2]}-{name}-{today()}.csv"
    person.open(f"/messages?id={connected.instance_id}&view=log&{language}")
    assert name_of_download(person, "inbox-csv") == f"{words[3]}-{name}-{today()}.csv"
    person.open(f"/diagnostics?{language}")
    person.press("copy-report")
    assert name_of_download(person, "report-file") == f"{words[4]}-{today()}.txt"


def test_the_guide_is_short_on_a_phone_and_its_links_lead_to_the_tasks(connected: Connected) -> None:
    """Folded, less than half of what it is in full; a task is one press away, with the keyboard too."""
    person = connected.visitor("/guide", **PHONE)
    # Open, because these connections are at risk.
    steps = person.by_key("server-steps")
    steps.locator("details[open]").wait_for()
    steps.locator("summary").click()
    expect(person.by_key("step-1")).to_be_hidden()
    main = person.page.get_by_test_id("stMain")
    folded = main.evaluate("main => main.scrollHeight")
    for task in ("connect", "send", "report", "server"):
        link = person.page.locator(f'.wa-tasks a[href="#{task}"]')
        assert link.evaluate("link => link.getBoundingClientRect().height") >= 44
        link.focus()
        person.page.keyboard.press("Enter")
        expect(person.page.locator(f"h2#{task}")).to_be_in_viewport()
    assert person.page.url.startswith(f"{connected.app.url}/guide")
    for key in ("server-steps", "trouble-permission", "server-disk", "server-about", "trouble-lost"):
        person.unfold(key)
    expect(person.by_key("claims")).to_be_visible()
    assert folded <= 2_800
    assert folded < main.evaluate("main => main.scrollHeight") / 2


def test_what_is_fine_is_folded_and_the_log_is_reached_by_the_keyboard(connected: Connected) -> None:
    """What is not fine stands open above it; the log scrolls by the arrow keys."""
    person = connected.visitor("/diagnostics")
    fine = person.by_key("checks-fine")
    expect(fine.locator("summary")).to_contain_text("itens em ordem")
    expect(fine.locator("[data-check]").first).to_be_hidden()
    for row in person.by_key("checks-not-fine").locator("[data-check]").all():
        assert row.get_attribute("data-verdict") != "good"
        expect(row).to_be_visible()
    person.unfold("checks-fine")
    expect(fine.locator("[data-check=python-version]")).to_be_visible()
    person.choose("log-level", "Tudo")
    log = person.by_key("log").locator("pre")
    log.focus()
    person.page.keyboard.press("End")
    eventually(
        lambda: log.evaluate("log => log.scrollTop") > 0, timeout=5, seen=lambda: log.inner_text()[:80]
    )


def test_the_access_log_speaks_of_today(connected: Connected) -> None:
    """A time as on every other page, and the instance by its name."""
    person = connected.visitor("/audit")
    first = person.by_key("audit-table").get_by_role("rowheader").first
    expect(first).to_contain_text("hoje")


@pytest.mark.parametrize("path", ["/storage", "/guide", "/diagnostics", "/audit"])
def test_a_thumb_hits_every_press(connected: Connected, path: str) -> None:
    """44 px high on a phone; a link in a sentence and the question mark beside a figure may be smaller."""
    person = connected.visitor(path, **PHONE)
    small = person.page.locator(f".st-key-page-{path[1:]}").evaluate(
        """page => [...page.querySelectorAll('button:not([tabindex="-1"]), summary, a')]
          .filter(e => e.checkVisibility())
          .filter(e => !e.closest('p, [data-testid=stTooltipIcon], [data-testid=stCode]'))
          .filter(e => e.getBoundingClientRect().height < 43.5)
          .map(e => e.outerHTML.slice(0, 160))"""
    )
    assert small == []
