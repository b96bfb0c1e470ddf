"""Alerts in a real browser, to real services on loopback, about the genuine core."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import StartApp
from tests.e2e.conftest import LinkedApp, Visit
from tests.emulator.handle import Emulator
from tests.support import alert_sinks
from tests.support.accessibility import violations
from tests.support.app_process import AppProcess
from tests.support.pairing import pair_instances
from tests.support.polling import eventually
from tests.support.visitor import Visitor

PHONE = {"width": 390, "height": 844}
_NOTED = """
window.noted = []
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options)
    window.noted.push(options.body)
    window.last = this
  }
}
"""
_BEHIND = "() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })"
"""A headless browser never takes a page for one that nobody sees."""


def add(person: Visitor, url: str) -> None:
    """Type an address and press the button."""
    person.type_into("alert-address", url)
    person.press("alert-add")


@pytest.mark.parametrize("size", [{}, PHONE])
def test_an_address_is_added_tried_and_removed(
    app_process: StartApp, visit: Visit, size: dict[str, int]
) -> None:
    """A test arrives and is said to; nothing of the address is on the page or in a file that others read."""
    app = app_process()
    app.wait_healthy()
    person = visit(app, **size).open("/alerts")
    person.sees("Nenhum endereço ainda")
    add(person, "loja")
    person.sees("Nenhum serviço é conhecido para este endereço")
    with alert_sinks.ntfy("segredo-da-rua") as sink:
        add(person, sink.url)
        person.sees("ntfy ••••")
        expect(person.by_key("alert-address").locator("input")).to_have_value("")
        person.press("alert-test")
        eventually(lambda: sink.lines, timeout=30, seen=lambda: sink.attempts)
        assert "Isto é um teste" in sink.lines[0]
        expect(person.by_key("alert-table")).to_contain_text("Entregue", timeout=15_000)
        assert "segredo-da-rua" not in person.page.content()
        assert (app.auth_dir / "alerts.json").stat().st_mode & 0o777 == 0o600
        sink.down = True
        person.press("alert-test")
        expect(person.by_key("alert-table")).to_contain_text("resposta 503", timeout=15_000)
    person.page.get_by_role("button", name="Remover", exact=True).click()
    person.page.get_by_role("button", name="Sim, remover").click()
    person.sees("Nenhum endereço ainda")
    assert "segredo-da-rua" not in app.log_text()


def test_a_phone_that_unlinks_is_told_by_the_setting_alone(
    app_process: StartApp,
    visit: Visit,
    emulator: Emulator,
    patched_core: Path,
    tmp_path: Path,
    fresh_number: Callable[[], str],
) -> None:
    """`ALERT_URLS` and no press: one message, also after a kill; the page shows it as open."""
    number = fresh_number()
    (instance_id,) = pair_instances(tmp_path / "auth", emulator, patched_core, [number])
    with alert_sinks.ntfy() as ntfy, alert_sinks.mail() as mail:
        env = {"ALERT_URLS": f"{ntfy.url} {mail.url}"}
        app = app_process(auth_dir=tmp_path / "auth", env=env)
        app.wait_healthy()
        app.wait_instance(instance_id, state="connected")
        emulator.unlink(number)
        for sink in (ntfy, mail):
            eventually(lambda: sink.lines, timeout=40, seen=lambda: sink.attempts)  # noqa: B023
            assert "foi desconectada no celular" in sink.lines[0]
            assert number[-8:] not in sink.lines[0]
        person = visit(app).open("/alerts")
        expect(person.by_key("alert-incidents")).to_contain_text("desconectada no celular")
        expect(person.by_key("alert-table")).to_contain_text("Entregue")
        expect(person.page).to_have_title("⚠ Avisos · Plantão")
        app.kill()
        again = app_process(auth_dir=tmp_path / "auth", env=env)
        again.wait_healthy()
        person = visit(again).open("/alerts")
        expect(person.by_key("alert-incidents")).to_contain_text("desconectada no celular")
        assert len(ntfy.messages) == len(mail.messages) == 1


def test_the_page_is_for_everybody(app_process: StartApp, visit: Visit) -> None:
    """No violation with addresses and choices on it; quiet hours outlive a reload."""
    app = app_process(env={"ALERT_URLS": "ntfy://127.0.0.1:9/loja"})
    app.wait_healthy()
    person = visit(app, **PHONE).open("/alerts")
    person.sees("da configuração ALERT_URLS")
    person.by_key("alert-quiet").locator("label").first.click()
    expect(person.by_key("alert-quiet-from")).to_be_visible()
    person.settled()
    assert violations(person.page) == []
    person.open("/alerts")
    expect(person.by_key("alert-quiet-from")).to_be_visible()


def test_a_browser_tells_of_trouble_in_a_tab_behind_others(
    linked_app: LinkedApp, emulator: Emulator, visit: Visit
) -> None:
    """Off until its button is pressed; once, however many tabs there are; a press leads to the instance."""
    app, (instance,) = linked_app()
    person = visit(app)
    person.page.context.grant_permissions(["notifications"], origin=app.url)
    person.page.add_init_script(_NOTED)
    person.open("/alerts")
    switch = person.by_key("alert-browser").get_by_role("button")
    expect(switch).to_have_text(re.compile("Avisar também neste navegador"))
    switch.click()
    expect(person.by_key("alert-browser")).to_contain_text("aparecem aqui")
    expect(switch).to_have_text(re.compile("Não avisar mais neste navegador"))
    person.settled()
    other = person.new_tab()
    other.add_init_script(_NOTED)
    other.goto(f"{app.url}/storage")
    expect(other).to_have_title(re.compile("Espaço e custo"))
    for page in (person.page, other):
        page.evaluate(_BEHIND)
    emulator.unlink(instance.number)
    for page in (person.page, other):
        expect(page).to_have_title(re.compile("^⚠ "), timeout=20_000)

    def noted() -> list[tuple[Page, str]]:
        tabs = (person.page, other)
        return [(page, text) for page in tabs for text in page.evaluate("window.noted")][1:]

    ((teller, text),) = eventually(noted, timeout=10, seen=noted)
    assert text == f"{app.instance(instance.id)['name']}: desconectada no celular"
    teller.evaluate("window.last.onclick()")
    expect(teller).to_have_url(re.compile(rf"/instance\?id={instance.id}$"))
    person.open("/alerts")
    switch.click()
    expect(switch).to_have_text(re.compile("Avisar também neste navegador"))


def test_a_browser_that_blocks_notifications_says_so(empty_app: AppProcess, visit: Visit) -> None:
    """With what to do about it."""
    person = visit(empty_app)
    person.page.add_init_script("Notification.requestPermission = async () => 'denied'")
    person.open("/alerts")
    person.by_key("alert-browser").get_by_role("button").click()
    person.sees("bloqueia os avisos deste site")
