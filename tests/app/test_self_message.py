"""A test to one's own number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReachedError
from core.models.instance import InstanceState
from core.models.messages import SendState
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import PHONE, FakeServices, connected, view

Page = Callable[..., AppTest]


def press(app: AppTest) -> AppTest:
    """Press the button; nothing may crash."""
    app.button(key="self-message").click().run()
    assert not app.exception, app.exception
    return app


def test_one_press_sends_a_greeting_to_the_own_number(page: Page, scene: FakeServices) -> None:
    """Once, by the way of every message; then the page says that it works and where to look."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    assert "na conversa com você mesmo" in text_of(app)
    press(app)
    ((verb, instance_id, to, text),) = scene.calls
    assert (verb, instance_id, to) == ("send", "loja-1", PHONE)
    assert text.startswith("Olá!")
    assert "“Loja”" in text
    assert "Pronto, funciona" in text_of(app)
    assert "Enviada ✓ Veja no celular" in text_of(app)
    assert text_of(app).count('class="wa-done"') == 3
    assert any("Enviar uma mensagem" in link.label for link in app.page_link)


def test_the_result_is_of_this_visit(page: Page, scene: FakeServices) -> None:
    """Whoever comes back finds an instance in use, and the test in its menu."""
    scene.views = [connected()]
    press(page("instance", id="loja-1"))
    app = page("instance", id="loja-1")
    assert "Pronto, funciona" not in text_of(app)
    assert app.button(key="self-message").label == "Enviar um teste para mim mesmo"
    press(app)
    assert "Pronto, funciona" in text_of(app)
    assert [call[0] for call in scene.calls] == ["send", "send"]


@pytest.mark.parametrize("state", [SendState.FAILED, SendState.UNCERTAIN])
def test_one_that_did_not_go_out_says_why(page: Page, scene: FakeServices, state: SendState) -> None:
    """What failed can be tried again at once, as a message of its own."""
    scene.views = [connected()]
    scene.send_state, scene.send_reason = state, "send-timeout"
    app = press(page("instance", id="loja-1"))
    assert "não confirmou a tempo" in text_of(app)
    assert "Pronto, funciona" not in text_of(app)
    scene.send_state, scene.send_reason = SendState.SENT, ""
    press(app)
    assert "Pronto, funciona" in text_of(app)
    assert len({message.request_id for message in scene.sent}) == 2


def test_a_refusal_is_told_and_the_button_stays(page: Page, scene: FakeServices) -> None:
    """The limits of every message hold for this one."""
    scene.views = [connected()]
    scene.send_error = LimitReachedError("send-rate", detail="30")
    app = press(page("instance", id="loja-1"))
    assert "30 s" in app.error[0].value
    scene.send_error = None
    press(app)
    assert "Pronto, funciona" in text_of(app)


def test_it_goes_to_the_number_that_was_seen(page: Page, scene: FakeServices) -> None:
    """Linked to another one meanwhile: nothing is sent."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    scene.views = [replace(connected(), phone="5511900000009")]
    press(app)
    assert not scene.sent
    assert "outro número" in app.error[0].value


@pytest.mark.parametrize("state", [state for state in InstanceState if state is not InstanceState.CONNECTED])
def test_only_what_is_connected_can_be_tested(page: Page, scene: FakeServices, state: InstanceState) -> None:
    """No button that could only fail."""
    scene.views = [view("loja-1", "Loja", state, linked=True, phone=PHONE)]
    assert "self-message" not in keys_of(page("instance", id="loja-1"))
