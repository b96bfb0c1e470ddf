"""Linking a phone, as it fits the device that the page is looked at with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.conftest import StartApp
from tests.e2e.conftest import Visit
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.visitor import CONNECTED, Visitor

Number = Callable[[], str]
PHONES = [(360, 640), (390, 844)]
CHROME = 128
"""Pixels that the bars of a phone's page take: 72 above, 56 below."""


@pytest.fixture
def app(app_process: StartApp) -> AppProcess:
    """An app without instances."""
    app = app_process()
    app.wait_healthy()
    return app


def _box(locator: Locator) -> dict[str, float]:
    # None while the page is being drawn anew.
    box = eventually(locator.bounding_box, timeout=3, seen=locator.inner_text)
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


def _fits(person: Visitor, locator: Locator) -> None:
    """It is whole between the bars of the page without scrolling, and nothing sticks out at the side."""
    head, box = _box(person.by_key("instance-page")), _box(locator)
    assert box["x"] >= 0
    assert box["right"] <= person.width
    assert box["bottom"] - head["y"] <= person.height - CHROME
    assert person.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def _is_folded(person: Visitor, key: str) -> bool:
    part = person.by_key(key).locator("details")
    part.wait_for()
    return part.get_attribute("open") is None


def test_on_a_desk_the_qr_is_large_and_alone(app: AppProcess, visit: Visit) -> None:
    """380 pixels beside four steps, whole on the screen; what happened and the help are folded."""
    person = visit(app).open()
    person.create("Loja Centro")
    person.read_qr()
    assert _box(person.by_key("qr"))["width"] == pytest.approx(380, abs=2)
    assert _box(person.by_key("qr-countdown"))["bottom"] <= person.height
    assert person.by_key("pairing-how").locator("ol > li").count() == 4
    assert _box(person.by_key("pairing-how"))["x"] > _box(person.by_key("qr"))["right"]
    current = person.by_key("stepper").locator('ol > [aria-current="step"]')
    expect(current).to_have_text("Conectar o celular")
    expect(person.by_key("stepper").locator("ol > li")).to_have_count(3)
    assert _is_folded(person, "history")
    assert _is_folded(person, "pairing-help")
    expect(person.page.get_by_text("acesso à conta")).to_have_count(1)
    expect(person.by_key("qr-countdown")).to_contain_text("Um código novo aparece sozinho")
    assert not person.console_errors


def test_the_enter_key_asks_for_the_code(
    app: AppProcess, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """A phone's keyboard has no other way to say that the number is complete."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    person = visit(app, width=390, height=844, phone=True).open()
    person.create("Loja Centro")
    expect(person.by_key("pairing-request").get_by_role("button")).to_be_enabled()
    person.by_key("pairing-number").locator("input").fill(f"+{owner}")
    person.by_key("pairing-number").locator("input").press("Enter")
    emulator.enter_code(number=owner, code=person.read_pairing_code())
    person.sees_state(CONNECTED)


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_on_a_phone_the_code_is_first_and_is_copied(
    app: AppProcess, emulator: Emulator, visit: Visit, fresh_number: Number, width: int, height: int
) -> None:
    """The number as most type it is offered as it should be; the code is whole, and copied by a press."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    person = visit(app, width=width, height=height, phone=True).open()
    person.create("Loja Centro")
    person.sees("A câmera não lê a própria tela")
    expect(person.by_key("qr")).to_have_count(0)
    field = person.by_key("pairing-number").locator("input")
    field.fill(f"({owner[2:4]}) {owner[4:9]}-{owner[9:]}")
    offer = person.by_key("pairing-number-use").get_by_role("button")
    expect(offer).to_contain_text("+55")
    _fits(person, offer)
    offer.click()
    expect(field).to_have_value(f"+55 {owner[2:4]} {owner[4:9]}-{owner[9:]}")
    person.press("pairing-request")
    code = person.read_pairing_code()
    _fits(person, person.by_key("pairing-code"))
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = person.by_key("pairing-copy").get_by_role("button")
    assert _box(copy)["height"] >= 44
    copy.click()
    expect(copy).to_contain_text("Copiado")
    assert person.page.evaluate("navigator.clipboard.readText()").replace("-", "") == code
    expect(copy).to_contain_text("Copiar código")
    emulator.enter_code(number=owner, code=code)
    person.sees_state(CONNECTED)
    expect(person.by_key("self-message").get_by_role("button")).to_be_visible()


def test_without_a_clipboard_the_code_is_at_least_selected(
    app: AppProcess, emulator: Emulator, visit: Visit, fresh_number: Number
) -> None:
    """An old browser, or a page without https: the words say what is left to do."""
    owner = fresh_number()
    emulator.add_phone(owner, "Dona")
    person = visit(app, width=390, height=844, phone=True).open()
    person.create("Sem área de transferência")
    person.type_into("pairing-number", f"+{owner}")
    person.press("pairing-request")
    code = person.read_pairing_code()
    person.page.evaluate(
        "() => { Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        " document.execCommand = () => false }"
    )
    copy = person.by_key("pairing-copy").get_by_role("button")
    copy.click()
    expect(copy).to_contain_text("Selecionado")
    assert person.page.evaluate("getSelection().toString()").strip().replace("-", "") == code


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_on_a_phone_the_qr_is_one_press_away_and_whole(
    app: AppProcess, visit: Visit, width: int, height: int
) -> None:
    """For another phone to scan; it stays while the page redraws itself."""
    person = visit(app, width=width, height=height, phone=True).open()
    person.create("Loja Centro")
    switch = person.by_key("pairing-way").get_by_role("button")
    expect(switch).to_contain_text("Mostrar o QR para outro celular ler")
    assert _box(switch)["height"] >= 44
    switch.dblclick()
    person.by_key("qr").locator("img").wait_for()
    expect(person.by_key("qr")).to_be_in_viewport(ratio=1)
    _fits(person, person.by_key("qr"))
    assert person.read_qr()


def test_a_narrow_window_on_a_desk_stacks_the_qr_above_the_steps(app: AppProcess, visit: Visit) -> None:
    """Half a screen beside another program is no phone: the QR comes first, and nothing is cut."""
    person = visit(app, width=400, height=900).open()
    person.create("Loja Centro")
    person.read_qr()
    assert _box(person.by_key("pairing-how"))["y"] > _box(person.by_key("qr"))["bottom"]
    assert person.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
