"""The list of instances: what a person sees in a row, and does from it, on a desk and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.models.content import Content, Kind
from core.models.instance import InstanceRecord
from core.models.messages import ReceivedMessage
from core.store import inbox_table
from core.store.inbox_table import Retention
from core.store.instance_file import create_folder
from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.support.accessibility import violations
from tests.support.app_process import AppProcess
from tests.support.visitor import CONNECTED, Visitor

PHONE = {"width": 390, "height": 844}
ListOf = Callable[[int], AppProcess]
_CHANGES = """
() => {
  window.changes = 0
  new MutationObserver((all) => { window.changes += all.length }).observe(document.body,
    {subtree: true, childList: true, attributes: true, characterData: true})
}
"""
_WIDER_THAN_THE_WINDOW = """
() => document.querySelector('[data-testid=stMain]').scrollWidth > window.innerWidth
"""


@pytest.fixture
def list_of(app_process: StartApp, tmp_path: Path) -> ListOf:
    """An app with so many stored instances that are stopped; the first one has two unread messages."""

    def start(count: int) -> AppProcess:
        place = tmp_path / "auth"
        place.mkdir(mode=0o700)
        for number in range(count):
            record = InstanceRecord(
                f"loja-{number:03}",
                f"Loja São {number}",
                time.time() - number,
                wanted=False,
                phone=f"55119{number:08}",
            )
            create_folder(place, record)
        _write_to(place / "loja-000")
        app = app_process(auth_dir=place)
        app.wait_healthy()
        return app

    return start


def _write_to(folder: Path) -> None:
    address = "5511912345678@s.whatsapp.net"
    messages = [
        ReceivedMessage(
            folder.name, f"3A{number}", "5511912345678", "Ana", Content(Kind.TEXT, text="oi"), time.time(),
            chat=address, sender=address,
        )
        for number in range(2)
    ]  # fmt: skip
    inbox_table.write(folder, messages, names={}, keep=Retention())


def _row(person: Visitor, instance_id: str) -> Locator:
    return person.by_key(f"row-{instance_id}")


def _choose(person: Visitor, instance_id: str, action: str) -> None:
    person.press(f"menu-{instance_id}")
    person.page.get_by_role("option", name=action).or_(
        person.page.get_by_role("menuitem", name=action)
    ).first.click()


def _top(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"]


def _boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.eval_on_selector_all(
        selector, "all => all.map(one => one.getBoundingClientRect().toJSON())"
    )
    return found


@pytest.mark.parametrize("size", [{}, PHONE])
def test_a_row_shows_the_newest_message_until_it_was_looked_at(
    own_connected: Connected, size: dict[str, int]
) -> None:
    """Who wrote what, and how many are new; a press anywhere opens the instance; reading clears the count."""
    connected = own_connected
    person = connected.visitor("/", **size)
    row = _row(person, connected.instance_id)
    for text in ("Oi!", "Vocês abrem amanhã às 10h?"):
        connected.emulator.inbound(sender=connected.friend, receiver=connected.number, text=text)
    expect(row.locator(".wa-last")).to_have_text("Amiga: Vocês abrem amanhã às 10h?", timeout=5_000)
    expect(row.locator(".wa-unread")).to_contain_text("2")
    if not size:
        expect(row.locator(".wa-when")).to_have_text(re.compile(r"\d\d:\d\d"))
    row.click(position={"x": 60, "y": 20})
    person.sees_state(CONNECTED)
    person.open(f"/messages?id={connected.instance_id}")
    person.by_key("thread-list").locator("a").first.click()
    expect(person.by_key("thread")).to_contain_text("Vocês abrem")
    person.open()
    expect(row).to_contain_text("Vocês abrem")
    expect(row.locator(".wa-unread")).to_have_count(0)


@pytest.mark.parametrize("size", [{}, PHONE])
def test_what_needs_its_owner_stands_on_top_with_the_verb(
    own_connected: Connected, size: dict[str, int]
) -> None:
    """Unlinked on the phone, one press on "Reconectar" shows the QR code."""
    connected = own_connected
    person = connected.visitor("/", **size)
    expect(person.by_key("instances-others")).to_be_visible()
    connected.emulator.unlink(connected.number)
    needy = person.by_key("instances-needy")
    expect(needy).to_contain_text("O celular desconectou.", timeout=5_000)
    expect(person.page.get_by_text("1 precisa de você")).to_be_visible()
    person.press(f"verb-{connected.instance_id}")
    person.read_qr()


def test_an_instance_is_stopped_and_turned_on_in_its_row(own_connected: Connected) -> None:
    """From the menu and by the verb; the page stays the list."""
    connected = own_connected
    person = connected.visitor("/")
    row = _row(person, connected.instance_id)
    _choose(person, connected.instance_id, "Parar")
    expect(person.by_key(f"verb-{connected.instance_id}")).to_have_text("Ligar", timeout=10_000)
    person.press(f"verb-{connected.instance_id}")
    expect(row).to_contain_text(CONNECTED[:8], timeout=10_000)
    _choose(person, connected.instance_id, "Renomear")
    person.by_key("list-rename-name").locator("input").fill("Loja Centro")
    person.press("list-rename-save")
    expect(row.locator(".wa-name")).to_have_text("Loja Centro")
    assert not person.console_errors


@pytest.mark.parametrize("size", [{}, PHONE])
def test_a_press_on_undo_takes_it_out_of_the_trash(own_connected: Connected, size: dict[str, int]) -> None:
    """It connects again, since it was connected; the note goes by itself."""
    connected = own_connected
    person = connected.visitor("/", **size)
    _choose(person, connected.instance_id, "Mover para a lixeira")
    person.press("list-trash-confirm")
    expect(person.by_key("undo")).to_contain_text("está na lixeira")
    assert connected.app.instances() == []
    person.press("undo-trash")
    expect(_row(person, connected.instance_id)).to_contain_text(CONNECTED[:8], timeout=10_000)
    expect(person.by_key("undo")).to_have_count(0)
    person.open(f"/instance?id={connected.instance_id}").press_more("delete")
    person.press("delete-confirm")
    expect(person.by_key("undo")).to_be_visible()
    expect(person.by_key("undo")).not_to_be_visible(timeout=12_000)


def test_the_search_finds_among_many(list_of: ListOf, visit: Visit) -> None:
    """While it is typed, by name or number; its pages keep it; nothing found has a way back."""
    person = visit(list_of(45)).open()
    rows = person.page.locator('[class*="st-key-row-"]')
    expect(rows).to_have_count(20)
    box = person.by_key("instances-search").locator("input")
    box.press_sequentially("sao 1")
    expect(rows).to_have_count(11)
    box.fill("(11) 9 0000-0044")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Loja São 44")
    box.fill("nada disso")
    expect(person.by_key("instances-none")).to_be_visible()
    person.press("instances-clear")
    expect(rows).to_have_count(20)
    expect(box).to_have_value("")
    person.choose("instances-filter", "Conectadas 0")
    expect(person.by_key("instances-none")).to_be_visible()
    person.choose("instances-filter", "Paradas 45")
    expect(rows).to_have_count(20)
    person.press("instances-sort")
    person.page.get_by_role("option", name="Nome").or_(
        person.page.get_by_role("menuitem", name="Nome")
    ).first.click()
    expect(rows.nth(1)).to_contain_text("Loja São 1")
    assert not person.console_errors


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_fits_a_phone(list_of: ListOf, visit: Visit, count: int) -> None:
    """The first row is in sight, targets are large, nothing is too wide, and "new" is at hand."""
    person = visit(list_of(count), **PHONE).open()
    first = _row(person, "loja-000")
    first.wait_for()
    page = person.page
    if count < 6:
        assert _top(first) <= 200
    assert not page.evaluate(_WIDER_THAN_THE_WINDOW)
    for key in ("menu-", "verb-", "open-", "new-instance", "instances-sort"):
        for box in _boxes(page, f'[class*="st-key-{key}"] button'):
            assert min(box["width"], box["height"]) >= 44, (key, box)
    new = person.by_key("new-instance").bounding_box()
    assert new is not None
    assert new["y"] + new["height"] <= PHONE["height"]
    assert new["x"] + new["width"] <= PHONE["width"]


def test_a_keyboard_reaches_every_press_of_a_row_in_order(list_of: ListOf, visit: Visit) -> None:
    """The instance, its verb, its menu; then the next row. Each by its name."""
    person = visit(list_of(2)).open()
    _row(person, "loja-001").wait_for()
    person.by_key("open-loja-000").get_by_role("button").focus()
    names = []
    for _ in range(4):
        names.append(
            person.page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel")
        )
        person.page.keyboard.press("Tab")
    assert [" ".join(name.split()[-4:]) for name in names] == [
        "Abrir Loja São 0",
        "Ver QR",
        "de Loja São 0",
        "Abrir Loja São 1",
    ]


def test_an_idle_list_stands_still(own_connected: Connected) -> None:
    """In twenty seconds next to nothing of the page changes."""
    person = own_connected.visitor("/")
    _row(person, own_connected.instance_id).wait_for()
    person.page.wait_for_timeout(3_000)  # whatever still comes in after it was opened
    person.page.evaluate(_CHANGES)
    person.page.wait_for_timeout(20_000)
    assert person.page.evaluate("window.changes") <= 40


def test_undo_is_offered_though_the_page_is_told_of_changes_meanwhile(
    app_process: StartApp, visit: Visit, tmp_path: Path
) -> None:
    """The end of an instance that shows its QR code is such a change: it begins another draw of the page."""
    place = tmp_path / "auth"
    place.mkdir(mode=0o700)
    for number in range(4):
        create_folder(place, InstanceRecord(f"loja-{number}", f"Loja {number}", time.time(), wanted=True))
    app = app_process(auth_dir=place)
    app.wait_healthy()
    person = visit(app).open()
    for number in range(4):
        expect(_row(person, f"loja-{number}")).to_contain_text("Esperando o QR code")
        _choose(person, f"loja-{number}", "Mover para a lixeira")
        person.press("list-trash-confirm")
        expect(person.by_key("undo")).to_contain_text(f"Loja {number}")


def test_each_note_of_the_trash_has_its_own_time(list_of: ListOf, visit: Visit) -> None:
    """One that comes while the one before is shown is not faded out with it."""
    person = visit(list_of(2)).open()
    age = "it => Math.max(...it.getAnimations().map((each) => each.currentTime))"  # ms
    for number in range(2):
        _choose(person, f"loja-{number:03}", "Mover para a lixeira")
        person.press("list-trash-confirm")
        note = person.by_key("undo")
        expect(note).to_contain_text(f"Loja São {number}")
        assert note.evaluate(age) < 4_000
        person.page.wait_for_function(f"() => ({age})(document.querySelector('.st-key-undo')) > 4000")


@pytest.mark.parametrize("size", [{}, PHONE])
def test_the_list_shuts_nobody_out(list_of: ListOf, visit: Visit, size: dict[str, int]) -> None:
    """With search, chips, both groups, an open question and the note of the trash."""
    app = list_of(8)
    person = visit(app, **size).open()
    person.press("verb-loja-003")  # never linked: its QR code waits to be scanned
    person.read_qr()
    person.open()
    expect(person.by_key("instances-needy")).to_contain_text("Loja São 3", timeout=10_000)
    assert not violations(person.page)
    _choose(person, "loja-001", "Mover para a lixeira")
    person.by_key("list-trash-confirm").wait_for()
    assert not violations(person.page)
    person.press("list-trash-confirm")
    person.by_key("undo-trash").wait_for()
    assert not violations(person.page)
