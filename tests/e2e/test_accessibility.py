"""Pages can be used with a screen reader, without a mouse, and by weak eyes, as far as axe can tell."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import Connected, Visit
from tests.support.app_process import AppProcess
from tests.support.visitor import Scheme

PATHS = ("/", "/instance?id={id}", "/messages?id={id}", "/storage", "/guide", "/diagnostics", "/audit")
STANDARDS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}


def _violations(page: Page) -> list[dict[str, Any]]:
    found = Axe().run(page, options=STANDARDS).response["violations"]
    return [
        {"rule": each["id"], "where": [node["html"][:200] for node in each["nodes"]][:3]} for each in found
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(own_connected: Connected, scheme: Scheme) -> None:
    """Names, contrast, order, roles: axe finds nothing on any page."""
    person = own_connected.visitor("/", scheme=scheme)
    found = {}
    for path in PATHS:
        person.open(path.format(id=own_connected.instance_id))
        found[path] = _violations(person.page)
    person.open().create("Loja")
    person.read_qr()
    found["a QR"] = _violations(person.page)
    person.press("pairing-way")
    person.by_key("pairing-number").wait_for()
    found["a pairing code"] = _violations(person.page)
    person.press_more("delete")
    person.by_key("delete-confirm").wait_for()
    found["a question"] = _violations(person.page)
    phone = own_connected.visitor("/", scheme=scheme, width=390, height=844, phone=True)
    phone.create("Loja no celular")
    phone.by_key("pairing-number").locator("input").fill("11 91234-5678")
    phone.by_key("pairing-number-use").wait_for()
    found["a number on a phone"] = _violations(phone.page)
    phone.press("pairing-way")
    phone.read_qr()
    found["a QR on a phone"] = _violations(phone.page)
    assert not any(found.values()), found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_shuts_nobody_out(locked_app: AppProcess, visit: Visit, scheme: Scheme) -> None:
    """The sign-in page too, before and after a wrong password."""
    person = visit(locked_app, scheme=scheme)
    person.page.goto(locked_app.url)
    assert not _violations(person.page)
    person.page.get_by_label("Senha").fill("wrong" * 4)
    person.page.keyboard.press("Enter")
    person.page.get_by_role("alert").wait_for()
    assert not _violations(person.page)
