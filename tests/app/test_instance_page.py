"""The page of one instance."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import StorageUnavailableError
from core.models.instance import DAY_S, InstanceState, PresenceMode, ShowQr
from core.models.messages import SendState, SentMessage
from pages.ui.texts.instance_states import REASONS
from tests.app.conftest import keys_of, links_of, text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.support.contents import words

Page = Callable[..., AppTest]
CODE = "https://wa.me/settings/linked_devices#2@abc,def,ghi,jkl,1"
SELDOM = {"rename", "log-out", "delete", "pairing-link", "backup-make", "export-make"}
STATES = {
    InstanceState.STOPPED: "Parada",
    InstanceState.STARTING: "Ligando",
    InstanceState.PAIRING: "Esperando o QR code",
    InstanceState.CONNECTED: "Conectada",
    InstanceState.RECONNECTING: "Reconectando",
    InstanceState.LOGGED_OUT: "Desconectada no celular",
    InstanceState.FAILED: "Com problema",
}


KEYS = {
    InstanceState.STOPPED: {"start"},
    InstanceState.STARTING: {"stop", "restart"},
    InstanceState.PAIRING: {"stop", "pairing-by-code"},
    InstanceState.CONNECTED: {"stop", "restart", "self-message"},
    InstanceState.RECONNECTING: {"stop", "restart"},
    InstanceState.LOGGED_OUT: {"start"},
    InstanceState.FAILED: {"start"},
}
END = "2031-12-24T18:00:00+00:00"


def pairing(**more: Any) -> Any:
    """An instance that shows a QR."""
    step = ShowQr(code=CODE, index=2, total=6, expires_at=time.time() + more.pop("left", 14))
    return view("loja-1", "Loja", InstanceState.PAIRING, qr=step, **more)


def restricted(**more: Any) -> Any:
    """An instance whose account WhatsApp restricted for a time."""
    given = {"reason": "wa-temporary-ban", "detail": END, "linked": True} | more
    return view("loja-1", "Loja", InstanceState.FAILED, **given)


def sent_before() -> SentMessage:
    """A message that the instance sent."""
    return SentMessage(
        request_id="r-1",
        instance_id="loja-1",
        to="5511900000001",
        content=words("oi"),
        state=SendState.SENT,
        created_at=time.time() - 60,
    )


def pictures(app: AppTest) -> list[Any]:
    """The images on the page."""
    return [image for element in app.image for image in element.proto.imgs]


@pytest.mark.parametrize("state", list(InstanceState))
def test_every_state_has_its_word_and_sensible_buttons(page: Page, scene: FakeServices, state: Any) -> None:
    """What runs can be stopped, and restarted once linked; what does not can be started; never both."""
    scene.views = [view("loja-1", "Loja", state, linked=True)]
    app = page("instance", id="loja-1")
    assert f">{STATES[state]}</span>" in text_of(app)
    assert keys_of(app) - SELDOM == KEYS[state]


@pytest.mark.parametrize("reason", list(REASONS))
def test_every_reason_is_explained(page: Page, scene: FakeServices, reason: str) -> None:
    """A person reads what happened, never the code of it."""
    scene.views = [view("loja-1", "Loja", InstanceState.FAILED, reason=reason, detail="session.db.bad")]
    said = text_of(page("instance", id="loja-1"))
    assert reason not in said
    assert "{" not in re.sub(r"<style>.*?</style>", "", said, flags=re.DOTALL)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands, so that a slow machine shows the same second."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


@pytest.mark.usefixtures("still")
def test_the_qr_is_shown_with_its_countdown_and_an_alternative_text(page: Page, scene: FakeServices) -> None:
    """An SVG sent inline, and the step in words."""
    scene.views = [pairing()]
    app = page("instance", id="loja-1")
    (picture,) = pictures(app)
    assert picture.url.startswith("data:image/svg+xml")
    assert "QR code" in picture.alt
    assert "código 2 de 6 · 14 s" in text_of(app)
    assert "Conectar um aparelho" in text_of(app)
    assert "Um código novo aparece sozinho" in text_of(app)
    assert "width: 70%" in text_of(app)


def test_an_expired_code_is_never_shown(page: Page, scene: FakeServices) -> None:
    """Between two codes there is a placeholder, not a code that the phone would refuse, nor minus seconds."""
    scene.views = [pairing(left=-3)]
    app = page("instance", id="loja-1")
    assert not pictures(app)
    assert "gerando o código" in text_of(app)
    assert "-3 s" not in text_of(app)


def test_a_batch_that_ran_out_offers_a_new_one(page: Page, scene: FakeServices) -> None:
    """One button, which starts the instance again."""
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED, reason="qr-expired")]
    app = page("instance", id="loja-1")
    assert keys_of(app) - SELDOM == {"new-batch"}
    assert app.button(key="new-batch").label == "Ler novo QR code"
    app.button(key="new-batch").click().run()
    assert scene.calls == [("start", "loja-1")]


def test_start_and_stop_ask_the_service_for_this_instance(page: Page, scene: FakeServices) -> None:
    """One press, one call."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    app.button(key="stop").click().run()
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    app.run()
    app.button(key="start").click().run()
    assert scene.calls == [("stop", "loja-1"), ("start", "loja-1")]


def test_a_connected_instance_shows_its_number_and_leads_to_messages(page: Page, scene: FakeServices) -> None:
    """The number as people write it, and no QR."""
    scene.views = [connected()]
    scene.sent = [sent_before()]
    app = page("instance", id="loja-1")
    assert "98765" in text_of(app)
    assert any("Enviar uma mensagem" in link.label for link in app.page_link)
    assert not pictures(app)


def test_when_a_restriction_ends_is_said_in_the_visitors_time(page: Page, scene: FakeServices) -> None:
    """The end comes as a date, not as ISO 8601."""
    scene.views = [restricted()]
    said = text_of(page("instance", id="loja-1"))
    assert "Restrita pelo WhatsApp até 24/12/2031" in said
    assert END not in said


def test_under_a_restriction_waiting_comes_first(page: Page, scene: FakeServices) -> None:
    """It folds the alarm and asks nothing of anybody; trying again is asked back first."""
    scene.views = [restricted()]
    app = page("instance", id="loja-1")
    assert keys_of(app) - SELDOM == {"wait", "start"}
    assert app.error
    app.button(key="wait").click().run()
    assert not app.error
    assert "wait" not in keys_of(app)
    app.button(key="start").click().run()
    assert {"start-not", "start-anyway"} <= keys_of(app.run())  # a change meanwhile takes nothing away
    assert scene.calls == []


def test_a_second_restriction_is_an_alarm_again(page: Page, scene: FakeServices) -> None:
    """What was read is the one that was then."""
    scene.views = [restricted()]
    app = page("instance", id="loja-1")
    app.button(key="wait").click().run()
    scene.views = [restricted(reason="wa-banned-again", since=time.time())]
    app.run()
    assert app.error


@pytest.mark.parametrize(
    ("state", "more", "verb"),
    [
        (InstanceState.STOPPED, {"linked": True}, "Ligar"),
        (InstanceState.STOPPED, {}, "Ler novo QR code"),
        (InstanceState.LOGGED_OUT, {"reason": "wa-logged-out"}, "Ler novo QR code"),
        (InstanceState.FAILED, {"linked": True, "reason": "wa-stream-replaced"}, "Reconectar"),
        (InstanceState.FAILED, {"reason": "session-corrupt"}, "Ler novo QR code"),
    ],
)
def test_the_button_says_what_a_start_would_do(
    page: Page, scene: FakeServices, state: InstanceState, more: dict[str, Any], verb: str
) -> None:
    """Nobody who presses "start" is surprised by a QR code; the sentence above names the same button."""
    scene.views = [view("loja-1", "Loja", state, **more)]
    app = page("instance", id="loja-1")
    assert app.button(key="start").label == verb
    assert f"“{verb}”" in text_of(app) or state is InstanceState.FAILED
    app.button(key="start").click().run()
    assert scene.calls == [("start", "loja-1")]


@pytest.mark.parametrize(
    ("shown", "current"),
    [
        (pairing, "Conectar o celular"),
        (lambda: view("loja-1", "Loja", InstanceState.STOPPED, reason="qr-expired"), "Conectar o celular"),
        (connected, "Mensagem de teste"),
    ],
)
def test_the_steps_say_where_one_is(
    page: Page, scene: FakeServices, shown: Callable[[], Any], current: str
) -> None:
    """For eyes and for screen readers."""
    scene.views = [shown()]
    said = text_of(page("instance", id="loja-1"))
    assert f'<li aria-current="step"><span>{current}</span></li>' in said
    assert said.count('aria-current="step"') == 1


def test_what_is_in_use_has_no_steps(page: Page, scene: FakeServices) -> None:
    """Nor one that was linked long ago and stopped."""
    for state in (InstanceState.CONNECTED, InstanceState.STOPPED, InstanceState.RECONNECTING):
        scene.views = [view("loja-1", "Loja", state, linked=True)]
        scene.sent = [sent_before()]
        assert 'aria-current="step"' not in text_of(page("instance", id="loja-1"))


@pytest.mark.usefixtures("still")
def test_a_connected_instance_proves_that_it_lives(page: Page, scene: FakeServices) -> None:
    """How long ago something came in from WhatsApp; only while it is connected and something did."""
    proof = time.time() - 40.5
    scene.views = [connected(last_data_at=proof)]
    assert "último sinal do WhatsApp há 40 s" in text_of(page("instance", id="loja-1"))
    for silent in (connected(), view("loja-1", "Loja", InstanceState.RECONNECTING, last_data_at=proof)):
        scene.views = [silent]
        assert "último sinal" not in text_of(page("instance", id="loja-1"))


@pytest.mark.usefixtures("still")
def test_a_far_next_try_is_a_time_of_day_and_a_near_one_counts_down(page: Page, scene: FakeServices) -> None:
    """Nobody counts 600 seconds."""
    for wait, said in ((600, "Próxima tentativa: "), (20, "Próxima tentativa em 20 s.")):
        scene.views = [
            view(
                "loja-1",
                "Loja",
                InstanceState.FAILED,
                reason="worker-crashed",
                detail="crash.log",
                next_try_at=time.time() + wait,
            )
        ]
        assert said in text_of(page("instance", id="loja-1"))


@pytest.mark.parametrize("reason", ["logged-out-here", "removed-here"])
def test_a_log_out_by_hand_is_no_alarm(page: Page, scene: FakeServices, reason: str) -> None:
    """Nor does the page blame the phone for it."""
    scene.views = [view("loja-1", "Loja", InstanceState.LOGGED_OUT, reason=reason)]
    app = page("instance", id="loja-1")
    assert not app.error
    assert "Desconectada por aqui" in text_of(app)
    assert "pelo celular" not in text_of(app)


def test_an_outdated_engine_is_named_with_its_date(page: Page, scene: FakeServices) -> None:
    """In the order of the reader's language."""
    scene.views = [
        view("loja-1", "Loja", InstanceState.FAILED, reason="wa-client-outdated", detail="0.5.2, 2026-05-01")
    ]
    assert "01\\/05\\/2026" in text_of(page("instance", id="loja-1"))


@pytest.mark.parametrize("wanted", ["nobody", "", "../x", "<b>x</b>"])
def test_an_unknown_instance_is_said_kindly_with_a_way_back(page: Page, wanted: str) -> None:
    """No crash, no echo of what the address held, and a link to the list."""
    app = page("instance", id=wanted)
    assert "Instância não encontrada" in text_of(app)
    assert links_of(app) == ["Todas as instâncias"]
    assert "<b>x" not in text_of(app)


def test_an_instance_that_goes_away_while_it_is_watched_is_said_too(page: Page, scene: FakeServices) -> None:
    """The page that was open on it changes by itself."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    scene.views = []
    app.run()
    assert not app.exception
    assert "Instância não encontrada" in text_of(app)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "isso acontece sozinho"),
        ({"last_shown": True}, "Apareceu pela última vez como online"),
        ({"last_shown": True, "presence": PresenceMode.NEVER}, "Apareceu pela última vez como online"),
        ({"last_shown": True, "presence": PresenceMode.ALWAYS}, "Está aparecendo como online"),
        ({"presence": PresenceMode.NEVER}, "Ainda não apareceu como online"),
    ],
)
def test_it_says_when_the_account_last_showed_itself(
    page: Page, scene: FakeServices, more: dict[str, Any], said: str
) -> None:
    """Or that it has not yet, or that it does now."""
    given = more | ({"last_shown": time.time() - 3_600} if more.get("last_shown") else {})
    scene.views = [connected(**given)]
    assert said in text_of(page("instance", id="loja-1"))


def receipts_of(app: AppTest) -> list[Any]:
    """The switch of the ticks, if there is one."""
    return [switch for switch in app.toggle if switch.key == "presence-receipts"]


def test_nothing_of_that_before_a_phone_is_linked(page: Page, scene: FakeServices) -> None:
    """There is nobody to be seen."""
    scene.views = [pairing()]
    app = page("instance", id="loja-1")
    assert not app.radio
    assert receipts_of(app) == []


def test_when_it_appears_is_chosen_with_what_that_does_to_the_phone(page: Page, scene: FakeServices) -> None:
    """What is stored is what is marked; a choice is stored at once."""
    scene.views = [connected(presence=PresenceMode.NEVER)]
    app = page("instance", id="loja-1")
    (choice,) = app.radio
    assert (choice.value, len(choice.options), len(choice.proto.captions)) == ("never", 3, 3)
    assert any("não avisa" in caption for caption in choice.proto.captions)
    choice.set_value("always").run()
    assert ("presence", "loja-1", "always") in scene.calls
    assert app.radio[0].value == "always"


def test_ticks_for_others_are_a_switch(page: Page, scene: FakeServices) -> None:
    """Off until it is pressed."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    (switch,) = receipts_of(app)
    assert not switch.value
    switch.set_value(True).run()
    assert ("receipts", "loja-1", "True") in scene.calls
    assert [switch.value for switch in receipts_of(app)] == [True]


def test_a_choice_that_could_not_be_stored_is_said_and_not_shown(page: Page, scene: FakeServices) -> None:
    """The mark goes back to what holds."""
    scene.views, scene.errors["presence"] = [connected()], StorageUnavailableError("disk-full")
    app = page("instance", id="loja-1")
    app.radio[0].set_value("always").run()
    assert app.error
    assert app.radio[0].value == "automatic"


@pytest.mark.parametrize(("days", "noted", "urgent"), [(9, 0, 0), (10, 1, 0), (11, 1, 0), (12, 0, 1)])
def test_a_silent_phone_is_said_from_day_10_and_urgently_from_day_12(
    page: Page, scene: FakeServices, days: int, noted: int, urgent: int
) -> None:
    """With what to do; on day 14 WhatsApp ends the link."""
    scene.views = [connected(phone_silent_since=time.time() - days * DAY_S - 60)]
    app = page("instance", id="loja-1")
    assert (len(app.warning), len(app.error)) == (noted, urgent)
    words = f"Abra o WhatsApp no celular: ele não aparece há {days} dias."
    assert (words in text_of(app)) is (days >= 10)
