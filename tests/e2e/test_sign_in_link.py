"""Coming in without a password, in a browser: the link, its second use, and the way back in."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.settings import read_settings
from core.web.make_link import renew_link
from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import Scheme

# A page that turns somebody away says so by its status, which Chromium notes, and Streamlit's script in a tab
# that was signed out from another one: it may ask once more before the page shows the door.
_REFUSED = re.compile(
    r"403 \(Forbidden\)|401 \(Unauthorized\)|404 \(Not Found\) .*/_stcore/(health|host-config)$"
    r"|^(Client Error: response received|Connection failed) with status 401"
)
TITLE = "Abra este aplicativo com o link de entrada"


def fresh_link(app: AppProcess) -> str:
    """As `make link` makes it."""
    return renew_link(read_settings({"AUTH_DIR": str(app.auth_dir)}))


def is_turned_away(page: Page, *, title: str = TITLE) -> None:
    """The page says how to get a link."""
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator("ol code").first).to_have_text("make link")


def test_link_second_use_and_sign_out(app_process: StartApp, visit: Visit) -> None:
    """Nothing without it; with it the pages; signing out closes this tab and the other; a fresh one opens."""
    app = app_process()
    app.wait_healthy()
    link = app.link()
    person = visit(app, cookie="")
    page = person.page
    page.goto(app.url)
    is_turned_away(page)
    page.goto(link)
    person.settled()
    assert page.url == f"http://localhost:{app.port}/"
    person.by_key("new-instance").wait_for()
    page.reload()
    person.by_key("new-instance").wait_for()

    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("já foi usado")
    is_turned_away(page)
    # The line in the terminal may be the very link that was used.
    expect(page.get_by_text("Sign in:")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Ela vale uma vez")
    page.get_by_role("link", name="Voltar ao aplicativo").click()
    person.by_key("new-instance").wait_for()

    stranger = visit(app, cookie="").page
    stranger.goto(link)
    expect(stranger.get_by_role("alert")).to_contain_text("já foi usado")
    expect(stranger.get_by_role("link", name="Voltar ao aplicativo")).to_have_count(0)
    stranger.goto(f"http://localhost:{app.port}/messages")
    is_turned_away(stranger)

    tab = person.new_tab()
    tab.goto(page.url)
    eventually(lambda: tab.evaluate("window.changeLine?.up === true"), timeout=10, seen=lambda: tab.url)
    page.get_by_role("button", name="Sair").click()
    expect(page.get_by_text("você vai precisar de um novo link de entrada")).to_be_visible()
    page.get_by_role("button", name="Sair deste navegador").click()
    expect(page.get_by_role("status")).to_contain_text("Você saiu")
    is_turned_away(page)
    is_turned_away(tab)
    page.go_back()
    is_turned_away(page)

    page.goto(fresh_link(app))
    person.by_key("new-instance").wait_for()
    assert not [error for error in person.console_errors if not _REFUSED.search(error)]
    assert not person.outside


def test_the_access_log_names_the_way_in(app_process: StartApp, visit: Visit) -> None:
    """A used link that is tried again shows there too."""
    app = app_process()
    app.wait_healthy()
    person = visit(app, cookie="")
    link = app.link()
    for address in (link, link):
        person.page.goto(address)
    person.page.goto(f"http://localhost:{app.port}/audit")
    table = person.by_key("audit-table")
    expect(table).to_contain_text("com o link de entrada")
    expect(table).to_contain_text("link já usado")


@pytest.mark.parametrize(
    ("locale", "title"), [("pt-BR", TITLE), ("en-US", "Open this app with its sign-in link")]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(
    empty_app: AppProcess, visit: Visit, locale: str, title: str, scheme: Scheme
) -> None:
    """At 390 px nothing is cut off, folded or not; the other language is one press away."""
    page = visit(empty_app, cookie="", width=390, height=844, scheme=scheme, locale=locale).page
    page.goto(empty_app.url)
    is_turned_away(page, title=title)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("summary").click()
    expect(page.get_by_text("APP_PASSWORD").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="English" if locale == "pt-BR" else "Português").click()
    expect(page.get_by_role("heading", name=title)).to_have_count(0)


def test_without_scripts_it_works_too(app_process: StartApp, visit: Visit) -> None:
    """Nothing at the door needs JavaScript."""
    app = app_process()
    app.wait_healthy()
    context = visit(app, cookie="").browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(app.link())
    page.goto(f"http://localhost:{app.port}/api/instances")
    assert page.locator("body").inner_text() == "[]"
    context.close()


def test_the_start_opens_the_browser_signed_in(app_process: StartApp, visit: Visit, tmp_path: Path) -> None:
    """The program that is started as browser is given a file without the secret's name, which signs in."""
    note, program = tmp_path / "opened", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {note}.new && mv {note}.new {note}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    env = {"OPEN_BROWSER": "yes", "DISPLAY": ":0", "BROWSER": f"{program} %s &", "SSH_CONNECTION": ""}
    app = app_process(env=env)
    app.wait_healthy()
    eventually(note.exists, timeout=10, seen=app.log_text)
    address = note.read_text()
    assert app.link().partition("=")[2] not in address
    context = visit(app, cookie="").browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.locator(".st-key-new-instance").wait_for()
    assert page.url == f"http://localhost:{app.port}/"
    context.close()
    app.terminate()
    assert not list(app.auth_dir.glob("sign-in*"))


@pytest.mark.parametrize("without", ["OPEN_BROWSER", "DISPLAY"])
def test_no_browser_is_opened_unasked_or_unseen(app_process: StartApp, tmp_path: Path, without: str) -> None:
    """A service, or a machine without a screen."""
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/opened\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    env = {"OPEN_BROWSER": "yes", "DISPLAY": ":0", "BROWSER": f"{program} %s &", "SSH_CONNECTION": ""}
    nothing = "no" if without == "OPEN_BROWSER" else ""
    app = app_process(env={**env, without: nothing, "WAYLAND_DISPLAY": "", "HOME": os.environ["HOME"]})
    app.wait_healthy()
    app.link()
    app.terminate()
    assert not (tmp_path / "opened").exists()
    assert not (tmp_path / "auth" / "sign-in.html").exists()
