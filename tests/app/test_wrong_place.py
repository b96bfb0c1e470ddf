"""Nothing leaves from another number, to another chat, or with words of another chat than was seen."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.content import Content, Kind, Reference
from core.models.instance import InstanceState, InstanceView
from core.models.message import SendState, SentMessage
from core.models.received import InboxContact, InboxEntry
from core.services import recipients
from core.services.recipients import Group
from pages.ui.inbox_actions import key_of
from tests.app.conftest import Scene, connected, text_of, view
from tests.support.contents import words

Page = Callable[..., AppTest]
A, B = "a-1", "b-2"
A_PHONE, B_PHONE = "5511911111111", "5511922222222"
ANA, BRUNO = "5511912345678", "5521987654321"
ANA_TYPED, BRUNO_TYPED = "+55 11 91234-5678", "+55 21 98765-4321"
FAMILY, TEAM = "120363000000000001@g.us", "120363000000000002@g.us"


def uma(**more: Any) -> InstanceView:
    return replace(connected(A, "Uma"), phone=A_PHONE, **more)


def outra(**more: Any) -> InstanceView:
    return replace(connected(B, "Outra"), phone=B_PHONE, **more)


def entry(message_id: str = "3A", **more: Any) -> InboxEntry:
    said = Content(Kind.TEXT, text="Você vem?")
    chat = f"{ANA}@s.whatsapp.net"
    return replace(InboxEntry(A, message_id, ANA, "Ana", said, time.time(), chat=chat, sender=chat), **more)


def in_group(message_id: str = "3G", **more: Any) -> InboxEntry:
    return entry(message_id, group=True, chat=FAMILY, group_name="Família", **more)


def arrived(scene: Scene, *entries: InboxEntry) -> None:
    scene.views = [uma()]
    scene.received = list(entries)
    scene.contacts = [InboxContact(ANA, ANA, "Ana")]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def answer(app: AppTest, to: InboxEntry, text: str = "Sim") -> AppTest:
    press(app, f"inbox-answer-{key_of(to)}")
    app.text_area(key="send-text").set_value(text).run()
    return app


def written(app: AppTest, *, to: str = ANA_TYPED, text: str = "Olá") -> AppTest:
    app.text_input(key="send-to").set_value(to)
    app.text_area(key="send-text").set_value(text).run()
    return app


def sends(scene: Scene) -> list[tuple[str, ...]]:
    return [call[:3] for call in scene.calls if call[0] == "send"]


def about(scene: Scene) -> Reference | None:
    return scene.sent[0].content.about


# -- from which number ---------------------------------------------------------------------------------------
GONE: dict[str, Callable[[], list[InstanceView]]] = {
    "unlinked": lambda: [uma(), outra(state=InstanceState.LOGGED_OUT, linked=False)],
    "deleted": lambda: [uma()],
    "linked to another phone": lambda: [uma(), replace(outra(), phone="5531933333333")],
    "pairing anew": lambda: [uma(), outra(state=InstanceState.PAIRING, linked=False)],
}


@pytest.mark.parametrize("gone", GONE)
def test_a_sender_that_is_gone_is_replaced_by_nobody(page: Page, scene: Scene, gone: str) -> None:
    """The page says so, keeps what was typed, and sends nothing until somebody chooses again."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = GONE[gone]()
    app.run()
    assert app.selectbox(key="send-from").value is None
    assert "“Outra” foi desconectada" in text_of(app)
    press(app, "send")
    assert sends(scene) == []
    assert "nada foi enviado" in app.error[0].value
    assert app.text_area(key="send-text").value == "Olá"
    app.selectbox(key="send-from").set_value(A).run()
    assert "foi desconectada" not in text_of(app)
    press(app, "send")
    assert sends(scene) == [("send", A, ANA_TYPED)]


@pytest.mark.parametrize("gone", GONE)
def test_a_press_that_meets_the_loss_sends_nothing(page: Page, scene: Scene, gone: str) -> None:
    """The page still shows the sender; the press carries it, and it is refused."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = GONE[gone]()
    press(app, "send")
    assert [call for call in sends(scene) if call[1] != B] == []
    assert not scene.sent
    assert "“Outra” foi desconectada" in text_of(app)


def test_a_lost_sender_that_is_back_is_not_taken_again_by_itself(page: Page, scene: Scene) -> None:
    """Linked again, or restored: somebody chooses it, or comes by its link."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = [uma()]
    app.run()
    scene.views = [uma(), outra()]
    app.run()
    assert app.selectbox(key="send-from").value is None
    press(app, "send")
    assert not scene.sent
    app.selectbox(key="send-from").set_value(B).run()
    press(app, "send")
    assert sends(scene) == [("send", B, ANA_TYPED)]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Outro nome"},
        {"state": InstanceState.RECONNECTING, "reason": "wa-disconnected"},
        {"state": InstanceState.STARTING},
        {"restarts": 3},
    ],
)
def test_a_sender_that_looks_different_is_still_the_same(
    page: Page, scene: Scene, changed: dict[str, Any]
) -> None:
    """Renamed, reconnecting, restarted: its option reads differently, and is not another one for that."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = [uma(), outra(**changed)]
    app.run()
    assert app.selectbox(key="send-from").value == B
    scene.views = [outra(), uma()]
    app.run()
    press(app, "send")
    assert sends(scene) == [("send", B, ANA_TYPED)]


def test_among_several_nobody_is_chosen_by_itself(page: Page, scene: Scene) -> None:
    """A press without a choice says so, and what was typed stays."""
    scene.views = [uma(), outra()]
    app = press(written(page("messages")), "send")
    assert app.selectbox(key="send-from").value is None
    assert "Escolha por qual número enviar" in app.error[0].value
    assert not scene.calls
    assert app.text_area(key="send-text").value == "Olá"


def test_a_second_instance_does_not_take_the_choice_of_the_only_one(page: Page, scene: Scene) -> None:
    """The only one is chosen; one that comes later changes nothing."""
    scene.views = [uma()]
    app = written(page("messages"))
    assert app.selectbox(key="send-from").value == A
    scene.views = [outra(), uma()]
    app.run()
    assert app.selectbox(key="send-from").value == A


def test_a_press_for_one_number_does_not_leave_from_another(page: Page, scene: Scene) -> None:
    """The sender is changed and the button pressed before the page is drawn anew: nobody knows which was
    meant.
    """
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    app.selectbox(key="send-from").set_value(A)
    press(app, "send")
    assert not scene.sent
    assert "nada foi enviado" in text_of(app)
    press(app, "send")
    assert sends(scene) == [("send", A, ANA_TYPED)]


def test_a_link_to_an_instance_that_cannot_send_chooses_nobody(page: Page, scene: Scene) -> None:
    """Though only one could: the link named another."""
    scene.views = [uma(), view(B, "Outra", InstanceState.STOPPED)]
    app = press(written(page("messages", id=B)), "send")
    assert app.selectbox(key="send-from").value is None
    assert "“Outra” foi desconectada" in text_of(app)
    assert not scene.calls


def test_the_address_follows_the_choice_and_the_choice_the_address(page: Page, scene: Scene) -> None:
    """A reload means the same sender; the browser's back button another one, visibly."""
    scene.views = [uma(), outra()]
    app = page("messages", id=B)
    app.selectbox(key="send-from").set_value(A).run()
    assert app.query_params["id"] == A
    app.query_params["id"] = B
    app.run()
    assert app.selectbox(key="send-from").value == B


def test_a_choice_outlives_a_look_at_another_page(page: Page, scene: Scene) -> None:
    """Back without a link, it is the same; a link names its own; what is gone meanwhile is gone."""
    scene.views = [uma(), outra()]
    app = page("messages", id=B)
    app.query_params.clear()
    app.switch_page("storage.py").run()
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value == B
    app.switch_page("storage.py").run()
    scene.views = [uma()]
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value is None
    scene.views = [uma(), outra()]
    app.switch_page("storage.py").run()
    app.query_params["id"] = B
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value == B


# -- to which group ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("listed", [(), (Group(TEAM, "Time", 3),)])
def test_an_answer_goes_to_its_group_though_it_is_not_listed(
    page: Page, scene: Scene, listed: tuple[Group, ...]
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
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch
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


def test_no_group_is_chosen_by_itself(page: Page, scene: Scene) -> None:
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


def test_groups_that_look_the_same_are_two(page: Page, scene: Scene) -> None:
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


def test_a_chosen_group_stays_though_it_reads_differently(page: Page, scene: Scene) -> None:
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


def test_a_group_that_is_left_is_replaced_by_none(page: Page, scene: Scene) -> None:
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


def test_a_group_belongs_to_the_instance_that_is_in_it(page: Page, scene: Scene) -> None:
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


# -- with whose words ----------------------------------------------------------------------------------------
def test_a_quote_does_not_follow_to_another_number(page: Page, scene: Scene) -> None:
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
    assert sends(scene) == [("send", A, BRUNO_TYPED)]
    assert about(scene) is None


def test_a_quote_does_not_follow_though_number_and_press_come_at_once(page: Page, scene: Scene) -> None:
    """The page had no time to say so before."""
    arrived(scene, entry())
    app = answer(page("messages"), scene.received[0])
    app.text_input(key="send-to").set_value(BRUNO_TYPED)
    press(app, "send")
    assert sends(scene) == [("send", A, BRUNO_TYPED)]
    assert about(scene) is None


@pytest.mark.parametrize("typed", ["5511912345678", "+55 (11) 91234-5678", "00 55 11 91234 5678"])
def test_a_quote_stays_though_the_number_is_written_differently(page: Page, scene: Scene, typed: str) -> None:
    """It is the same person."""
    arrived(scene, entry())
    app = answer(page("messages"), scene.received[0])
    app.text_input(key="send-to").set_value(typed).run()
    press(app, "send")
    assert about(scene) is not None


def test_a_quote_does_not_follow_to_a_group_or_from_one(page: Page, scene: Scene) -> None:
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


def test_a_quote_stays_with_its_instance(page: Page, scene: Scene) -> None:
    """Another sender never saw that message."""
    arrived(scene, entry())
    scene.views = [uma(), outra()]
    app = answer(page("messages", id=A), scene.received[0])
    app.selectbox(key="send-from").set_value(B).run()
    assert "A citação foi retirada" in text_of(app)
    press(app, "send")
    assert sends(scene) == [("send", B, ANA_TYPED)]
    assert about(scene) is None


def test_an_answer_to_what_was_sent_stays_in_that_chat(page: Page, scene: Scene) -> None:
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
    assert about(scene) == Reference("3EB0", from_me=True, text="oi")


# -- with whose file -----------------------------------------------------------------------------------------
def photo() -> tuple[str, bytes, str]:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(made, "JPEG")
    return "foto.jpg", made.getvalue(), "image/jpeg"


def with_photo(app: AppTest, *, to: str = ANA_TYPED) -> AppTest:
    app.text_input(key="send-to").set_value(to).run()
    app.pills(key="send-kind").set_value(Kind.IMAGE).run()
    app.file_uploader(key="send-file-image-0").upload(*photo()).run()
    assert not app.exception, app.exception
    return app


def test_a_file_goes_to_another_chat_only_when_somebody_says_so(page: Page, scene: Scene) -> None:
    """The number is changed, or somebody else is answered, with the file still in the form."""
    scene.views = [uma()]
    app = with_photo(page("messages"))
    app.text_input(key="send-to").set_value(BRUNO_TYPED).run()
    assert "Este arquivo foi escolhido para **+55 11 91234\\-5678**" in text_of(app).replace("\\+", "+")
    press(app, "send")
    assert not scene.sent
    assert "diga antes que ele pode ir" in app.error[0].value
    press(app, "send-file-here")
    press(app, "send")
    assert sends(scene) == [("send", A, BRUNO_TYPED)]


def test_a_file_that_was_chosen_first_goes_to_who_is_typed_then(page: Page, scene: Scene) -> None:
    """Nobody was meant before; a corrected spelling is nobody else."""
    scene.views = [uma()]
    app = with_photo(page("messages"), to="")
    app.text_input(key="send-to").set_value(ANA_TYPED).run()
    app.text_input(key="send-to").set_value("5511912345678").run()
    press(app, "send")
    assert sends(scene) == [("send", A, "5511912345678")]


# -- twice, or of another message ----------------------------------------------------------------------------
def test_the_same_message_of_two_instances_has_two_sets_of_buttons(scene: Scene) -> None:
    """In a group that both are in it has one id."""
    assert key_of(in_group()) != key_of(in_group(instance_id=B))


def test_a_contact_that_is_renamed_stays_the_filter(page: Page, scene: Scene) -> None:
    """Though its option reads differently, or is gone; two that look the same are two."""
    arrived(scene, entry())
    hidden = [InboxContact("1@lid", "", ""), InboxContact("2@lid", "", "")]
    scene.contacts = [*hidden, InboxContact(ANA, ANA, "Ana")]
    app = page("messages")
    for key in ("1@lid", "2@lid", ANA):
        app.selectbox(key=f"inbox-contact-{A}").set_value(key).run()
        assert scene.looked_for[-1][0] == key
    scene.contacts = [InboxContact(ANA, ANA, "Ana Maria"), *hidden]
    app.run()
    assert scene.looked_for[-1][0] == ANA
    scene.contacts = hidden
    app.run()
    app.run()
    assert scene.looked_for[-1][0] == ANA
    assert not app.exception


def test_what_is_drawn_for_one_message_never_acts_on_another(page: Page, scene: Scene) -> None:
    """A press on the old row finds no button of that name, not one that means the other message."""
    scene.views = [uma()]
    plain = SentMessage("r1", A, ANA, words("um"), SendState.SENT, time.time(), message_id="3EB1")
    scene.sent = [plain, replace(plain, request_id="r2", message_id="3EB2", content=words("dois"))]
    app = page("messages")
    keys = []
    for of in ("r1", "r2"):
        app.menu_button(key=f"act-{of}").click("react").run()
        keys.append({button.key for button in app.button if (button.key or "").startswith("react-")})
    assert len(keys[0]) == len(keys[1]) == 7
    assert not keys[0] & keys[1]
    app.button(key="react-0-r2").click().run()
    assert about(scene) == Reference("3EB2", from_me=True, text="dois")
    for of, said in (("r1", "um"), ("r2", "dois")):
        app.menu_button(key=f"act-{of}").click("edit").run()
        assert app.text_area(key=f"edit-text-{of}").value == said
    app.text_area(key="edit-text-r2").set_value("dois!")
    app.button(key="edit-save-r2").click().run()
    assert scene.sent[0].content == Content(
        Kind.EDIT, text="dois!", about=Reference("3EB2", from_me=True, text="dois")
    )


def test_a_reaction_is_pressed_twice_and_sent_once(page: Page, scene: Scene) -> None:
    """Both halves of a double press carry one name."""
    arrived(scene, entry())
    app = page("messages")
    app.menu_button(key=f"inbox-react-{key_of(scene.received[0])}").click("👍")
    name = app.session_state["inbox-next"]
    app.run()
    assert scene.sent[0].request_id == name
    assert app.session_state["inbox-next"] != name


def test_what_acts_on_a_message_carries_the_account_that_was_seen(page: Page, scene: Scene) -> None:
    """Linked to another phone between the drawing and the press: nothing goes out."""
    arrived(scene, entry())
    scene.sent = [SentMessage("r", A, ANA, words("oi"), SendState.SENT, time.time(), message_id="3EB0")]
    app = page("messages")
    app.menu_button(key="act-r").click("delete").run()
    scene.views = [replace(uma(), phone="5531933333333")]
    app.button(key="delete-sent-r").click().run()
    assert not app.exception
    assert len(scene.sent) == 1


def test_templates_that_begin_alike_are_two_and_plain(page: Page, scene: Scene) -> None:
    """A menu reads its entries as Markdown, and knows them by what they read."""
    scene.views = [uma()]
    app = page("messages")
    begin = "Olá $x$ *tudo* :smile: <b>bem</b> " + "e mais " * 10
    keep = "Guardar este texto como modelo"
    for text in (f"{begin}um", f"{begin}dois"):
        app.text_area(key="send-text").set_value(text).run()
        app.menu_button(key="send-template").click(keep).run()
    options = app.menu_button(key="send-template").options
    assert len(set(options)) == len(options)
    assert not [each for each in options if "$x$" in each or "*tudo*" in each or "<b>" in each]
    for text in (f"{begin}um", f"{begin}dois"):
        app.menu_button(key="send-template").click(text).run()
        assert app.text_area(key="send-text").value == text
