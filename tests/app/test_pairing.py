"""Linking a phone with a code instead of the QR."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError
from core.models.instance import InstanceState, InstanceView, ShowPairingCode, ShowQr
from pages.ui.instance import pairing as ways
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import PHONE, FakeServices, view

Page = Callable[..., AppTest]
NUMBER = "+55 11 98765-4321"


def pairing(**more: Any) -> InstanceView:
    """An instance that shows a QR."""
    step = ShowQr(code="2@abc", index=1, total=6, expires_at=time.time() + 30)
    return view("loja-1", "Loja", InstanceState.PAIRING, **{"qr": step} | more)


def code(left: float = 134) -> ShowPairingCode:
    """A code that is good for `left` seconds."""
    return ShowPairingCode(code="ABCD1234", number=PHONE, expires_at=time.time() + left)


def by_code(page: Page) -> AppTest:
    """The page with the second way chosen."""
    app = page("instance", id="loja-1")
    app.button(key="pairing-by-code").click().run()
    assert not app.exception
    return app


def ask(app: AppTest, number: str = NUMBER) -> AppTest:
    """Type a number and ask for its code."""
    app.text_input(key="pairing-number").set_value(number)
    app.button(key="pairing-request").click().run()
    assert not app.exception
    return app


def test_the_qr_is_the_first_way_and_the_code_the_second(page: Page, scene: FakeServices) -> None:
    """One at a time; cancelling is possible in both."""
    scene.views = [pairing()]
    app = page("instance", id="loja-1")
    assert app.image
    assert not app.text_input
    app = by_code(page)
    assert not app.image
    assert "Conectar com número de telefone" in text_of(app)
    assert {"stop", "pairing-by-qr"} <= keys_of(app)
    app.button(key="pairing-by-qr").click().run()
    assert app.image


def test_the_chosen_way_survives_the_redrawing(page: Page, scene: FakeServices) -> None:
    """The panel redraws itself twice a second; what was typed stays too."""
    scene.views = [pairing()]
    app = by_code(page)
    app.text_input(key="pairing-number").set_value(NUMBER).run()
    for _ in range(3):
        app.run()
    assert not app.image
    assert app.text_input(key="pairing-number").value == NUMBER


def test_the_number_is_read_back_while_it_is_typed(page: Page, scene: FakeServices) -> None:
    """In international form, so that a slip is seen before the code is asked for."""
    scene.views = [pairing()]
    app = by_code(page)
    app.text_input(key="pairing-number").set_value("5511987654321").run()
    assert "O código será para" in text_of(app)
    assert "98765" in text_of(app)


def test_asking_calls_the_service_and_says_that_it_waits(page: Page, scene: FakeServices) -> None:
    """One call; the button rests until there is an answer."""
    scene.views = [pairing()]
    app = ask(by_code(page))
    assert scene.calls == [("pairing-code", "loja-1", NUMBER)]
    assert "Pedindo o código" in text_of(app)
    assert app.button(key="pairing-request").disabled
    scene.views = [pairing(pairing_code=code())]
    app.run()
    assert "Pedindo o código" not in text_of(app)
    assert not app.button(key="pairing-request").disabled


def test_the_code_comes_in_two_groups_with_its_time(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large and to be copied; for which number; a reload comes back to it."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    scene.views = [pairing(pairing_code=code())]
    app = page("instance", id="loja-1")
    assert "<code>ABCD-1234</code>" in text_of(app)
    assert "vale por 2:14 min" in text_of(app)
    assert "para +55 11 98765-4321" in text_of(app)
    assert app.button(key="pairing-request").label == "Pedir outro código"


def test_an_expired_code_is_not_shown(page: Page, scene: FakeServices) -> None:
    """The number and the button are there for another."""
    scene.views = [pairing(pairing_code=code(left=-1))]
    app = page("instance", id="loja-1")
    assert "<code>" not in text_of(app)
    assert app.button(key="pairing-request").label == "Pedir o código"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InvalidInputError("number-empty"), "número do celular que você está conectando"),
        (InvalidInputError("number-no-country"), "código do país"),
        (AppError("not-pairing"), "enquanto o QR code está na tela"),
    ],
)
def test_a_refusal_stands_beside_the_number(
    page: Page, scene: FakeServices, error: AppError, sentence: str
) -> None:
    """Until the number changes, which stays as typed."""
    scene.views = [pairing()]
    scene.errors["pairing-code"] = error
    app = ask(by_code(page), "11 9")
    assert sentence in app.error[0].value
    assert app.text_input(key="pairing-number").value == "11 9"
    app.text_input(key="pairing-number").set_value(NUMBER).run()
    assert not app.error


def test_a_failure_of_whatsapp_is_explained(page: Page, scene: FakeServices) -> None:
    """The QR goes on; so does the page."""
    scene.views = [pairing(reason="pairing-code-failed", detail="429")]
    app = by_code(page)
    assert "não deu um código" in app.warning[0].value
    assert not app.button(key="pairing-request").disabled


def test_before_the_first_qr_no_code_can_be_asked_for(page: Page, scene: FakeServices) -> None:
    """The page says so instead of failing."""
    scene.views = [view("loja-1", "Loja", InstanceState.STARTING)]
    app = by_code(page)
    assert app.button(key="pairing-request").disabled
    assert "Abrindo a conexão" in text_of(app)


@pytest.mark.parametrize("typed", ["11 98765-4321", "(11) 98765-4321", "https://wa.me/5511987654321"])
def test_a_number_typed_in_another_way_is_offered_by_one_press(
    page: Page, scene: FakeServices, typed: str
) -> None:
    """While it is typed and beside the refusal; nothing is taken by itself."""
    scene.views = [pairing()]
    app = by_code(page)
    app.text_input(key="pairing-number").set_value(typed).run()
    offer = app.button(key="pairing-number-use")
    assert "11 98765" in offer.label.replace("\\", "").replace("\u2060", "")
    assert app.text_input(key="pairing-number").value == typed
    offer.click().run()
    assert app.text_input(key="pairing-number").value == NUMBER
    assert "pairing-number-use" not in keys_of(app)
    app.button(key="pairing-request").click().run()
    assert scene.calls == [("pairing-code", "loja-1", NUMBER)]


def test_on_a_phone_the_code_comes_first(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its camera cannot scan its own screen; the QR is one press away, and stays once chosen."""
    monkeypatch.setattr(ways, "on_phone", lambda: True)
    scene.views = [pairing()]
    app = page("instance", id="loja-1")
    assert "A câmera não lê a própria tela" in text_of(app)
    assert app.text_input(key="pairing-number")
    assert not app.image
    app.button(key="pairing-by-qr").click().run()
    assert app.image
    app.run()
    assert app.image


def test_who_scans_is_told_what_that_means_once(page: Page, scene: FakeServices) -> None:
    """In either way, without opening the help."""
    scene.views = [pairing()]
    for app in (page("instance", id="loja-1"), by_code(page)):
        assert text_of(app).count("acesso à conta") == 1


def test_the_number_that_was_linked_before_is_suggested(page: Page, scene: FakeServices) -> None:
    """Linking again under the same instance needs no typing."""
    scene.views = [pairing(phone=PHONE)]
    assert by_code(page).text_input(key="pairing-number").value == NUMBER


def test_help_answers_where_people_get_stuck(page: Page, scene: FakeServices) -> None:
    """Where the menu is on both kinds of phone, how many devices, what the phone's error means."""
    scene.views = [pairing()]
    said = text_of(page("instance", id="loja-1"))
    for words in ("No Android", "No iPhone", "Quatro, além", "Não foi possível conectar", "antigo demais"):
        assert words in said
