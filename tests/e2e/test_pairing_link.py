"""A link for the person with the phone: sent by one person, opened by another, while the first watches."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.accessibility import violations
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.signing_in import PASSWORD
from tests.support.visitor import CONNECTED, Visitor, decode

Number = Callable[[], str]
# A page that turns somebody away says so by its status, which Chromium notes.
_REFUSED = re.compile(
    r"(403 \(Forbidden\)|404 \(Not Found\)|410 \(Gone\)) .*/pair\?|400 \(Bad Request\) .*/pair/code\?"
)


@pytest.fixture
def app(app_process: StartApp) -> AppProcess:
    """An app with a password: a visitor without a sign-in is a stranger."""
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    return app


@pytest.fixture
def owner(app: AppProcess, visit: Visit) -> Visitor:
    """Somebody at a desk who has created an instance and looks at its codes."""
    person = visit(app, cookie=app.cookie()).open()
    person.create("Loja Centro")
    person.read_qr()
    return person


def make_link(owner: Visitor) -> str:
    """Press the offer; gives the address that is shown."""
    owner.press("pairing-link")
    address = owner.by_key("pairing-link-address").inner_text().strip()
    assert re.fullmatch(rf"{owner.url}/pair\?l=[\w-]+#[\w-]{{43}}", address), address
    return address


def stranger(visit: Visit, app: AppProcess, **window: object) -> Visitor:
    return visit(app, cookie="", **window)


def on_phone(visit: Visit, app: AppProcess, **window: object) -> Visitor:
    return stranger(visit, app, **{"width": 390, "height": 844, "phone": True} | window)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def fits(page: Page) -> None:
    """Nothing sticks out at the side."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def clean(*people: Visitor) -> None:
    """No error in the console but refusals, and no other host was asked."""
    for person in people:
        assert not [error for error in person.console_errors if not _REFUSED.search(error)]
        assert not person.outside


def test_a_person_scans_by_link_while_the_owner_watches(
    app: AppProcess, owner: Visitor, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """On a phone's size: the question, the QR for another phone, scanned, done; the owner's page changes."""
    number = fresh_number()
    emulator.add_phone(number, "Dona")
    address = make_link(owner)
    owner.sees("só funciona neste computador")
    expect(owner.by_key("pairing-link-standing")).to_contain_text("ainda não foi aberto")

    guest = on_phone(visit, app)
    page = guest.page
    page.goto(address)
    heading(page, "Conectar o WhatsApp")
    fits(page)
    assert "Loja Centro" not in page.content()
    page.get_by_role("button", name="Continuar").click()
    heading(page, "Conectar com um código")
    expect(page.get_by_text("Loja Centro")).to_be_visible()
    assert urlsplit(page.url).fragment == ""
    expect(owner.by_key("pairing-link-standing")).to_contain_text("aberto às")

    page.get_by_role("link", name="Mostrar o QR para outro celular ler").click()
    expect(page.locator(".qr svg")).to_be_in_viewport(ratio=1)
    fits(page)
    expect(page.locator("#next")).to_have_text(re.compile(r"^\d:\d\d$"))
    emulator.scan(number=number, qr=eventually(lambda: decode(page), timeout=10, seen=page.content))
    heading(page, "Pronto: este celular está conectado")
    expect(page.locator(".qr")).to_have_count(0)
    owner.sees_state(CONNECTED)
    expect(owner.by_key("pairing-send")).to_have_count(0)
    page.reload()
    heading(page, "Pronto: este celular está conectado")

    late = stranger(visit, app)
    late.page.goto(address)
    heading(late.page, "Este link não vale mais")
    clean(owner, guest, late)


def test_a_code_is_typed_on_the_same_phone(
    app: AppProcess, owner: Visitor, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """A number as most type it is offered by a press; the code is copied; what is typed stays meanwhile."""
    number = fresh_number()
    emulator.add_phone(number, "Dona")
    guest = on_phone(visit, app)
    page = guest.page
    page.goto(make_link(owner))
    page.get_by_role("button", name="Continuar").click()
    field = page.get_by_label("Número do celular")
    field.fill(f"({number[2:4]}) {number[4:9]}-{number[9:]}")
    with page.expect_response(re.compile("/pair/part")):
        pass
    expect(field).to_have_value(f"({number[2:4]}) {number[4:9]}-{number[9:]}")
    page.get_by_role("button", name="Pedir o código").click()
    expect(page.get_by_role("alert")).to_contain_text("Falta o código do país")
    fits(page)
    page.get_by_role("button", name=re.compile("Usar")).click()
    code = page.locator(".code code")
    expect(code).to_have_text(re.compile(r"^\w{4}-\w{4}$"))
    assert number[4:] not in page.url
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copiar código").click()
    expect(page.locator("#copy")).to_have_text("Copiado ✓")
    assert page.evaluate("navigator.clipboard.readText()") == code.inner_text()
    emulator.enter_code(number=number, code=code.inner_text().replace("-", ""))
    heading(page, "Pronto: este celular está conectado")
    owner.sees_state(CONNECTED)
    clean(owner, guest)


def test_a_second_device_gets_nothing_and_the_owner_takes_the_link_back(
    app: AppProcess, owner: Visitor, visit: Visit
) -> None:
    """The one that opened it sees codes; the page says at once that the link was taken back."""
    address = make_link(owner)
    guest, other = stranger(visit, app), on_phone(visit, app)
    guest.page.goto(address)
    guest.page.get_by_role("button", name="Continuar").dblclick()
    heading(guest.page, "Leia com o celular que tem o WhatsApp")
    guest.page.locator(".qr svg").wait_for()
    other.page.goto(address)
    heading(other.page, "Este link está aberto em outro aparelho")
    other.page.goto(f"{app.url}/")
    expect(other.page.get_by_label("Senha")).to_be_visible()
    owner.press("pairing-link-revoke")
    heading(guest.page, "Este link foi cancelado")
    expect(owner.by_key("pairing-link").get_by_role("button")).to_be_visible()
    expect(owner.by_key("pairing-link-address")).to_have_count(0)
    again = make_link(owner)
    other.page.goto(again)
    other.page.get_by_role("button", name="Continuar").click()
    heading(other.page, "Conectar com um código")
    clean(owner, guest, other)


def test_cancelling_ends_the_link_and_a_new_one_shows_codes_again(
    app: AppProcess, owner: Visitor, visit: Visit
) -> None:
    """A stopped instance needs no press of its owner: whoever opens the link sees codes."""
    address = make_link(owner)
    guest = stranger(visit, app)
    guest.page.goto(address)
    guest.page.get_by_role("button", name="Continuar").click()
    guest.page.locator(".qr svg").wait_for()
    owner.press("stop")
    heading(guest.page, "Este link foi cancelado")
    address = make_link(owner)
    guest.page.goto(address)
    guest.page.get_by_role("button", name="Continuar").click()
    guest.page.locator(".qr svg").wait_for()
    clean(owner, guest)


def test_codes_follow_each_other_and_come_again(
    app: AppProcess, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """The second QR replaces the first by itself; when none is left, a press of the guest shows new ones."""
    number = fresh_number()
    emulator.add_phone(number, "Dona")
    emulator.faults(qr_refs=2)  # of 20 s each, as tests/e2e/test_qr_expiry.py says
    owner = visit(app, cookie=app.cookie()).open()
    owner.create("Sem pressa")
    owner.read_qr()
    guest = stranger(visit, app)
    page = guest.page
    page.goto(make_link(owner))
    page.get_by_role("button", name="Continuar").click()
    page.locator(".qr svg").wait_for()
    first = decode(page)
    eventually(lambda: decode(page) not in ("", first), timeout=30, seen=page.content)
    heading(page, "Leia com o celular que tem o WhatsApp")
    expect(page.get_by_role("button", name="Mostrar novos códigos")).to_be_visible(timeout=30_000)
    expect(page.locator(".qr")).to_have_count(0)
    owner.by_key("new-batch").wait_for()
    expect(owner.by_key("pairing-link-standing")).to_contain_text("aberto às")
    page.get_by_role("button", name="Mostrar novos códigos").click()
    page.locator(".qr svg").wait_for()
    emulator.scan(number=number, qr=eventually(lambda: decode(page), timeout=10, seen=page.content))
    heading(page, "Pronto: este celular está conectado")
    owner.sees_state(CONNECTED)
    clean(owner, guest)


def test_a_cut_address_says_so(app: AppProcess, owner: Visitor, visit: Visit) -> None:
    """A part of it was not copied: nothing is pressed, nothing is used up."""
    address = make_link(owner)
    guest = on_phone(visit, app)
    guest.page.goto(address.partition("#")[0])
    expect(guest.page.get_by_role("alert")).to_contain_text("Falta uma parte do endereço")
    expect(guest.page.get_by_role("button", name="Continuar")).to_be_disabled()
    guest.page.get_by_role("link", name="English").click()
    heading(guest.page, "Connect WhatsApp")
    guest.page.goto(address)
    guest.page.get_by_role("link", name="Español").click()
    heading(guest.page, "Conectar WhatsApp")
    guest.page.get_by_role("button", name="Continuar").click()
    expect(guest.page.get_by_label("Número del teléfono")).to_be_visible()
    clean(owner, guest)


def test_the_page_goes_on_when_the_connection_comes_back(
    app: AppProcess, owner: Visitor, visit: Visit
) -> None:
    """It says that there is none, and needs no press afterwards."""
    guest = on_phone(visit, app)
    guest.page.goto(make_link(owner))
    guest.page.get_by_role("button", name="Continuar").click()
    heading(guest.page, "Conectar com um código")
    guest.page.context.set_offline(True)
    expect(guest.page.locator("#offline")).to_be_visible()
    guest.page.context.set_offline(False)
    expect(guest.page.locator("#offline")).to_be_hidden()


def test_it_shuts_nobody_out(app: AppProcess, owner: Visitor, visit: Visit) -> None:
    """Names, contrast, order, roles: axe finds nothing in any step on a phone, nor on the owner's card."""
    address = make_link(owner)
    guest = on_phone(visit, app)
    page, found = guest.page, {}
    page.goto(address)
    found["question"] = violations(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    heading(page, "Conectar com um código")
    found["number"] = violations(page)
    page.locator("#switch").click()
    page.locator(".qr svg").wait_for()
    found["qr"] = violations(page)
    fits(page)
    found["owner"] = violations(owner.page)
    owner.press("pairing-link-revoke")
    heading(page, "Este link foi cancelado")
    found["end"] = violations(page)
    assert not any(found.values()), found
