"""Sending a text by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReachedError, NotConnectedError
from core.media import ffmpeg
from core.models.content import Kind
from core.models.instance import InstanceState
from core.models.messages import InboxContact, SendState, SentMessage
from tests.app.conftest import links_of, text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.support.contents import words

Page = Callable[..., AppTest]
NUMBER = "+55 11 91234-5678"


def send(app: AppTest, *, to: str = NUMBER, text: str = "Olá") -> AppTest:
    """Fill the form and press send."""
    app.text_input(key="send-to").set_value(to)
    app.text_area(key="send-text").set_value(text)
    app.button(key="send").click().run()
    assert not app.exception, app.exception
    return app


def test_without_a_connected_instance_the_page_says_what_to_do(page: Page, scene: FakeServices) -> None:
    """No form that could only fail; a link to the list."""
    scene.views = [view("a-1", "Loja", InstanceState.STOPPED)]
    app = page("messages")
    assert "Nenhuma instância está conectada agora" in text_of(app)
    assert not app.text_area
    assert links_of(app) == ["Ver as instâncias"]


def test_the_instance_of_the_address_is_chosen(page: Page, scene: FakeServices) -> None:
    """Coming from an instance's page, that instance sends; otherwise nobody is chosen among several."""
    down = view("z-9", "Fora", InstanceState.RECONNECTING, linked=True)
    scene.views = [down, connected("a-1", "Uma"), connected("b-2", "Outra")]
    assert page("messages", id="b-2").selectbox(key="send-from").value == "b-2"
    assert page("messages").selectbox(key="send-from").value is None
    nobody = page("messages", id="nobody")
    assert nobody.selectbox(key="send-from").value is None
    assert "A instância deste endereço não pode enviar" in nobody.warning[0].value
    assert "ver as mensagens dele" in nobody.info[-1].value


def test_a_sent_text_shows_who_got_it_and_empties_the_field(page: Page, scene: FakeServices) -> None:
    """One call; recipient in international form; the text cannot be sent again by habit."""
    scene.views = [connected()]
    app = send(page("messages"), to="55 (11) 91234-5678")
    assert scene.calls == [("send", "loja-1", "5511912345678", "Olá")]
    (result,) = app.success
    assert "91234" in result.value
    assert app.text_area(key="send-text").value == ""
    assert app.text_input(key="send-to").value == "55 (11) 91234-5678"


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("", "Digite o número"),
        ("abc 11 91234", "Use só números"),
        ("11 91234-5678", "Falta o código do país"),
        ("+55 11 9123", "curto demais"),
        ("+55 11 91234-567890123", "longo demais"),
    ],
)
def test_a_number_that_cannot_be_is_explained_and_kept(
    page: Page, scene: FakeServices, to: str, sentence: str
) -> None:
    """The sentence is next to the field; number and text stay as typed."""
    scene.views = [connected()]
    app = send(page("messages"), to=to)
    assert sentence in app.error[0].value
    assert app.text_input(key="send-to").value == to
    assert app.text_area(key="send-text").value == "Olá"
    assert not scene.sent


def test_the_complaint_goes_away_when_the_number_changes(page: Page, scene: FakeServices) -> None:
    """A corrected number is not called wrong; it is shown as understood."""
    scene.views = [connected()]
    app = send(page("messages"), to="11 91234-5678")
    app.text_input(key="send-to").set_value(NUMBER).run()
    assert not app.error
    assert "A mensagem vai para" in text_of(app)


@pytest.mark.parametrize(
    "typed", ["11 91234-5678", "(11) 91234-5678", "011 91234-5678", "(0xx11) 91234-5678", "Ana 11 91234-5678"]
)
def test_a_number_as_people_type_it_is_offered_whole(page: Page, scene: FakeServices, typed: str) -> None:
    """While it is typed, and after a press of send; nothing goes anywhere before it is taken."""
    scene.views = [connected()]
    app = page("messages")
    app.text_input(key="send-to").set_value(typed).run()
    assert app.button(key="send-to-offer").label == f"Enviar para {NUMBER}?"
    app.text_area(key="send-text").set_value("Olá")
    app.button(key="send").click().run()
    assert app.error
    assert not scene.sent
    app.button(key="send-to-offer").click().run()
    assert app.text_input(key="send-to").value == NUMBER
    assert not app.error
    assert "send-to-offer" not in {each.key for each in app.button}
    app.button(key="send").click().run()
    assert scene.calls == [("send", "loja-1", "5511912345678", "Olá")]


def test_what_went_out_is_no_news_once_the_next_message_is_begun(page: Page, scene: FakeServices) -> None:
    """A text or another recipient, for good. What failed stays."""
    scene.views = [connected()]
    app = send(page("messages"))
    app.run()
    assert app.success
    app.text_area(key="send-text").set_value("Ainda").run()
    assert not app.success
    app.text_area(key="send-text").set_value("").run()
    assert not app.success
    app = send(app)
    assert app.success
    app.text_input(key="send-to").set_value("+55 11 9").run()
    assert not app.success
    scene.send_state, scene.send_reason = SendState.FAILED, "wa-error-500"
    app = send(app)
    app.text_area(key="send-text").set_value("Outra").run()
    assert "código 500" in app.error[0].value


def test_people_are_called_by_their_names(page: Page, scene: FakeServices) -> None:
    """On what was sent to them, number beside it; a hostile name breaks nothing."""
    scene.views = [connected()]
    scene.contacts = [InboxContact("5511912345678", "5511912345678", "Ana <b>\u202eSouza")]
    app = send(page("messages"))
    (card,) = [element.value for element in app.html if 'class="wa-card"' in element.value]
    assert "Ana &lt;b&gt;" in card
    assert NUMBER in card
    assert "Ana" in app.success[0].value
    assert "91234" in app.success[0].value


def test_an_empty_text_is_explained(page: Page, scene: FakeServices) -> None:
    """Nothing is sent."""
    scene.views = [connected()]
    app = send(page("messages"), text="  ")
    assert "Escreva a mensagem" in app.error[0].value
    assert app.text_area(key="send-text").placeholder == "Escreva a mensagem aqui"  # no words to be sent
    assert not scene.sent


@pytest.mark.parametrize("program", ["", "/usr/bin/ffmpeg"])
def test_nothing_is_converted_without_the_program(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """And the form does not say so."""
    monkeypatch.setattr(ffmpeg, "program", lambda: program)
    scene.views = [connected()]
    app = page("messages")
    app.pills(key="send-kind").set_value(Kind.VIDEO).run()
    assert ("é convertido" in text_of(app)) == bool(program)


@pytest.mark.parametrize(
    ("state", "reason", "sentence"),
    [
        (SendState.FAILED, "wa-not-on-whatsapp", "não tem WhatsApp"),
        (SendState.FAILED, "wa-error-463", "código 463"),
        (SendState.FAILED, "wa-error-500", "código 500"),
        (SendState.UNCERTAIN, "send-timeout", "pode ter saído ou não"),
        (SendState.UNCERTAIN, "worker-lost", "pode ter saído ou não"),
    ],
)
def test_what_did_not_simply_go_out_is_explained_and_the_text_kept(
    page: Page, scene: FakeServices, state: SendState, reason: str, sentence: str
) -> None:
    """The person decides whether to send again; the page does not."""
    scene.views, scene.send_state, scene.send_reason = [connected()], state, reason
    app = send(page("messages"))
    assert sentence in text_of(app)
    assert not app.success
    assert app.text_area(key="send-text").value == "Olá"
    assert len(scene.calls) == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotConnectedError(), "não está conectada"),
        (LimitReachedError("send-rate", detail="7"), "Espere 7 s"),
    ],
)
def test_a_refusal_is_explained(page: Page, scene: FakeServices, error: Exception, sentence: str) -> None:
    """A rule of use is a sentence, not a crash."""
    scene.views, scene.send_error = [connected()], error  # type: ignore[assignment]
    assert sentence in send(page("messages")).error[0].value


def test_a_redraw_after_a_send_sends_nothing_again(page: Page, scene: FakeServices) -> None:
    """Redraws, a change of language and a second visit to the page leave it at one message."""
    scene.views = [connected()]
    app = send(page("messages"))
    app.run()
    app.selectbox(key="language").set_value("en").run()
    app.run()
    assert len(scene.sent) == 1


def test_two_presses_of_the_same_drawing_send_once(page: Page, scene: FakeServices) -> None:
    """The second half of a double press carries the turn of the first and is dropped."""
    scene.views = [connected()]
    app = page("messages")
    turn = app.session_state["send-turn"]
    send(app)
    app.session_state["send-turn"] = turn
    app.run()
    send(app, text="Olá de novo")
    assert [message.content.text for message in scene.sent] == ["Olá"]


def test_a_press_after_a_refusal_is_taken_though_its_button_is_the_old_one(
    page: Page, scene: FakeServices
) -> None:
    """The refusal can be read before the server has drawn the next button: that press is meant."""
    scene.views = [connected()]
    app = page("messages")
    turn = app.session_state["send-turn"]
    assert send(app, text="").error
    app.session_state["send-turn"] = turn
    app.run()
    send(app, text="Agora sim")
    assert [message.content.text for message in scene.sent] == ["Agora sim"]


def test_a_press_that_nobody_carried_out_is_told(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a page that hung or was left: nothing goes out later by itself, and nobody waits for it."""
    scene.views = [connected()]
    app = page("messages")
    monkeypatch.setattr("pages.ui.messages.composer._STALE_S", -1.0)
    send(app)
    assert "nada foi enviado" in text_of(app)
    assert not scene.sent


def test_the_last_sends_are_listed_newest_first(page: Page, scene: FakeServices) -> None:
    """What was written is shown as written, whatever it looks like."""
    scene.views = [connected()]
    app = page("messages")
    send(app, text="<b>um</b>")
    send(app, text="dois")
    cards = "".join(element.value for element in app.html if 'class="wa-card"' in element.value)
    assert cards.index("dois") < cards.index("&lt;b&gt;um&lt;/b&gt;")


@pytest.mark.parametrize(
    ("times", "label", "steps"),
    [
        ((), "Enviada", ("Na fila", "Enviada ✓")),
        (("delivered_at",), "Entregue", ("Na fila", "Enviada ✓", "Entregue ✓✓")),
        (("delivered_at", "read_at"), "Lida", ("Enviada ✓", "Entregue ✓✓", "Lida ✓✓")),
        (("read_at", "played_at"), "Reproduzida", ("Enviada ✓", "Lida ✓✓", "Reproduzida ✓✓")),
    ],
)
def test_a_card_tells_how_far_it_came_and_when(
    page: Page, scene: FakeServices, times: tuple[str, ...], label: str, steps: tuple[str, ...]
) -> None:
    """The furthest step as a badge, and each step with its time."""
    now = time.time()
    scene.views = [connected()]
    plain = SentMessage("r", "loja-1", "5511912345678", words("Olá"), SendState.SENT, now, settled_at=now)
    reached: dict[str, Any] = dict.fromkeys(times, now)
    scene.sent = [replace(plain, **reached)]
    (card,) = [element.value for element in page("messages").html if 'class="wa-card"' in element.value]
    assert re.search(r'<span class="wa-badge wa-\w+">(\w+)', card)[1] == label  # type: ignore[index]
    assert ("wa-blue" in card) is ("read_at" in times)
    found = [
        found.start() for step in steps for found in re.finditer(rf"<span>{step} \d\d:\d\d</span>", card)
    ]
    assert len(found) == len(steps)
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("finds", "sentence"),
    [
        (SendState.UNCERTAIN, "ainda não confirmou"),
        (SendState.FAILED, "ela não foi enviada"),
    ],
)
def test_an_uncertain_send_can_be_verified(
    page: Page, scene: FakeServices, finds: SendState, sentence: str
) -> None:
    """The press looks and sends nothing; what it finds is said."""
    scene.views, scene.verified_as = [connected()], finds
    scene.sent = [
        SentMessage(
            "r", "loja-1", "5511912345678", words("Olá"), SendState.UNCERTAIN, 1.0, reason="process-restarted"
        )
    ]
    app = page("messages")
    assert "O aplicativo reiniciou no meio do envio" in text_of(app)
    app.button(key="verify-r").click().run()
    assert not app.exception
    assert sentence in text_of(app)
    assert scene.calls == [("verify", "loja-1", "r")]


def test_older_sends_are_folded_away(page: Page, scene: FakeServices) -> None:
    """Five show at once, so that what arrived is in sight; the others are one press away."""
    scene.views = [connected()]
    plain = SentMessage("r", "loja-1", "5511912345678", words(""), SendState.SENT, 1.0)
    texts = [words(f"texto {number}") for number in range(7)]
    scene.sent = [replace(plain, request_id=each.text, content=each) for each in texts]
    (folded,) = page("messages").expander
    assert folded.label == "Mensagens anteriores"
    assert [f"texto {n}" in "".join(card.value for card in folded.html) for n in (4, 5, 6)] == [
        False,
        True,
        True,
    ]


def test_a_sender_that_reconnects_keeps_what_was_typed(page: Page, scene: FakeServices) -> None:
    """The page says that it is not connected now; form and text stay."""
    scene.views = [connected()]
    app = page("messages")
    app.text_input(key="send-to").set_value(NUMBER).run()
    scene.views = [view("loja-1", "Loja", InstanceState.RECONNECTING, linked=True, reason="wa-disconnected")]
    app.run()
    assert "A conexão com o WhatsApp caiu" in app.warning[0].value
    assert app.text_input(key="send-to").value == NUMBER
