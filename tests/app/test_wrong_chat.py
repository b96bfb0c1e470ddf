"""Nothing goes to another chat, or with words of another chat, than was seen."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from core.errors import AppError
from core.models.content import Kind, Reference
from core.models.messages import SendState, SentMessage
from core.models.recipients import Group
from core.services import recipients
from tests.app.composing import (
    ANA,
    ANA_TYPED,
    BRUNO,
    BRUNO_TYPED,
    FAMILY,
    TEAM,
    A,
    B,
    Page,
    about,
    answer,
    arrived,
    entry,
    in_group,
    outra,
    press,
    sends,
    uma,
)
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices
from tests.support.contents import words


@pytest.mark.parametrize("listed", [(), (Group(TEAM, "Time", 3),)])
def test_an_answer_goes_to_its_group_though_it_is_not_listed(
    page: Page, scene: FakeServices, listed: tuple[Group, ...]
) -> None:
    """Not to the first of the list: the list is only for choosing."""
    arrived(scene, in_group())
    scene.groups = listed
    app = answer(page("messages"), scene.received[0])
    assert app.selectbox(key="send-group").value == FAMILY
    press(app, "send")
    assert sends(scene) == [("send", A, FAMILY)]
    assert about(scene) is not None


def test_an_answer_goes_to_its_group_though_the_list_cannot_be_had(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WhatsApp does not answer: the page says so, and the answer has its chat."""
    arrived(scene, in_group())

    def fail(_id: str, *, refresh: bool = False) -> tuple[Group, ...]:
        raise AppError("no-answer")

    monkeypatch.setattr(recipients, "groups", fail)
    app = answer(page("messages"), scene.received[0])
    assert "WhatsApp não respondeu" in app.warning[0].value
    press(app, "send")
    assert sends(scene) == [("send", A, FAMILY)]


def test_no_group_is_chosen_by_itself(page: Page, scene: FakeServices) -> None:
    """A press without a choice says so."""
    scene.views = [uma()]
    scene.groups = (Group(FAMILY, "Família", 3), Group(TEAM, "Time", 4))
    app = page("messages")
    app.segmented_control(key="send-way").set_value("group").run()
    assert app.selectbox(key="send-group").value is None
    app.text_area(key="send-text").set_value("Olá").run()
    press(app, "send")
    assert "Escolha o grupo" in app.error[0].value
    assert not scene.sent
    app.selectbox(key="send-group").set_value(TEAM).run()
    assert not app.error
    press(app, "send")
    assert sends(scene) == [("send", A, TEAM)]


def test_groups_that_look_the_same_are_two(page: Page, scene: FakeServices) -> None:
    """Streamlit would take the last of them for both."""
    twins = (Group(FAMILY, "Família", 3), Group(TEAM, "Família\u200b", 3))
    scene.views, scene.groups = [uma()], twins
    app = page("messages")
    app.segmented_control(key="send-way").set_value("group").run()
    assert len(set(app.selectbox(key="send-group").options)) == 2
    app.text_area(key="send-text").set_value("Olá")
    for group in (FAMILY, TEAM):
        app.text_area(key="send-text").set_value("Olá")
        app.selectbox(key="send-group").set_value(group).run()
        press(app, "send")
    assert sends(scene) == [("send", A, FAMILY), ("send", A, TEAM)]


def test_a_chosen_group_stays_though_it_reads_differently(page: Page, scene: FakeServices) -> None:
    """Somebody joins, it is renamed, another comes before it: it is not another group for that."""
    scene.views, scene.groups = [uma()], (Group(FAMILY, "Família", 3), Group(TEAM, "Time", 4))
    app = page("messages")
    app.segmented_control(key="send-way").set_value("group").run()
    app.selectbox(key="send-group").set_value(TEAM).run()
    scene.groups = (Group("120363000000000009@g.us", "A", 2), Group(TEAM, "Equipe", 5, may_write=False))
    app.run()
    app.run()
    assert app.selectbox(key="send-group").value == TEAM
    app.text_area(key="send-text").set_value("Olá").run()
    press(app, "send")
    assert sends(scene) == [("send", A, TEAM)]


def test_a_group_that_is_left_is_replaced_by_none(page: Page, scene: FakeServices) -> None:
    """The page says which one is gone; nothing goes to the one that is left in the list."""
    scene.views, scene.groups = [uma()], (Group(FAMILY, "Família", 3), Group(TEAM, "Time", 4))
    app = page("messages")
    app.segmented_control(key="send-way").set_value("group").run()
    app.selectbox(key="send-group").set_value(TEAM).run()
    app.text_area(key="send-text").set_value("Olá").run()
    scene.groups = (Group(FAMILY, "Família", 3),)
    press(app, "send")
    assert [call for call in sends(scene) if call[2] != TEAM] == []
    scene.calls.clear()
    app.run()
    press(app, "send")
    assert app.selectbox(key="send-group").value is None
    assert "“Time” não está mais entre os grupos" in text_of(app)
    assert sends(scene) == []


def test_a_group_belongs_to_the_instance_that_is_in_it(page: Page, scene: FakeServices) -> None:
    """Another sender, another choice of group: that one may not be in it, or another may be called so."""
    scene.views, scene.groups = [uma(), outra()], (Group(FAMILY, "Família", 3),)
    app = page("messages", id=A)
    app.segmented_control(key="send-way").set_value("group").run()
    app.selectbox(key="send-group").set_value(FAMILY).run()
    app.text_area(key="send-text").set_value("Olá").run()
    app.selectbox(key="send-from").set_value(B).run()
    assert app.selectbox(key="send-group").value is None
    press(app, "send")
    assert not scene.sent


def test_a_quote_does_not_follow_to_another_number(page: Page, scene: FakeServices) -> None:
    """It goes when the number becomes another whole one, and the page says so; not while it is typed."""
    arrived(scene, entry())
    app = answer(page("messages"), scene.received[0])
    for half in ("+55 21", "", "+55 21 9876"):
        app.text_input(key="send-to").set_value(half).run()
        assert "Resposta a" in text_of(app)
    app.text_input(key="send-to").set_value(BRUNO_TYPED).run()
    assert "A citação foi retirada" in text_of(app)
    assert "Você vem?" not in "".join(each.value for each in app.markdown)
    press(app, "send")
    assert sends(scene) == [("send", A, BRUNO)]
    assert about(scene) is None


def test_a_quote_does_not_follow_though_number_and_press_come_at_once(
    page: Page, scene: FakeServices
) -> None:
    """The page had no time to say so before."""
    arrived(scene, entry())
    app = answer(page("messages"), scene.received[0])
    app.text_input(key="send-to").set_value(BRUNO_TYPED)
    press(app, "send")
    assert sends(scene) == [("send", A, BRUNO)]
    assert about(scene) is None


def test_a_number_that_the_browser_put_back_gets_nothing(page: Page, scene: FakeServices) -> None:
    """A slow page tells the browser of the answer only after another number was typed: nothing is sent."""
    arrived(scene, entry())
    app = answer(page("messages"), scene.received[0])
    put = app.text_input(key="send-to").value
    app.text_input(key="send-to").set_value(BRUNO_TYPED).run()
    app.text_input(key="send-to").set_value(put)
    press(app, "send")
    assert sends(scene) == []
    assert "Quem vai receber mudou nesse meio-tempo" in text_of(app)
    press(app, "send")
    assert [to for _, _, to in sends(scene)] != [BRUNO]
    assert len(sends(scene)) == 1


@pytest.mark.parametrize("typed", ["5511912345678", "+55 (11) 91234-5678", "00 55 11 91234 5678"])
def test_a_quote_stays_though_the_number_is_written_differently(
    page: Page, scene: FakeServices, typed: str
) -> None:
    """It is the same person."""
    arrived(scene, entry())
    app = answer(page("messages"), scene.received[0])
    app.text_input(key="send-to").set_value(typed).run()
    press(app, "send")
    assert about(scene) is not None


def test_a_quote_does_not_follow_to_a_group_or_from_one(page: Page, scene: FakeServices) -> None:
    """Nor to another group."""
    arrived(scene, entry(), in_group())
    scene.groups = (Group(FAMILY, "Família", 3), Group(TEAM, "Time", 4))
    app = answer(page("messages"), scene.received[0])
    app.segmented_control(key="send-way").set_value("group").run()
    app.selectbox(key="send-group").set_value(FAMILY).run()
    assert "A citação foi retirada" in text_of(app)
    press(app, "send")
    assert about(scene) is None
    app = answer(app, scene.received[1])
    assert "A citação foi retirada" not in text_of(app)
    app.selectbox(key="send-group").set_value(TEAM).run()
    assert "A citação foi retirada" in text_of(app)
    press(app, "send")
    assert [each.content.about for each in scene.sent] == [None, None]
    app = answer(app, scene.received[1])
    app.segmented_control(key="send-way").set_value("person").run()
    app.text_input(key="send-to").set_value(ANA_TYPED)
    press(app, "send")
    assert about(scene) is None


def test_a_quote_stays_with_its_instance(page: Page, scene: FakeServices) -> None:
    """Another sender never saw that message."""
    arrived(scene, entry())
    scene.views = [uma(), outra()]
    app = answer(page("messages", id=A), scene.received[0])
    app.selectbox(key="send-from").set_value(B).run()
    assert "A citação foi retirada" in text_of(app)
    press(app, "send")
    assert sends(scene) == [("send", B, ANA)]
    assert about(scene) is None


def test_an_answer_to_what_was_sent_stays_in_that_chat(page: Page, scene: FakeServices) -> None:
    """In a group by its address, to a person by their number."""
    scene.views = [uma()]
    plain = SentMessage("r", A, FAMILY, words("oi"), SendState.SENT, time.time(), message_id="3EB0")
    scene.sent = [replace(plain, to_name="Família")]
    scene.groups = (Group(TEAM, "Time", 4),)
    app = page("messages")
    app.menu_button(key="act-r").click("answer").run()
    app.text_area(key="send-text").set_value("Sim").run()
    press(app, "send")
    assert sends(scene) == [("send", A, FAMILY)]
    assert about(scene) == Reference("3EB0", from_me=True, text="oi", kind=Kind.TEXT)
