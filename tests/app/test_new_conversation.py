"""The dialog in which a conversation is begun: with a number, a recent person, a group."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.instance import InstanceState
from core.models.recipients import Group
from core.services import recipients
from tests.app.composing import Page, outra, uma
from tests.app.conftest import text_of
from tests.app.conversing import ANA, BRUNO, FAMILY, A, B, group_talk, lines_of, lists_of, talk
from tests.app.fake_services import FakeServices

NUMBER = "+55 11 91234-5678"
TEAM = "120363000000000002@g.us"


def opened(app: AppTest) -> AppTest:
    app.button(key="new-conversation").click().run()
    assert not app.exception, app.exception
    return app


def start(app: AppTest, number: str) -> AppTest:
    app.text_input(key="send-to").set_value(number).run()
    app.button(key="start-conversation").click().run()
    assert not app.exception, app.exception
    return app


def begun(scene: FakeServices) -> list[tuple[str, ...]]:
    return [call for call in scene.calls if call[0] == "with-recipient"]


def is_open(app: AppTest) -> bool:
    return "start-conversation" in {button.key for button in app.button}


def test_a_number_begins_a_conversation(page: Page, scene: FakeServices) -> None:
    """Checked while it is typed, with the name; nothing is sent, and the address says what is open."""
    scene.views = [uma()]
    app = opened(page("messages"))
    app.text_input(key="send-to").set_value(NUMBER).run()
    assert "A mensagem vai para" in text_of(app)
    assert "Ana" in text_of(app)
    app.button(key="start-conversation").click().run()
    assert begun(scene) == [("with-recipient", A, ANA)]
    assert not is_open(app)
    assert app.query_params["id"] == A
    assert app.query_params["c"] == scene.conversations[0].id
    assert not scene.sent


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
    """The sentence stands at the field until the number changes; nothing is begun."""
    scene.views = [uma()]
    app = start(opened(page("messages")), to)
    assert sentence in app.error[0].value
    assert app.text_input(key="send-to").value == to
    assert not begun(scene)
    app.text_input(key="send-to").set_value(NUMBER).run()
    assert not app.error


@pytest.mark.parametrize(
    "typed", ["11 91234-5678", "(11) 91234-5678", "011 91234-5678", "0 xx 11 91234-5678"]
)
def test_a_number_as_people_type_it_is_offered_whole(page: Page, scene: FakeServices, typed: str) -> None:
    """While it is typed, and after a press; it is taken by a press only."""
    scene.views = [uma()]
    app = opened(page("messages"))
    app.text_input(key="send-to").set_value(typed).run()
    assert app.button(key="send-to-offer").label.replace("\\", "") == f"{NUMBER}?"
    app.button(key="start-conversation").click().run()
    assert app.error
    assert not begun(scene)
    app.button(key="send-to-offer").click().run()
    assert app.text_input(key="send-to").value == NUMBER
    assert not app.error
    app.button(key="start-conversation").click().run()
    assert begun(scene) == [("with-recipient", A, ANA)]


def test_a_number_without_whatsapp_begins_nothing_and_is_asked_again(page: Page, scene: FakeServices) -> None:
    """Its owner may join: the next press asks anew."""
    scene.views, scene.nobody = [uma()], {ANA}
    app = opened(page("messages"))
    app.text_input(key="send-to").set_value(NUMBER).run()
    assert "não está no WhatsApp" in text_of(app)
    app.button(key="start-conversation").click().run()
    assert app.error[0].value == "Este número não tem WhatsApp. Confira o número."
    assert not begun(scene)
    scene.nobody = set()
    app.button(key="start-conversation").click().run()
    assert begun(scene) == [("with-recipient", A, ANA)]


def test_a_number_that_cannot_be_checked_now_begins_its_conversation(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The send asks again; until then, one may write."""

    def fail(_id: str, number: str) -> None:
        raise AppError("no-answer")

    monkeypatch.setattr(recipients, "check", fail)
    scene.views = [uma(state=InstanceState.RECONNECTING)]
    app = opened(page("messages"))
    app.text_input(key="send-to").set_value(NUMBER).run()
    assert "A mensagem vai para" in text_of(app)
    app.button(key="start-conversation").click().run()
    assert begun(scene) == [("with-recipient", A, ANA)]


def test_recent_people_are_offered_without_what_they_said(page: Page, scene: FakeServices) -> None:
    """The newest, no groups, and those that the typed number fits."""
    scene.views = [uma()]
    scene.conversations = [
        talk(),
        group_talk(),
        *(talk(f"t{number}", f"Pessoa {number}", number=f"55219876543{number:02}") for number in range(9)),
    ]
    app = opened(page("messages"))
    lines = lines_of(app, "Pessoas recentes")
    assert [line["name"] for line in lines] == ["Ana", *(f"Pessoa {number}" for number in range(5))]
    assert lines[0]["last"]["words"] == NUMBER
    app.text_input(key="send-to").set_value("Pessoa 7").run()
    assert [line["name"] for line in lines_of(app, "Pessoas recentes")] == ["Pessoa 7"]


def test_groups_that_may_be_written_to_are_offered(page: Page, scene: FakeServices) -> None:
    """Twins are two; one where only admins write is not there; their addresses do not reach the browser."""
    scene.views = [uma()]
    scene.groups = (
        Group(FAMILY, "Família", 3),
        Group(TEAM, "Família\u200b", 1),
        Group("120363000000000003@g.us", "Avisos", 40, may_write=False),
    )
    app = opened(page("messages"))
    app.segmented_control(key="send-way").set_value("group").run()
    lines = lines_of(app, "Grupos")
    assert len(lines) == 2
    assert len({line["name"] for line in lines}) == 2
    assert [line["last"]["words"] for line in lines] == ["3 participantes", "1 participante"]
    assert "120363" not in str(lists_of(app))
    assert not begun(scene)


def test_a_group_has_one_colour_before_and_in_its_conversation(page: Page, scene: FakeServices) -> None:
    """It is known by it."""
    scene.views, scene.groups = [uma()], (Group(FAMILY, "Família", 3),)
    scene.conversations = [group_talk()]
    app = opened(page("messages"))
    app.segmented_control(key="send-way").set_value("group").run()
    (offered,), (listed,) = lines_of(app, "Grupos"), lines_of(app)
    assert offered["colour"] == listed["colour"]


def test_what_was_wrong_with_a_number_is_not_said_of_groups(page: Page, scene: FakeServices) -> None:
    """Another way begins without it."""
    scene.views, scene.nobody = [uma()], {ANA}
    app = opened(page("messages"))
    app.text_input(key="send-to").set_value(NUMBER).run()
    app.button(key="start-conversation").click().run()
    assert app.error
    app.segmented_control(key="send-way").set_value("group").run()
    assert not app.error


def test_many_groups_are_searched(page: Page, scene: FakeServices) -> None:
    """By name, without regard to case."""
    scene.views = [uma()]
    scene.groups = tuple(Group(f"12036300000000{n:04}@g.us", f"Grupo {n}", 3) for n in range(30))
    app = opened(page("messages"))
    app.segmented_control(key="send-way").set_value("group").run()
    assert len(lines_of(app, "Grupos")) == 30
    app.text_input(key="send-group-search").set_value("GRUPO 17").run()
    assert [line["name"] for line in lines_of(app, "Grupos")] == ["Grupo 17"]


def test_groups_that_cannot_be_had_are_explained(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And can be asked for again."""

    def fail(_id: str, *, refresh: bool = False) -> tuple[Group, ...]:
        raise AppError("no-answer")

    monkeypatch.setattr(recipients, "groups", fail)
    scene.views = [uma()]
    app = opened(page("messages"))
    app.segmented_control(key="send-way").set_value("group").run()
    assert "WhatsApp não respondeu" in app.warning[0].value
    assert "send-groups-again" in {button.key for button in app.button}


def test_the_dialog_outlives_a_change_of_the_page_and_begins_empty(page: Page, scene: FakeServices) -> None:
    """An instance that reconnects draws the whole page anew: what was typed stays; not for the next time."""
    scene.views = [uma(), outra()]
    app = opened(page("messages", id=A))
    app.text_input(key="send-to").set_value("+55 11 9").run()
    scene.views = [uma(), outra(state=InstanceState.RECONNECTING)]
    app.run()
    assert app.text_input(key="send-to").value == "+55 11 9"
    start(app, NUMBER)
    assert not is_open(app)
    opened(app)
    assert app.text_input(key="send-to").value == ""


def test_it_begins_for_the_instance_that_is_shown(page: Page, scene: FakeServices) -> None:
    """Two instances: the conversation is that of the chosen one."""
    scene.views = [uma(), outra()]
    app = start(opened(page("messages", id=B)), "+55 21 98765-4321")
    assert begun(scene) == [("with-recipient", B, BRUNO)]
    assert app.query_params["id"] == B
