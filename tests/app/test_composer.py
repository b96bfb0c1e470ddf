"""The composer of a conversation: what leaves, for whom, once; and what stays when it may not."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import (
    AppError,
    InvalidInputError,
    LimitReachedError,
    NotConnectedError,
    StorageUnavailableError,
)
from core.models.content import Content, Kind, Reference
from core.models.conversations import Conversation
from core.models.instance import InstanceState
from core.models.recipients import Membership
from pages.ui.conversations.drafts import Draft, Quote
from tests.app.composing import ANA, B_PHONE, FAMILY, A, B, Page, outra, press, uma
from tests.app.conftest import keys_of, text_of
from tests.app.conversing import group_talk, talk
from tests.app.fake_services import FakeServices
from tests.app.writing import box_of, keep_pages, press_send, sent, tell, texts, type_in

SAID = Reference("3A", chat=f"{ANA}@s.whatsapp.net", text="Você vem?")
OWN = Reference("3B", from_me=True, text="Sim, vou")


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_pages(monkeypatch)


@pytest.fixture
def talks(scene: FakeServices) -> list[Conversation]:
    """One with Ana, one in a group, of one instance; one of another instance."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk(), group_talk(), talk("bia", "Bia", instance_id=B)]
    return scene.conversations


@pytest.fixture
def app(page: Page, talks: list[Conversation]) -> AppTest:
    """Ana's conversation is open."""
    return page("messages", id=A, c="ana")


def opened(app: AppTest, conversation: str, instance: str = A) -> AppTest:
    """Open another conversation in the same visit."""
    app.query_params["id"], app.query_params["c"] = instance, conversation
    app.run()
    assert not app.exception, app.exception
    return app


def field(app: AppTest, name: str) -> Any:
    """The field of the open form with that name."""
    fields = (*app.text_input, *app.text_area, *app.checkbox)
    (found,) = (one for one in fields if (one.key or "").startswith(f"{name}-"))
    return found


def drafted(app: AppTest, **more: Any) -> AppTest:
    """A draft for Ana, as a press in the thread makes it."""
    app.session_state["drafts"] = {(A, "ana"): Draft(turn="t", **more)}
    app.run()
    return app


def test_what_is_written_leaves_for_this_conversation(app: AppTest, scene: FakeServices) -> None:
    """Once, from this instance; the box is empty and the browser hears that it went."""
    type_in(app, "Olá")
    assert box_of(app)["text"] == "Olá"
    id_ = press_send(app, "Olá")
    assert texts(scene) == [(A, ANA, "Olá")]
    assert (box_of(app)["text"], box_of(app)["done"], box_of(app)["refused"]) == ("", [id_], [])


def test_a_press_that_is_told_twice_counts_once(app: AppTest, scene: FakeServices) -> None:
    """The browser tells it until it is answered, after a reload too."""
    id_ = press_send(app, "Olá")
    press_send(app, "Olá", id=id_)
    assert texts(scene) == [(A, ANA, "Olá")]


def test_a_press_of_a_page_that_was_loaded_anew_counts_once(
    page: Page, app: AppTest, scene: FakeServices
) -> None:
    """Another session has not heard of it; what is written down has."""
    id_ = press_send(app, "Olá")
    again = page("messages", id=A, c="ana")
    press_send(again, "Olá", id=id_)
    assert texts(scene) == [(A, ANA, "Olá")]
    assert box_of(again)["done"] == [id_]


def test_a_press_that_left_is_sent_however_late_it_is_told_again(
    page: Page, app: AppTest, scene: FakeServices
) -> None:
    """By a page that is opened much later: to say that nothing was sent would have it sent twice."""
    id_ = press_send(app, "Olá")
    again = page("messages", id=A, c="ana")
    press_send(again, "Olá", id=id_, made=(time.time() - 3600) * 1000)
    assert texts(scene) == [(A, ANA, "Olá")]
    assert (box_of(again)["done"], box_of(again)["refused"]) == ([id_], [])


@pytest.mark.parametrize("about", ["edit 3B", "reply 3A"])
def test_an_edit_or_an_answer_that_the_page_forgot_is_no_message(
    app: AppTest, scene: FakeServices, about: str
) -> None:
    """A page that was loaded anew knows neither; the words stay, and the person chooses again."""
    press_send(app, "Sim, vou", about=about)
    assert texts(scene) == []
    assert box_of(app)["text"] == "Sim, vou"
    assert "nada foi enviado" in text_of(app)


@pytest.mark.parametrize("quote", [{"edit": Quote(OWN)}, {"reply": Quote(SAID)}], ids=["edit", "reply"])
def test_what_was_pressed_before_an_edit_or_answer_was_begun_is_neither(
    app: AppTest, scene: FakeServices, quote: dict[str, Quote]
) -> None:
    """The press is told after the other one: it is what it was, and what was begun stays."""
    drafted(app, text="Sim, vou", **quote)
    press_send(app, "Olá", about="")
    ((_, _, content),) = sent(scene)
    assert (content.kind, content.text, content.about) == (Kind.TEXT, "Olá", None)
    assert box_of(app)["about"]


def test_words_for_another_number_wait_for_a_choice(app: AppTest, scene: FakeServices) -> None:
    """The browser remembers for which number they were written, longer than the page does."""
    own = box_of(app)["account"]
    press_send(app, "Olá", account="that of before")
    assert texts(scene) == []
    assert not box_of(app)["on"]
    assert box_of(app)["account"] == "that of before"
    press(app, "send-here")
    assert (box_of(app)["on"], box_of(app)["account"]) == (True, own)
    press_send(app, "Olá")
    assert texts(scene) == [(A, ANA, "Olá")]


def test_a_press_belongs_to_the_place_it_was_made_in(app: AppTest, scene: FakeServices) -> None:
    """Another conversation is drawn by the time it arrives: it goes where it was written all the same."""
    place = box_of(app)["place"]
    opened(app, "fam")
    press_send(app, "para Ana", place=place)
    assert texts(scene) == [(A, ANA, "para Ana")]


@pytest.mark.parametrize("place", [f"{B}/ana", f"{A}/nobody", "", "x", f"{A}/ana/fam", f"/{A}/ana"])
def test_a_press_for_a_place_that_is_not_there_sends_nothing(
    app: AppTest, scene: FakeServices, place: str
) -> None:
    """Whatever a browser names: only a conversation of that very instance gets anything."""
    press_send(app, "Olá", place=place)
    assert texts(scene) == []


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x",
        7,
        [],
        {},
        {"visit": "x"},
        {"visit": 1, "turn": "a", "texts": [], "out": {}, "typing": None},
        {"out": [{"id": "a", "place": f"{A}/ana", "text": "Olá", "form": "", "made": 1}]},
        {"out": [{"id": 1, "place": f"{A}/ana", "text": ["x"], "form": "", "made": "x"}]},
        {"texts": {f"{A}/ana": "Olá"}},
    ],
)
def test_what_no_box_would_tell_does_nothing(app: AppTest, scene: FakeServices, told: Any) -> None:
    """Nor does a box of another visit: it has heard of other things."""
    visit = {"visit": "of another session", "turn": 9, "typing": ""}
    tell(app, "told", visit | told if isinstance(told, dict) else told)
    assert texts(scene) == []
    assert box_of(app)["text"] == ""


def test_each_conversation_keeps_its_draft(app: AppTest, scene: FakeServices) -> None:
    """Going back and forth loses nothing and mixes nothing; what one sends leaves the other's alone."""
    type_in(app, "para Ana")
    opened(app, "fam")
    assert box_of(app)["text"] == ""
    type_in(app, "para todos")
    opened(app, "bia", B)
    assert box_of(app)["text"] == ""
    opened(app, "fam")
    assert box_of(app)["text"] == "para todos"
    press_send(app, "para todos")
    opened(app, "ana")
    assert box_of(app)["text"] == "para Ana"
    assert texts(scene) == [(A, FAMILY, "para todos")]


def test_a_quote_goes_to_its_own_chat_only(app: AppTest, scene: FakeServices) -> None:
    """The strip stands in that conversation; a message to another one carries nothing of it."""
    drafted(app, reply=Quote(SAID, "Ana"))
    assert "Resposta a Ana:" in text_of(app)
    assert "Você vem?" in text_of(app)
    opened(app, "fam")
    assert "Você vem?" not in text_of(app)
    press_send(app, "Oi a todos")
    opened(app, "ana")
    press_send(app, "Vou")
    press_send(app, "Mais uma coisa")
    assert [content.about for _, _, content in sent(scene)] == [None, SAID, None]
    assert "Resposta a Ana:" not in text_of(app)


def test_an_answer_can_be_left(app: AppTest, scene: FakeServices) -> None:
    """The cross takes the quote away and leaves the words."""
    drafted(app, reply=Quote(SAID, "Ana"), text="Vou")
    press(app, "reply-leave")
    assert box_of(app)["text"] == "Vou"
    press_send(app, "Vou")
    assert sent(scene)[0][2].about is None


def test_an_edit_sends_new_words_and_gives_back_what_was_set_aside(app: AppTest, scene: FakeServices) -> None:
    """It is no new message; what was being written before stands in the box again."""
    drafted(app, edit=Quote(OWN), text="Sim, vou", set_aside="outra coisa")
    assert "Editando:" in text_of(app)
    press_send(app, "Não vou")
    ((_, _, content),) = sent(scene)
    assert (content.kind, content.text, content.about) == (Kind.EDIT, "Não vou", OWN)
    assert box_of(app)["text"] == "outra coisa"
    assert "Editando:" not in text_of(app)


def test_words_that_were_typed_before_an_edit_was_begun_do_not_become_the_edit(app: AppTest) -> None:
    """They come late to the server, which has put the old words into the box: they are set aside."""
    drafted(app, edit=Quote(OWN), text="Sim, vou")
    type_in(app, "estava escrevendo", turn="")
    assert box_of(app)["text"] == "Sim, vou"
    press(app, "reply-leave")
    assert box_of(app)["text"] == "estava escrevendo"


def test_a_refused_message_stays_and_can_be_tried_again(app: AppTest, scene: FakeServices) -> None:
    """With its text and the reason; the second press of a double one counts for nothing."""
    scene.send_error = LimitReachedError("send-rate", detail="30")
    id_ = press_send(app, "Olá")
    assert texts(scene) == []
    assert (box_of(app)["text"], box_of(app)["refused"]) == ("Olá", [id_])
    assert "30" in text_of(app)
    scene.send_error = None
    button = app.button(key="send-again")
    assert button.label == "Tentar de novo"
    press(app, "send-again")
    assert texts(scene) == [(A, ANA, "Olá")]
    assert box_of(app)["text"] == ""
    assert "send-again" not in keys_of(app)


def test_the_reason_of_a_refusal_goes_with_what_was_written(app: AppTest, scene: FakeServices) -> None:
    """Other words may have no fault; the same ones still have theirs."""
    scene.send_error = LimitReachedError("send-rate", detail="30")
    press_send(app, "Olá")
    type_in(app, "Olá!")
    assert "send-again" not in keys_of(app)
    type_in(app, "Olá")
    assert "send-again" in keys_of(app)


def test_words_of_a_refused_press_stand_before_those_typed_since(app: AppTest, scene: FakeServices) -> None:
    """Nothing is lost, in the order in which it was written."""
    scene.send_error = LimitReachedError("send-rate", detail="30")
    press_send(app, "primeira")
    assert box_of(app)["text"] == "primeira"
    scene.send_error = None
    place = box_of(app)["place"]
    app.session_state["drafts"] = {(A, "ana"): Draft("segunda")}
    scene.send_error = AppError("no-answer")
    press_send(app, "terceira", place=place)
    assert box_of(app)["text"].startswith("terceira")


@pytest.mark.parametrize("state", [s for s in InstanceState if s is not InstanceState.CONNECTED])
def test_an_instance_that_is_not_connected_sends_nothing(
    app: AppTest, scene: FakeServices, state: InstanceState
) -> None:
    """The composer says so; a press that comes all the same is refused, and its words stay."""
    scene.views = [replace(uma(), state=state), outra()]
    app.run()
    assert not box_of(app)["on"]
    assert any(link.label == "Abrir a instância" for link in app.page_link)
    press_send(app, "Olá")
    assert texts(scene) == []
    assert box_of(app)["text"] == "Olá"
    scene.views = [uma(), outra()]
    app.run()
    assert box_of(app)["on"]


def test_a_number_that_changed_must_be_chosen(app: AppTest, scene: FakeServices) -> None:
    """The draft was begun for another one: nothing leaves until the person says so."""
    type_in(app, "Olá")
    scene.views = [replace(uma(), phone=B_PHONE), outra()]
    press_send(app, "Olá")
    assert texts(scene) == []
    app.run()
    app.selectbox(key="send-from").set_value(A).run()
    opened(app, "ana")
    assert box_of(app)["text"] == "Olá"
    assert not box_of(app)["on"]
    assert "agora usa" in text_of(app)
    press(app, "send-here")
    assert box_of(app)["on"]
    press_send(app, "Olá")
    assert texts(scene) == [(A, ANA, "Olá")]


def test_only_admins_write_in_a_closed_group(app: AppTest, scene: FakeServices) -> None:
    """Said before anything is written; nothing leaves."""
    scene.memberships[FAMILY] = Membership.READER
    opened(app, "fam")
    assert "Só administradores" in text_of(app) or "administradores" in text_of(app)
    assert not box_of(app)["on"]
    press_send(app, "Olá")
    assert texts(scene) == []


def test_a_group_that_is_not_listed_waits_for_a_choice(app: AppTest, scene: FakeServices) -> None:
    """The account may have left it: the person says whether to write there; no other group is ever meant."""
    scene.memberships[FAMILY] = Membership.NOT_LISTED
    opened(app, "fam")
    assert not box_of(app)["on"]
    press_send(app, "Olá")
    assert texts(scene) == []
    press(app, "send-anyway")
    assert box_of(app)["on"]
    press_send(app, box_of(app)["text"])
    assert texts(scene) == [(A, FAMILY, "Olá")]


def test_a_number_without_whatsapp_is_refused_in_words(app: AppTest, scene: FakeServices) -> None:
    """Asked when the first message is sent; the words stay. Who joined meanwhile is asked about again."""
    scene.conversations.append(talk("new", "", latest=None, address="5521900000000", number="5521900000000"))
    scene.nobody = {"5521900000000"}
    opened(app, "new")
    press_send(app, "Olá")
    assert texts(scene) == []
    assert "não tem WhatsApp" in text_of(app)
    scene.nobody = set()
    press(app, "send-again")
    assert texts(scene) == [(A, "5521900000000", "Olá")]


def test_a_press_that_came_late_is_not_carried_out(app: AppTest, scene: FakeServices) -> None:
    """Its visitor has gone on; the words stay."""
    press_send(app, "Olá", made=(time.time() - 60) * 1000)
    assert texts(scene) == []
    assert box_of(app)["text"] == "Olá"


def test_a_poll_leaves_once_and_its_form_is_gone(app: AppTest, scene: FakeServices) -> None:
    """The second half of a double press finds it sent; what was being written in the box stays."""
    type_in(app, "depois")
    press(app, "attach-poll")
    assert not box_of(app)["words"]
    assert not box_of(app)["ready"]
    field(app, "send-question").set_value("Que dia?").run()
    field(app, "send-options").set_value("Sábado\nDomingo").run()
    assert box_of(app)["ready"]
    form = box_of(app)["form"]
    press_send(app)
    press_send(app, form=form)
    poll = Content(Kind.POLL, text="Que dia?", options=("Sábado", "Domingo"), choices=1)
    assert [content for _, _, content in sent(scene)] == [poll]
    assert (box_of(app)["words"], box_of(app)["form"], box_of(app)["text"]) == (True, "", "depois")
    assert "send-again" not in keys_of(app)


def test_a_form_belongs_to_its_conversation(app: AppTest, scene: FakeServices) -> None:
    """Another conversation has none; back again it holds what was filled in."""
    press(app, "attach-contact")
    field(app, "send-contact-name").set_value("Bia").run()
    opened(app, "fam")
    assert (box_of(app)["words"], box_of(app)["form"]) == (True, "")
    press(app, "attach-contact")
    assert field(app, "send-contact-name").value == ""
    opened(app, "ana")
    assert field(app, "send-contact-name").value == "Bia"
    field(app, "send-contact-phone").set_value("+55 21 98765-4321").run()
    press_send(app)
    ((instance_id, to, content),) = sent(scene)
    assert (instance_id, to, content.kind, content.name) == (A, ANA, Kind.CONTACT, "Bia")


def test_a_press_of_a_form_that_was_left_sends_nothing(app: AppTest, scene: FakeServices) -> None:
    """Nor does it send the next form of the same conversation."""
    press(app, "attach-contact")
    old = box_of(app)["form"]
    press(app, "attach-leave")
    assert box_of(app)["form"] == ""
    press_send(app, form=old)
    press(app, "attach-location")
    press_send(app, form=old)
    assert texts(scene) == []


def test_a_place_is_sent_as_maps_copy_it(app: AppTest, scene: FakeServices) -> None:
    """One field for both numbers."""
    press(app, "attach-location")
    field(app, "send-coordinates").set_value("-23.561414, -46.655881").run()
    field(app, "send-place").set_value("MASP").run()
    press_send(app)
    ((_, _, content),) = sent(scene)
    assert (content.latitude, content.longitude, content.name) == (-23.561414, -46.655881, "MASP")


def test_a_template_is_written_after_what_stands_there(app: AppTest) -> None:
    """Filled in with the instance; nothing that was typed is lost."""
    type_in(app, "Bom dia!")
    press(app, "attach-template")
    press(app, "template-0")
    text = box_of(app)["text"]
    assert text.startswith("Bom dia!\nOlá! ")
    assert "Uma" in text
    assert "{" not in text


def test_own_words_can_be_kept_as_a_template(app: AppTest) -> None:
    """For this visit, in every conversation."""
    type_in(app, "Volto já")
    press(app, "attach-template")
    press(app, "template-keep")
    opened(app, "fam")
    press(app, "attach-template")
    (button,) = (one for one in app.button if one.label == "Volto já")
    assert button.key


def test_it_says_how_many_messages_are_left(app: AppTest, scene: FakeServices) -> None:
    """Of the day's limit, before one runs into it."""
    assert "Restam 200 mensagens hoje" in text_of(app)
    press_send(app, "Olá")
    assert "Restam 199 mensagens hoje" in text_of(app)


def test_a_newly_linked_number_is_told_to_be_careful(
    page: Page, talks: list[Conversation], scene: FakeServices
) -> None:
    """Where the other side has not said anything yet."""
    scene.newly_linked = True
    talks.append(talk("new", "", latest=None))
    assert "recém-conectado" in text_of(page("messages", id=A, c="new"))
    assert "recém-conectado" not in text_of(page("messages", id=A, c="ana"))


def test_in_presentation_mode_the_strip_is_covered(page: Page, talks: list[Conversation]) -> None:
    """Names and words of people are on no slide."""
    app = page("messages", id=A, c="ana", presentation="true")
    app.session_state["presentation"] = True
    drafted(app, reply=Quote(SAID, "Ana"))
    assert "Você vem" not in text_of(app)
    assert "Resposta a Ana" not in text_of(app)


def test_what_a_stranger_wrote_is_shown_as_typed(app: AppTest) -> None:
    """In the strip nothing of it takes effect."""
    drafted(app, reply=Quote(replace(SAID, text="<b>oi</b> **x**"), "<i>Ana</i>"))
    assert "&lt;b&gt;oi&lt;/b&gt;" in text_of(app)
    assert "&lt;i&gt;Ana&lt;/i&gt;" in text_of(app)


def typing_told(scene: FakeServices) -> list[tuple[Any, ...]]:
    return [call[2:] for call in scene.calls if call[0] == "show-typing"]


def test_nobody_is_told_of_typing_unless_that_is_asked_for(app: AppTest, scene: FakeServices) -> None:
    """Off at first, whatever a browser tells; on, the chat that is typed in is told, and that it ended."""
    place = box_of(app)["place"]
    type_in(app, "O", typing=place)
    assert typing_told(scene) == []
    (switch,) = (one for one in app.toggle if (one.key or "").startswith("show-typing"))
    assert not switch.value
    switch.set_value(True).run()
    assert box_of(app)["typing"]
    type_in(app, "Ol", typing=place)
    type_in(app, "Olá", typing=f"{A}/fam")
    type_in(app, "Olá", typing=f"{A}/nowhere")
    assert typing_told(scene) == [(ANA, True), (ANA, False), (FAMILY, True), (FAMILY, False)]
    (switch,) = (one for one in app.toggle if (one.key or "").startswith("show-typing"))
    switch.set_value(False).run()
    scene.calls.clear()
    type_in(app, "Olá!", typing=place)
    assert typing_told(scene) == []


def test_templates_that_begin_alike_are_two_and_plain(app: AppTest) -> None:
    """A button reads its label as Markdown; each writes its own words."""
    begin = "Olá $x$ *tudo* :smile: <b>bem</b> " + "e mais " * 10
    for text in (f"{begin}um", f"{begin}dois"):
        type_in(app, text)
        if "attach-template" in keys_of(app):
            press(app, "attach-template")
        press(app, "template-keep")
    labels = [one.label for one in app.button if (one.key or "").startswith("template-")]
    assert len(set(labels)) == len(labels)
    assert not [each for each in labels if "$x$" in each or "*tudo*" in each or "<b>" in each]
    type_in(app, "")
    press(app, "template-4")
    assert box_of(app)["text"] == f"{begin}um"


def test_the_words_in_the_chat_are_what_was_seen(app: AppTest, scene: FakeServices) -> None:
    """An empty text is refused in words, and so is one that is too long; nothing leaves."""
    for text, code in ((" ", "text-empty"), ("x", "text-too-long")):
        scene.send_error = InvalidInputError(code, detail="4096")
        press_send(app, text)
        assert "send-again" in keys_of(app)
    assert texts(scene) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotConnectedError(), "não está conectada"),
        (LimitReachedError("send-rate", detail="12"), "12"),
        (LimitReachedError("new-contact-day", detail="3"), "3"),
        (StorageUnavailableError("disk-full"), "disco"),
        (AppError("account-changed"), "outr"),
        (InvalidInputError("about-elsewhere"), "conversa"),
    ],
)
def test_each_refusal_has_its_words(
    app: AppTest, scene: FakeServices, error: AppError, sentence: str
) -> None:
    """With what to do next; the text stays."""
    scene.send_error = error
    press_send(app, "Olá")
    assert sentence in app.error[0].value
    assert box_of(app)["text"] == "Olá"
