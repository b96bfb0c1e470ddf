"""The safety pill and the guide, through deploys on a real mount."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Route, expect

from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.own_disk import may_mount, own_disk
from tests.support.pairing import pair_instances
from tests.support.visitor import CONNECTED, Visitor

Number = Callable[[], str]
needs_mount = pytest.mark.skipif(not may_mount(), reason="mounting needs root on Linux")
PAGES = ("/", "/messages", "/storage", "/guide", "/diagnostics")


def deploy(app_process: StartApp, folder: Path, *, machine: str) -> AppProcess:
    """A start on Render, on the machine with that name."""
    env = {"RENDER": "true", "RENDER_INSTANCE_ID": machine, "RENDER_SERVICE_NAME": "api-whatsapp-ew"}
    app = app_process(auth_dir=folder, env=env)
    app.wait_healthy()
    return app


def check_row(person: Visitor, code: str) -> Locator:
    """The row of a self-check."""
    return person.page.locator(f'[data-check="{code}"]')


def evidence(person: Visitor) -> Locator:
    """What the pill says on a press."""
    person.press("persistence")
    return person.by_key("persistence-evidence")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_folder_without_a_disk_is_red_on_every_page(
    app_process: StartApp,
    visit: Visit,
    tmp_path: Path,
    emulator: Emulator,
    patched_core: Path,
    fresh_number: Number,
    width: int,
) -> None:
    """Once something can be lost; on a press with the folder, in words, and a way to the guide."""
    pair_instances(tmp_path / "auth", emulator, patched_core, [fresh_number()])
    app = deploy(app_process, tmp_path / "auth", machine="srv-1")
    person = visit(app, width=width)
    for path in PAGES:
        pill = person.open(path).by_key("persistence")
        expect(pill).to_contain_text("Em risco")
        expect(person.by_key("light-red")).to_be_visible()
        assert str(tmp_path) not in person.by_key("rail").inner_text()
    person.open("/")
    shown = evidence(person)
    expect(shown).to_contain_text(str(tmp_path / "auth"))
    expect(shown).to_contain_text("ler os QR codes de novo")
    shown.get_by_role("link").click()
    person.page.wait_for_url(re.compile("/guide"))
    expect(person.by_key("step-2")).to_contain_text("A fazer")
    expect(check_row(person, "auth-dir-on-disk")).to_have_attribute("data-verdict", "warning")


@needs_mount
def test_a_disk_is_proven_by_a_deploy_and_not_before(
    app_process: StartApp, visit: Visit, tmp_path: Path, emulator: Emulator, fresh_number: Number
) -> None:
    """Amber on the first start; green, with the session connected and no QR, after another machine's."""
    with own_disk(tmp_path / "contents", tmp_path / "data") as disk:
        folder = disk / "whatsapp_auth"
        app = deploy(app_process, folder, machine="srv-1")
        person = visit(app).open("/guide")
        expect(person.by_key("persistence-proof")).to_contain_text("Falta confirmar")
        expect(person.by_key("persistence-proof")).to_contain_text("O disco está vazio desde")
        expect(person.open().by_key("persistence")).to_have_count(0)
        number = fresh_number()
        emulator.add_phone(number, "Dona")
        person.create("Loja")
        emulator.scan(number=number, qr=person.read_qr())
        person.sees_state(CONNECTED)
        expect(person.by_key("persistence")).to_contain_text("Falta confirmar")
        app.terminate()

        again = deploy(app_process, folder, machine="srv-1")
        expect(visit(again).open().by_key("persistence")).to_contain_text("Falta confirmar")
        again.terminate()

        other = deploy(app_process, folder, machine="srv-2")
        person = visit(other).open("/guide")
        expect(person.by_key("persistence")).to_contain_text("Conexões guardadas")
        proof = evidence(person)
        expect(proof).to_contain_text("2 reinícios e 1 publicação")
        expect(proof).not_to_contain_text("vazio")
        person.page.keyboard.press("Escape")
        for step in (1, 2, 3):
            expect(person.by_key(f"step-{step}").locator(".wa-step")).to_contain_text("Feito")
        expect(check_row(person, "sessions-restored").locator(".wa-value")).to_have_text("1")
        other.wait_instance("Loja", state="connected")


@needs_mount
def test_a_disk_made_anew_is_said_to_be_empty(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """No proof is carried over to it."""
    for number in (1, 2):
        with own_disk(tmp_path / "first", tmp_path / "data") as disk:
            app = deploy(app_process, disk / "whatsapp_auth", machine=f"srv-{number}")
            expected = "Falta confirmar" if number == 1 else "Conexões guardadas"
            expect(visit(app).open("/guide").by_key("persistence-proof")).to_contain_text(expected)
            app.terminate()
    with own_disk(tmp_path / "second", tmp_path / "data") as disk:
        app = deploy(app_process, disk / "whatsapp_auth", machine="srv-3")
        proof = visit(app).open("/guide").by_key("persistence-proof")
        expect(proof).to_contain_text("O disco está vazio desde")
        expect(proof).not_to_contain_text("Conexões guardadas")
        app.terminate()


def test_troubleshooting_finds_the_missing_disk(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """“Sessões ainda são perdidas” looks by itself, and only when pressed."""
    person = visit(deploy(app_process, tmp_path / "auth", machine="srv-1")).open("/guide")
    person.unfold("trouble-lost")
    expect(check_row(person, "marker-kept")).to_have_count(0)
    person.press("check-lost")
    found = person.by_key("found-lost")
    expect(found.locator('[data-check="auth-dir-on-disk"]')).to_have_attribute("data-verdict", "bad")
    person.unfold("trouble-permission")
    person.press("check-permission")
    expect(person.by_key("found-permission").locator('[data-check="writable"]')).to_have_attribute(
        "data-verdict", "good"
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_no_new_page_is_wider_than_the_window(empty_app: AppProcess, visit: Visit, width: int) -> None:
    """On a phone too, and every page can be reached from every other."""
    person = visit(empty_app, width=width)
    for path in PAGES:
        person.open(path).by_key("rail").wait_for()
        wide = person.page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= width, path
        main = person.page.evaluate(
            "(() => { const m = document.querySelector('[data-testid=stMain]');"
            " return m.scrollWidth - m.clientWidth })()"
        )
        assert main <= 0, path
    person.open("/")
    if width < 600:
        person.by_key("tab-more").get_by_role("link").click()
    person.page.get_by_role("link", name="Verificações").click()
    person.page.wait_for_url(re.compile("/diagnostics"))
    person.by_key("self-checks").wait_for()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pill_stands_in_the_same_place_on_every_page(connected: Connected, width: int) -> None:
    """Nothing around it moves when a visitor goes from page to page."""
    person = connected.visitor("/", width=width)
    # Once more: a window that draws for the first time may not have begun to load its fonts.
    pill = person.open("/").by_key("persistence")
    places = [_place(person, pill)]
    for path in PAGES[1:]:
        person.open(path)
        places.append(_place(person, pill))
    assert places == places[:1] * len(PAGES)


def test_the_pill_does_not_jump_while_the_page_loads(connected: Connected) -> None:
    """The scripts of what stands below it come late, and move nothing."""
    person = connected.visitor("/")
    pill = person.by_key("persistence")
    late: list[Route] = []

    def hold_back(route: Route) -> None:  # not `append` itself: Playwright notes things in what it calls
        late.append(route)

    person.page.route(re.compile(r"/static/js/(BidiComponent|Selectbox|Checkbox)\."), hold_back)
    person.page.goto(f"{person.url}/guide", wait_until="commit")
    person.by_key("sign-out").get_by_role("button").wait_for()
    expect(person.by_key("rail")).to_have_css("position", "fixed")  # the style sheet is here
    early = _place(person, pill)
    assert person.page.locator('.st-key-rail [data-testid="stSkeleton"]').count() >= 3
    for route in late:
        route.continue_()
    person.settled()
    assert _place(person, pill) == early


def _place(person: Visitor, locator: Locator) -> FloatRect | None:
    """Return where it stands once the window has its fonts, and with them its heights."""
    locator.wait_for()
    person.page.evaluate("document.fonts.ready.then(() => 1)")
    return locator.bounding_box()
