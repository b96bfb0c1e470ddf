"""A test to one's own number."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReachedError
from core.models.health.sending import SelfTest, SelfTestStep, SendingHealth, SendingTrouble
from core.models.instance import InstanceState, InstanceView
from core.models.messages import SendState
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import PHONE, FakeServices, connected, view

Page = Callable[..., AppTest]


def press(app: AppTest) -> AppTest:
    """Press the button; nothing may crash."""
    app.button(key="self-message").click().run()
    assert not app.exception, app.exception
    return app


def after_test(step: SelfTestStep, **more: Any) -> InstanceView:
    """A connected instance whose last test, a minute ago, came that far."""
    test = SelfTest(time.time() - 60, step, **more)
    return connected(sending=SendingHealth(self_test=test))


def test_one_press_sends_a_greeting_to_the_own_number(page: Page, scene: FakeServices) -> None:
    """Once, by the way of every message; then the page says that it works, how fast, and where to look."""
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
    assert "aceitou em 0,4 s; o celular confirmou depois de 0,4 s" in text_of(app)
    assert text_of(app).count('class="wa-done"') == 3
    assert any("Enviar uma mensagem" in link.label for link in app.page_link)


def test_the_last_result_stays_with_its_time(page: Page, scene: FakeServices) -> None:
    """Another visit reads when it was tested, in one line, and can test again."""
    scene.views = [connected()]
    press(page("instance", id="loja-1"))
    app = page("instance", id="loja-1")
    assert "Pronto, funciona" not in text_of(app)
    assert "Último teste: hoje" in text_of(app)
    assert app.button(key="self-message").label == "Testar agora"
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


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (SelfTestStep.SENDING, "Enviando o teste"),
        (SelfTestStep.RETURNING, "Esperando o celular confirmar"),
        (SelfTestStep.NO_RETURN, "O celular ainda não confirmou"),
    ],
)
def test_each_step_is_told(page: Page, scene: FakeServices, step: SelfTestStep, words: str) -> None:
    """While one is under way there is no second; a phone that is off is no failure to send."""
    scene.views = [after_test(step, accepted_s=0.2)]
    app = page("instance", id="loja-1")
    assert words in text_of(app)
    assert app.button(key="self-message").disabled is not step.ended
    assert not app.error


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


def test_the_daily_test_is_a_switch(page: Page, scene: FakeServices) -> None:
    """Offered once a test was made; it shows what is stored, whoever switched it."""
    scene.views = [connected()]
    press(page("instance", id="loja-1"))
    app = page("instance", id="loja-1")
    assert app.toggle(key="self-test-daily").value is False
    app.toggle(key="self-test-daily").set_value(True).run()
    assert scene.calls[-1] == ("daily-test", "loja-1", "on")
    assert app.toggle(key="self-test-daily").value is True
    scene.views = [replace(one, sending=replace(one.sending, daily_since=0.0)) for one in scene.views]
    app.run()
    assert app.toggle(key="self-test-daily").value is False


def test_a_connection_that_does_not_send_is_not_called_good(page: Page, scene: FakeServices) -> None:
    """On its page with what to do, and in the list among those that need their owner."""
    failing = SendingTrouble(time.time() - 120, failures=3, reason="send-timeout")
    scene.views = [connected(sending=SendingHealth(trouble=failing))]
    app = page("instance", id="loja-1")
    assert "Conectada, mas não envia" in text_of(app)
    assert "3 mensagens seguidas não passaram" in app.error[0].value
    assert "Aperte “Testar agora”" in app.error[0].value
    assert "Tudo certo" not in text_of(app)
    listed = text_of(page("instances"))
    assert "Conectada, mas não envia" in listed
    assert "As mensagens não saem." in listed
    assert "1 precisa de você" in listed
