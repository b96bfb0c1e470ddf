"""The page Conversas: its list, search and filters, which instance's, and what its address means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import StorageUnavailableError
from core.models.content import Kind
from core.models.conversations import Filter
from core.models.instance import InstanceState, InstanceView
from core.models.messages import LatestMessage, SendState, Tick
from tests.app.composing import Page, outra, uma
from tests.app.conftest import links_of, text_of
from tests.app.conversing import A, B, group_talk, lines_of, lists_of, said, talk, words_of
from tests.app.fake_services import FakeServices, view

SEARCH, FILTER = f"thread-search-{A}", f"thread-filter-{A}"


def keys_in(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def test_without_an_instance_the_page_leads_to_one(page: Page, scene: FakeServices) -> None:
    """No list that could only be empty; a way to the first QR code."""
    scene.views = [view("a-1", "Loja", InstanceState.STOPPED)]
    app = page("messages")
    assert "Conecte um WhatsApp para ver as conversas" in text_of(app)
    assert links_of(app) == ["Conectar um WhatsApp"]
    assert not lists_of(app)


def test_the_only_instance_is_chosen(page: Page, scene: FakeServices) -> None:
    """There is nothing to choose from, and no box that says so."""
    scene.views, scene.conversations = [uma()], [talk()]
    app = page("messages")
    assert [line["name"] for line in lines_of(app)] == ["Ana"]
    assert "send-from" not in {box.key for box in app.selectbox}


def test_among_several_none_is_chosen_by_itself(page: Page, scene: FakeServices) -> None:
    """The address names one, or the person does."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk(), talk("bia", "Bia", instance_id=B)]
    app = page("messages")
    assert app.selectbox(key="send-from").value is None
    assert "Escolha o número" in text_of(app)
    assert "comece uma nova" not in text_of(app)  # there is no button for it yet
    assert not lists_of(app)
    assert "new-conversation" not in keys_in(app)
    app.selectbox(key="send-from").set_value(B).run()
    assert [line["name"] for line in lines_of(app)] == ["Bia"]
    assert app.query_params["id"] == B
    assert [line["name"] for line in lines_of(page("messages", id=A))] == ["Ana"]


def test_another_instance_shows_none_of_the_conversations_of_the_first(
    page: Page, scene: FakeServices
) -> None:
    """What was open and what was looked for stay behind."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk(), talk("bia", "Bia", instance_id=B)]
    app = page("messages", id=A, c="ana")
    app.text_input(key=SEARCH).set_value("Ana").run()
    app.selectbox(key="send-from").set_value(B).run()
    assert [line["name"] for line in lines_of(app)] == ["Bia"]
    assert lists_of(app)["Conversas"]["chosen"]["id"] == ""
    assert "c" not in app.query_params


def test_a_line_says_who_what_when_and_how_many(page: Page, scene: FakeServices) -> None:
    """Name, last words with their tick, time, unread; its link names the conversation."""
    scene.views = [uma()]
    scene.conversations = [
        talk(unread=3, latest=said("Bom dia")),
        group_talk(unread=120),
        talk("bia", "Bia", latest=said("Combinado", from_me=True, tick=Tick.READ, state=SendState.SENT)),
    ]
    ana, family, bia = lines_of(page("messages"))
    assert (ana["name"], words_of(ana), ana["unread"], ana["badge"]) == ("Ana", "Bom dia", 3, "3")
    assert (ana["letters"], ana["href"], ana["counted"]) == ("AN", f"?id={A}&c=ana", "3 não lidas")
    assert len(ana["when"]) == 5
    assert (words_of(family), family["badge"]) == ("Ana: Oi", "99+")
    assert [(each["sign"], each["signed"]) for each in (family, ana)] == [("group", "Grupo"), ("", "")]
    assert (words_of(bia), bia["last"]["tick"], bia["last"]["mood"]) == (
        "Lida Você: Combinado",
        "done_all",
        "read",
    )


@pytest.mark.parametrize(
    ("tick", "state", "symbol", "words"),
    [
        (Tick.QUEUED, SendState.SENDING, "schedule", "Na fila"),
        (Tick.SERVER, SendState.SENT, "check", "Enviada"),
        (Tick.DELIVERED, SendState.SENT, "done_all", "Entregue"),
        (Tick.READ, SendState.SENT, "done_all", "Lida"),
        (Tick.PLAYED, SendState.SENT, "done_all", "Reproduzida"),
        (Tick.QUEUED, SendState.FAILED, "error", "Não enviada"),
        (Tick.QUEUED, SendState.UNCERTAIN, "help", "Não se sabe"),
    ],
)
def test_an_own_message_says_how_far_it_came(
    page: Page, scene: FakeServices, tick: Tick, state: SendState, symbol: str, words: str
) -> None:
    """As a symbol, and in words for who cannot see it."""
    scene.views = [uma()]
    scene.conversations = [talk(latest=said(from_me=True, tick=tick, state=state))]
    (line,) = lines_of(page("messages"))
    assert line["last"]["tick"] == symbol
    assert line["last"]["state"] == words


@pytest.mark.parametrize(
    ("latest", "words"),
    [
        (said("", kind=Kind.IMAGE), "Imagem"),
        (said("A vitrine", kind=Kind.IMAGE), "A vitrine"),
        (said("", kind=Kind.CALL), "Chamada perdida"),
        (said("video", kind=Kind.CALL), "Chamada de vídeo perdida"),
        (said("rejected", kind=Kind.CALL), "Chamada recusada automaticamente"),
        (said("rejected_video", kind=Kind.CALL), "Chamada de vídeo recusada automaticamente"),
        (said("of_a_newer_version", kind=Kind.CALL), "Chamada perdida"),
        (said("", deleted=True), "Esta mensagem foi apagada"),
        (said("oi", from_me=True), "Você: oi"),
        (said("Abrimos *sim*, _das_ ~9h~ ```10h```: 2*3*4"), "Abrimos sim, das 9h 10h: 2*3*4"),
        (said("*Nova* https://a.example/_x_", kind=Kind.IMAGE), "Nova https://a.example/_x_"),
        (said(f"*{'z' * 200}*"), "z" * 160),
        (said("_a_.pdf", kind=Kind.DOCUMENT), "_a_.pdf"),
        (said("", kind=Kind.OTHER), "Mensagem de um tipo que não aparece aqui"),
    ],
)
def test_the_last_words_of_each_kind(
    page: Page, scene: FakeServices, latest: LatestMessage, words: str
) -> None:
    """Never an empty line under a name."""
    scene.views, scene.conversations = [uma()], [talk(latest=latest)]
    (line,) = lines_of(page("messages"))
    assert words_of(line) == words


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "+55 11 91234-5678"),
        ("\u200b\u2800", "+55 11 91234-5678"),
        ("<b>Ana</b>", "<b>Ana</b>"),
        ("Ana\u202eazuoS", "AnaazuoS"),
        ("x" * 500, "x" * 60),
    ],
)
def test_a_hostile_name_is_plain_bounded_text(page: Page, scene: FakeServices, name: str, shown: str) -> None:
    """Nothing of it is interpreted, none of it turns what stands beside it, and an empty one is a number."""
    scene.views, scene.conversations = [uma()], [talk(name=name, latest=said("y" * 5_000))]
    (line,) = lines_of(page("messages"))
    assert line["name"] == shown
    assert len(line["last"]["words"]) <= 160
    assert line["letters"] or line["icon"] == "person"


def test_a_person_without_name_and_number_and_a_group_without_a_name_have_one(
    page: Page, scene: FakeServices
) -> None:
    """Their addresses are never shown."""
    scene.views = [uma()]
    scene.conversations = [talk(name="", number="", address="123456789012345@lid"), group_talk(name="")]
    app = page("messages")
    assert [line["name"] for line in lines_of(app)] == ["Número oculto", "Grupo sem nome"]
    assert "123456789012345" not in str(lists_of(app))
    assert "120363" not in str(lists_of(app))


def test_the_search_finds_people_and_words(page: Page, scene: FakeServices) -> None:
    """Nothing found is said, with a way back to all."""
    scene.views, scene.conversations = [uma()], [talk(), talk("bia", "Bia")]
    app = page("messages")
    app.text_input(key=SEARCH).set_value("bia").run()
    assert [line["name"] for line in lines_of(app)] == ["Bia"]
    app.text_input(key=SEARCH).set_value("zzz").run()
    assert not lines_of(app)
    assert "Nada encontrado" in text_of(app)
    app.button(key="threads-clear").click().run()
    assert len(lines_of(app)) == 2
    assert app.text_input(key=SEARCH).value == ""


def test_the_filters_narrow_and_count(page: Page, scene: FakeServices) -> None:
    """Unread ones, groups; the numbers stand behind the names, which stay what they are."""
    scene.views = [uma()]
    scene.conversations = [talk(unread=2), talk("bia", "Bia"), group_talk()]
    app = page("messages")
    assert app.pills(key=FILTER).options == ["Todas", "Não lidas", "Grupos"]
    style = next(each.value for each in app.html if "--count-" in each.value)
    assert '--count-2: "\\0000a01"' in style
    assert '--count-3: "\\0000a01"' in style
    app.pills(key=FILTER).set_value(Filter.UNREAD).run()
    assert [line["name"] for line in lines_of(app)] == ["Ana"]
    app.pills(key=FILTER).set_value(Filter.GROUPS).run()
    assert [line["name"] for line in lines_of(app)] == ["Família"]
    scene.conversations = [talk()]
    app.run()
    assert not lines_of(app)
    app.button(key="threads-clear").click().run()
    assert [line["name"] for line in lines_of(app)] == ["Ana"]


def test_before_the_first_conversation_there_is_a_way_to_it(page: Page, scene: FakeServices) -> None:
    """No search in nothing."""
    scene.views = [uma()]
    app = page("messages")
    assert "Nenhuma conversa ainda" in text_of(app)
    assert "threads-begin" in keys_in(app)


def test_a_long_list_grows_on_a_press(page: Page, scene: FakeServices) -> None:
    """Sixty at first, and few presses reach far."""
    scene.views = [uma()]
    scene.conversations = [talk(f"t{number}", f"Pessoa {number}") for number in range(1_000)]
    app = page("messages")
    counts = [len(lines_of(app))]
    for _ in range(8):
        if "threads-more" in keys_in(app):
            app.button(key="threads-more").click().run()
            counts.append(len(lines_of(app)))
    assert counts[:3] == [60, 120, 180]
    assert counts[-1] == 1_000
    app.text_input(key=SEARCH).set_value("Pessoa").run()
    assert len(lines_of(app)) == 60


def test_the_address_opens_a_conversation(page: Page, scene: FakeServices) -> None:
    """Its line is marked; the way back leads to the list alone."""
    scene.views, scene.conversations = [uma()], [talk(), talk("bia", "Bia")]
    app = page("messages", id=A, c="bia")
    assert lists_of(app)["Conversas"]["chosen"]["id"] == "bia"
    assert "Bia" in text_of(app)
    app.button(key="back-to-list").click().run()
    assert "c" not in app.query_params
    app.query_params["c"] = "ana"
    app.run()
    assert lists_of(app)["Conversas"]["chosen"]["id"] == "ana"


@pytest.mark.parametrize("asked", ["nobody", "bia", "../x", "<b>", "a" * 5_000])
def test_an_address_of_no_conversation_of_this_instance_opens_none(
    page: Page, scene: FakeServices, asked: str
) -> None:
    """Nor that of another instance: the page says that it is not here, and shows no other."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk(), talk("bia", "Bia", instance_id=B)]
    app = page("messages", id=A, c=asked)
    assert "não está mais aqui" in text_of(app)
    assert "Bia" not in text_of(app)
    app.button(key="back-to-list").click().run()
    assert "não está mais aqui" not in text_of(app)


def test_a_conversation_that_was_joined_to_another_leads_there(page: Page, scene: FakeServices) -> None:
    """An old link, a bookmark."""
    scene.views, scene.conversations, scene.joined = [uma()], [talk()], {"old": "ana"}
    app = page("messages", id=A, c="old")
    assert "não está mais aqui" not in text_of(app)
    assert lists_of(app)["Conversas"]["chosen"]["id"] == "ana"


def test_storage_that_cannot_be_read_is_said_in_its_place(page: Page, scene: FakeServices) -> None:
    """The rest of the page stays."""
    scene.views = [uma()]
    scene.errors["list-conversations"] = StorageUnavailableError("auth-dir-missing")
    app = page("messages")
    assert app.error
    assert "new-conversation" in keys_in(app)


def unlinked() -> list[InstanceView]:
    return [uma(), outra(state=InstanceState.LOGGED_OUT, linked=False)]


GONE: dict[str, Callable[[], list[InstanceView]]] = {
    "unlinked": unlinked,
    "deleted": lambda: [uma()],
    "linked to another phone": lambda: [uma(), replace(outra(), phone="5531933333333")],
    "pairing anew": lambda: [uma(), outra(state=InstanceState.PAIRING, linked=False)],
}


@pytest.mark.parametrize("gone", GONE)
def test_an_instance_that_is_gone_is_replaced_by_none(page: Page, scene: FakeServices, gone: str) -> None:
    """The page says so, and shows nothing of another until somebody chooses; not even when it is back."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk(), talk("bia", "Bia", instance_id=B)]
    app = page("messages", id=B, c="bia")
    scene.views = GONE[gone]()
    app.run()
    assert app.selectbox(key="send-from").value is None
    assert "“Outra” foi desconectada" in text_of(app)
    assert not lists_of(app)
    assert "back-to-list" not in keys_in(app)
    scene.views = [uma(), outra()]
    app.run()
    assert app.selectbox(key="send-from").value is None
    app.selectbox(key="send-from").set_value(A).run()
    assert "foi desconectada" not in text_of(app)
    assert [line["name"] for line in lines_of(app)] == ["Ana"]


def test_what_was_said_stays_in_sight_when_the_instance_is_disconnected(
    page: Page, scene: FakeServices
) -> None:
    """It has messages: they can be read, and the page says how it stands, with a way to it."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk("bia", "Bia", instance_id=B)]
    scene.latest = {B: said()}
    app = page("messages", id=B)
    scene.views = unlinked()
    app.run()
    assert [line["name"] for line in lines_of(app)] == ["Bia"]
    assert "Desconectada" in text_of(app)
    assert "Abrir a instância" in links_of(app)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Outro nome"},
        {"state": InstanceState.RECONNECTING, "reason": "wa-disconnected"},
        {"state": InstanceState.STARTING},
    ],
)
def test_an_instance_that_looks_different_is_still_the_same(
    page: Page, scene: FakeServices, changed: dict[str, object]
) -> None:
    """Renamed, reconnecting, listed elsewhere: its option reads differently, and is no other one for that."""
    scene.views = [uma(), outra()]
    scene.conversations = [talk("bia", "Bia", instance_id=B)]
    app = page("messages", id=B)
    scene.views = [outra(**changed), uma()]
    app.run()
    assert app.selectbox(key="send-from").value == B
    assert [line["name"] for line in lines_of(app)] == ["Bia"]


def test_a_second_instance_does_not_take_the_place_of_the_only_one(page: Page, scene: FakeServices) -> None:
    """One that comes later changes nothing."""
    scene.views, scene.conversations = [uma()], [talk()]
    app = page("messages")
    scene.views = [outra(), uma()]
    app.run()
    assert app.selectbox(key="send-from").value == A
    assert [line["name"] for line in lines_of(app)] == ["Ana"]


def test_an_old_label_of_an_instance_changes_nothing(page: Page, scene: FakeServices) -> None:
    """The browser has not heard that it is called otherwise: its label means no option any more."""
    scene.views = [uma(), outra()]
    app = page("messages", id=B)
    app.selectbox(key="send-from").set_value(None).run()  # as Streamlit reads a label that it does not know
    assert app.selectbox(key="send-from").value == B


def test_the_choice_outlives_a_look_at_another_page(page: Page, scene: FakeServices) -> None:
    """Back without a link, it is the same instance; a link names its own."""
    scene.views = [uma(), outra()]
    app = page("messages", id=B)
    app.query_params.clear()
    app.switch_page("storage.py").run()
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value == B
    app.switch_page("storage.py").run()
    app.query_params["id"] = A
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value == A


def test_the_tab_says_how_many_wait(page: Page, scene: FakeServices) -> None:
    """The page is called Conversas, in the rail and in the bar too."""
    scene.views, scene.unread = [uma()], {A: 4}
    app = page("messages")
    assert app.title[0].value == "Conversas"
    assert [link.label for link in app.page_link].count("Conversas") >= 2
