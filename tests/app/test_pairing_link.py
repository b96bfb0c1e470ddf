"""A link for the person with the phone, on the page of the one who sends it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.access import PairingLink
from core.models.instance import InstanceState, InstanceView
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.app.test_pairing import pairing

Page = Callable[..., AppTest]


def made(page: Page, url: str = "https://zap.example.test/instance") -> AppTest:
    """The page of an instance after a press on the offer, in a browser at that address."""
    app = page("instance", id="loja-1")
    app.context["url"] = url
    app.button(key="pairing-link").click().run()
    assert not app.exception
    return app


def test_a_press_makes_a_link_and_shows_its_address(page: Page, scene: FakeServices) -> None:
    """Where the sender's own browser is, to be copied; it stays while the page redraws itself."""
    scene.views = [pairing()]
    app = page("instance", id="loja-1")
    assert app.button(key="pairing-link").label == "Enviar link ao dono do número"
    app = made(page)
    for _ in range(2):
        text = text_of(app)
        assert "<code>https://zap.example.test/pair?l=link-1#the-secret</code>" in text
        assert "ainda não foi aberto" in text
        assert "vale por 9:59 min" in text
        assert "só funciona" not in text
        assert "pairing-link-revoke" in keys_of(app)
        assert "pairing-link" not in keys_of(app)
        app.run()
    assert scene.calls == [("link", "loja-1")]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost:8501/instance", "só funciona neste computador"),
        ("http://127.0.0.1:8501/instance", "só funciona neste computador"),
        ("http://192.168.0.7:8501/instance", "só funciona na mesma rede"),
    ],
)
def test_how_far_it_reaches_is_said(page: Page, scene: FakeServices, url: str, words: str) -> None:
    """Before it is sent to a phone that cannot open it."""
    scene.views = [pairing()]
    assert words in text_of(made(page, url))


def test_it_is_seen_to_be_opened_and_taken_back(page: Page, scene: FakeServices) -> None:
    """With the time; afterwards another can be made."""
    scene.views = [pairing()]
    app = made(page)
    assert scene.link is not None
    scene.link = replace(scene.link, guest="digest", opened_at=time.time())
    app.run()
    assert re.search(r"aberto às \d\d:\d\d, no único navegador", text_of(app))
    app.button(key="pairing-link-revoke").click().run()
    assert scene.calls[-1] == ("revoke", "loja-1")
    assert "the-secret" not in text_of(app)
    assert "pairing-link" in keys_of(app)


def test_after_a_reload_the_address_is_not_known(page: Page, scene: FakeServices) -> None:
    """Only its digest is kept: the link can be taken back, or another one made."""
    scene.views = [pairing()]
    scene.link = PairingLink("of-before", "loja-1", "digest", time.time())
    app = page("instance", id="loja-1")
    assert "O endereço apareceu uma vez" in text_of(app)
    assert app.button(key="pairing-link").label == "Fazer outro link"
    assert "pairing-link-revoke" in keys_of(app)


@pytest.mark.parametrize(
    ("shown", "offered"),
    [
        (view("loja-1", "Loja", InstanceState.STARTING), True),
        (view("loja-1", "Loja", InstanceState.STOPPED, reason="qr-expired"), True),
        (view("loja-1", "Loja", InstanceState.LOGGED_OUT, reason="wa-logged-out"), True),
        (view("loja-1", "Loja", InstanceState.STOPPED, linked=True), False),
        (view("loja-1", "Loja", InstanceState.FAILED, reason="wa-temporary-ban"), False),
        (connected(), False),
    ],
)
def test_it_is_offered_while_a_phone_is_to_be_linked(
    page: Page, scene: FakeServices, shown: InstanceView, *, offered: bool
) -> None:
    """A linked instance has nothing to show to another person."""
    scene.views = [shown]
    assert ("pairing-link" in keys_of(page("instance", id="loja-1"))) is offered


def test_turned_off_there_is_nothing(page: Page, scene: FakeServices) -> None:
    """`PAIRING_LINKS=off`."""
    scene.views, scene.links_offered = [pairing()], False
    assert "pairing-link" not in keys_of(page("instance", id="loja-1"))


def test_a_refusal_is_explained_where_it_was_pressed(page: Page, scene: FakeServices) -> None:
    """The phone was linked in the same moment."""
    scene.views = [pairing()]
    scene.errors["link"] = AppError("not-pairing")
    app = made(page)
    assert app.error
    assert "the-secret" not in text_of(app)
