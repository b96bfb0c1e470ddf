"""Pages can be used with a screen reader, without a mouse, and by weak eyes, as far as axe can tell."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import Connected, Visit
from tests.support.accessibility import violations
from tests.support.app_process import AppProcess

PATHS = (
    *("/", "/instance?id={id}", "/messages?id={id}"),
    *("/import", "/storage", "/alerts", "/guide", "/diagnostics", "/audit", "/more"),
)


def test_no_page_shuts_anybody_out_on_a_phone(connected: Connected) -> None:
    """The bar, the pill's evidence and the page behind “Mais” too."""
    person = connected.visitor("/", width=390, height=844)
    found = {}
    for path in PATHS:
        person.open(path.format(id=connected.instance_id))
        found[path] = violations(person.page)
    person.press("persistence")
    person.by_key("persistence-evidence").wait_for()
    found["the pill"] = violations(person.page)
    assert not any(found.values()), found


def test_no_page_shuts_anybody_out(own_connected: Connected) -> None:
    """Names, contrast, order, roles: axe finds nothing on any page."""
    person = own_connected.visitor("/")
    found = {}
    for path in PATHS:
        person.open(path.format(id=own_connected.instance_id))
        found[path] = violations(person.page)
    person.open().create("Loja")
    person.read_qr()
    found["a QR"] = violations(person.page)
    person.press("pairing-way")
    person.by_key("pairing-number").wait_for()
    found["a pairing code"] = violations(person.page)
    person.press_more("delete")
    person.by_key("delete-confirm").wait_for()
    found["a question"] = violations(person.page)
    phone = own_connected.visitor("/", width=390, height=844, phone=True)
    phone.create("Loja no celular")
    phone.by_key("pairing-number").locator("input").fill("11 91234-5678")
    phone.by_key("pairing-number-use").wait_for()
    found["a number on a phone"] = violations(phone.page)
    phone.press("pairing-way")
    phone.read_qr()
    found["a QR on a phone"] = violations(phone.page)
    assert not any(found.values()), found


FOLDS = {
    "/storage": ("growth-costs", "backup-all"),
    "/guide": ("server-steps", "trouble-permission", "server-disk", "server-about", "trouble-lost"),
    "/diagnostics": ("checks-fine", "settings", "starts"),
    "/audit": (),
    "/alerts": ("alert-examples",),
}


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_folded_shuts_nobody_out(connected: Connected, width: int) -> None:
    """The same with every fold open, the log and the report in view, on a phone and on a desk."""
    person = connected.visitor("/", width=width)
    found = {}
    for path, folds in FOLDS.items():
        person.open(path)
        for fold in folds:
            person.unfold(fold)
        if path == "/diagnostics":
            person.choose("log-level", "Tudo")
            person.press("copy-report")
            person.by_key("report").locator("code").wait_for()
        person.settled()
        found[path] = violations(person.page)
    assert not any(found.values()), found


def test_the_sign_in_page_shuts_nobody_out(locked_app: AppProcess, visit: Visit) -> None:
    """The sign-in page too, before and after a wrong password."""
    person = visit(locked_app)
    person.page.goto(locked_app.url)
    assert not violations(person.page)
    person.page.get_by_label("Senha").fill("wrong" * 4)
    person.page.keyboard.press("Enter")
    person.page.get_by_role("alert").wait_for()
    assert not violations(person.page)


def test_what_is_hard_to_read_in_the_dark_only_is_found(browser: Browser) -> None:
    """Grey on black, and black on white in the light: axe is asked in both."""
    page = browser.new_page()
    page.set_content(
        "<html lang=pt><title>x</title><style>:root { color-scheme: light dark }"
        "body { background: light-dark(#fff, #000); color: light-dark(#000, #333) }</style><main>Olá</main>"
    )
    assert [(each["rule"], each["scheme"]) for each in violations(page)] == [("color-contrast", "dark")]
    page.close()
