"""A visitor who reads Spanish: the door, the picker, every page, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Connected, Visit
from tests.support.app_process import AppProcess
from tests.support.signing_in import PASSWORD
from tests.support.visitor import Visitor

PHONE = {"width": 390, "height": 844}
PAGES = {
    "/instance?id={id}&": "{name}",
    "/messages?id={id}&": "Conversaciones",
    "/storage?": "Espacio y costo",
    "/guide?": "Ayuda y guía",
    "/diagnostics?": "Revisiones",
    "/alerts?": "Avisos",
    "/audit?": "Quién entró",
}


def _choose_language(person: Visitor, name: str) -> None:
    """A phone has the list behind “Mais”."""
    person.by_key("tab-more").get_by_role("link").click()
    person.pick("language", name)


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_spanish_is_picked_on_a_phone_and_stays(connected: Connected) -> None:
    """The page, its language tag and its address change at once; a reload and another page keep it."""
    person = connected.visitor("/", **PHONE)
    _choose_language(person, "Español")
    page = person.page
    expect(person.by_key("tab-instances")).to_contain_text("Instancias")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page).to_have_url(re.compile(r"language=Espa%C3%B1ol"))
    assert _fits(page)
    page.reload()
    person.by_key("tab-instances").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Instancias", exact=True)).to_be_visible()
    person.press(f"open-{connected.instance_id}")
    person.sees("Todo en orden")
    expect(person.by_key("status")).to_contain_text("Conectada")
    _choose_language(person, "Português (Brasil)")
    expect(person.by_key("tab-instances")).to_contain_text("Instâncias")
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")


def test_every_page_fits_a_phone_in_spanish(connected: Connected) -> None:
    """Words longer than the Portuguese ones push nothing off the side."""
    person = connected.visitor("/?language=Español", **PHONE)
    for path, title in PAGES.items():
        person.open(path.format(id=connected.instance_id) + "language=Español")
        heading = title.format(name=connected.name)
        expect(person.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        expect(person.page.locator("html")).to_have_attribute("lang", "es")
        assert _fits(person.page), path


@pytest.mark.parametrize(("locale", "heading"), [("es-MX", "Entrar"), ("es-419", "Entrar")])
def test_the_door_speaks_the_browsers_spanish(
    locked_app: AppProcess, visit: Visit, locale: str, heading: str
) -> None:
    """The sign-in page comes in Spanish, fits a phone, and says no in Spanish."""
    person = visit(locked_app, locale=locale, **PHONE)
    page = person.page
    page.goto(locked_app.url)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "es"
    page.get_by_label("Contraseña").fill("no es esta contraseña")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Esa no es la contraseña")
    assert _fits(page)


def test_spanish_is_one_press_away_at_the_door(empty_app: AppProcess, visit: Visit) -> None:
    """From the page for who has no link yet, whatever the browser asked for."""
    page = visit(empty_app, cookie="", locale="pt-BR", **PHONE).page
    page.goto(empty_app.url)
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", name="Abre esta aplicación con su enlace de entrada")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "es"
    assert _fits(page)


def test_spanish_from_the_door_is_in_the_first_bytes_of_the_app(locked_app: AppProcess, visit: Visit) -> None:
    """A press at the door, the password, and the app opens in Spanish, its first bytes too."""
    person = visit(locked_app, locale="en-US", **PHONE)
    page = person.page
    page.goto(f"{locked_app.url}/login?next=/storage")
    page.get_by_role("link", name="Español").click()
    page.get_by_label("Contraseña").fill(PASSWORD)
    with page.expect_response(re.compile(r"/storage\?language=Espa%C3%B1ol")) as served:
        page.get_by_role("button", name="Entrar").click()
    assert '<html lang="es"' in served.value.text()
    expect(page.get_by_role("heading", level=1, name="Espacio y costo")).to_be_visible()
