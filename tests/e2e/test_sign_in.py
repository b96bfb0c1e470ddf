"""Signing in and out in a browser: what a person sees, and that nothing leaves for another host."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.signing_in import PASSWORD
from tests.support.visitor import Scheme


def _console(errors: list[str]) -> list[str]:
    """What a page may not cause.

    A refused sign-in is told by its status, and Streamlit looks for its server beneath the path first:
    Chromium notes both.
    """
    expected = re.compile(
        r"401 \(Unauthorized\) .*/login$|404 \(Not Found\) .*/_stcore/(health|host-config)$"
    )
    return [error for error in errors if not expected.search(error)]


def _come_in(page: Page) -> None:
    page.get_by_label("Senha").fill(PASSWORD)
    page.keyboard.press("Enter")


def _wait_whole(page: Page) -> None:
    """Until nothing of the page is still being fetched: it is told of changes then."""
    eventually(lambda: page.evaluate("window.changeLine?.up === true"), timeout=10, seen=lambda: page.url)


def test_sign_in_use_and_sign_out(app_process: StartApp, visit: Visit) -> None:
    """A wrong password is told, the right one opens the page that was asked for, signing out closes it.

    Every page runs under the policy without one error in the console, and asks no other host for anything.
    """
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    person = visit(app)
    page = person.page
    page.goto(f"{app.url}/messages?language=English")
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
    page.get_by_label("Senha").fill("uma senha errada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Essa não é a senha")
    _come_in(page)
    page.wait_for_url(re.compile(r"/messages\?language=English"))
    person.settled()
    person.open()
    links = person.by_key("rail-links").get_by_role("link")
    expect(links.nth(1)).to_be_visible()
    for place in range(links.count()):
        links.nth(place).click()
        person.settled()
        expect(page.get_by_role("button", name="Sair", exact=True)).to_be_visible()
    person.open()
    person.create("Loja")
    person.read_qr()
    assert not _console(person.console_errors)
    tab = person.new_tab()
    tab.goto(app.url)
    _wait_whole(tab)
    page.get_by_role("button", name="Sair", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Você saiu")
    page.go_back()
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
    expect(tab.get_by_role("heading", name="Entrar")).to_be_visible()
    assert not person.outside


@pytest.mark.parametrize("locale", ["pt-BR", "en-US"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_fits_a_phone(
    locked_app: AppProcess, visit: Visit, locale: str, scheme: Scheme
) -> None:
    """At 390 px nothing is cut off, in both languages and schemes; a password manager finds its fields."""
    person = visit(locked_app, width=390, height=844, scheme=scheme, locale=locale)
    page = person.page
    page.goto(locked_app.url)
    title = "Entrar" if locale == "pt-BR" else "Sign in"
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("html").get_attribute("lang") == locale.removesuffix("-US")
    assert page.locator('input[autocomplete="current-password"]').count() == 1
    assert page.locator('input[autocomplete="username"]').count() == 1
    assert page.evaluate("document.activeElement.id") == "password"
    assert not person.console_errors


def test_signing_out_everywhere_from_the_page(app_process: StartApp, visit: Visit) -> None:
    """One press on the access log ends the sign-in of another browser too, whose page asks for it anew."""
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    people = [visit(app), visit(app)]
    for person in people:
        person.page.goto(f"{app.url}/audit")
        _come_in(person.page)
        person.sees("Quem acessou")
        _wait_whole(person.page)
    people[0].sees("entrou")
    people[0].page.get_by_role("button", name="Sair de todos os aparelhos").click()
    expect(people[0].page.get_by_role("status")).to_contain_text("Você saiu")
    expect(people[1].page.get_by_role("heading", name="Entrar")).to_be_visible()


def test_a_sign_in_that_ended_while_the_app_was_away(app_process: StartApp, visit: Visit) -> None:
    """The page that is open asks for it anew, and leads back to itself; it does not wait for ever."""
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    page = visit(app).page
    page.goto(f"{app.url}/audit")
    _come_in(page)
    page.wait_for_url(re.compile("/audit"))
    _wait_whole(page)
    app.terminate()
    (app.auth_dir / "door.json").unlink()  # as a changed password, or the time, ends all of them
    app.start()
    app.wait_healthy()
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
    _come_in(page)
    page.wait_for_url(re.compile("/audit"))


def test_without_scripts_it_works_too(locked_app: AppProcess, visit: Visit) -> None:
    """Nothing on the sign-in page needs JavaScript."""
    app, person = locked_app, visit(locked_app)
    context = person.browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(f"{app.url}/api/instances")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{app.url}/api/instances")
    assert page.locator("body").inner_text() == "[]"
    context.close()
