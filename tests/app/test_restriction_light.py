"""The light of a restriction: what is known, what can still be done, and the way on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.models.health.sending import Restriction, RestrictionLight, SendingHealth
from core.models.instance import InstanceState
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import PHONE, FakeServices, connected, view

Page = Callable[..., AppTest]
HOUR_S = 3600.0


def suspected(**more: Any) -> Any:
    """A connected instance that may be restricted since an hour."""
    now = time.time()
    known = {"since": now - HOUR_S, "refused": 2, "passed": 1, "paused_until": now + 23 * HOUR_S} | more
    return connected(sending=SendingHealth(restriction=Restriction(RestrictionLight.SUSPECTED, **known)))


def banned(**more: Any) -> Any:
    """An instance that WhatsApp restricted an hour ago."""
    known = {"since": time.time() - HOUR_S} | more
    health = SendingHealth(restriction=Restriction(RestrictionLight.BANNED, **known))
    return view(
        "loja-1",
        "Loja",
        InstanceState.FAILED,
        reason="wa-temporary-ban",
        linked=True,
        phone=PHONE,
        sending=health,
    )


def test_without_a_signal_nothing_is_said(page: Page, scene: FakeServices) -> None:
    """No light that is always on."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    assert not [key for key in keys_of(app) if key.startswith("restriction")]
    assert not app.warning


def test_a_suspicion_says_what_it_is_made_of(page: Page, scene: FakeServices) -> None:
    """It may be, and not it is; with the figures, what can still be done, and until when new people wait."""
    scene.views = [suspected()]
    (told,) = page("instance", id="loja-1").warning
    for words in (
        "O WhatsApp pode estar restringindo este número desde",
        "recusou mensagens para 2 pessoas novas (código 463)",
        "1 mensagem para quem já conversa com você passou",
        "Você ainda pode escrever para quem já conversa com você",
        "em pausa até",
    ):
        assert words in told.value
    listed = text_of(page("instances"))
    assert "Possível restrição" in listed
    assert "Pessoas novas são recusadas." in listed


def test_going_on_is_asked_back(page: Page, scene: FakeServices) -> None:
    """Kept by one press, ended by another; then the light stays and the pause is gone."""
    scene.views = [suspected()]
    app = page("instance", id="loja-1")
    app.button(key="restriction-go-on").click().run()
    assert not scene.calls
    app.button(key="restriction-keep").click().run()
    assert not scene.calls
    app.button(key="restriction-go-on").click().run()
    app.button(key="restriction-go-on-yes").click().run()
    assert scene.calls == [("allow-new-contacts", "loja-1")]
    assert not {key for key in keys_of(app) if key.startswith("restriction-")}
    assert "pode estar restringindo" in app.warning[0].value
    assert "em pausa" not in app.warning[0].value


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "não disse até quando"),
        ({"until": time.time() + HOUR_S}, "até"),
        ({"until": time.time() - 60}, "Desde então ele não se conectou"),
        ({"code": 2}, "pessoas demais bloquearam este número"),
    ],
)
def test_a_ban_says_what_whatsapp_said(
    page: Page, scene: FakeServices, more: dict[str, Any], words: str
) -> None:
    """Its end and its cause, as far as they are known; nothing to press about new contacts meanwhile."""
    scene.views = [banned(**more)]
    app = page("instance", id="loja-1")
    assert words in text_of(app)
    assert "nada é enviado nem recebido aqui" in text_of(app)
    assert "restriction-go-on" not in keys_of(app)


def test_after_a_ban_new_contacts_wait(page: Page, scene: FakeServices) -> None:
    """The light is out, the pause is told, and can be ended."""
    known = Restriction(paused_until=time.time() + HOUR_S)
    scene.views = [connected(sending=SendingHealth(restriction=known))]
    app = page("instance", id="loja-1")
    assert "A restrição do WhatsApp acabou." in app.info[0].value
    assert "restriction-go-on" in keys_of(app)
