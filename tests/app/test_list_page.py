"""The list of instances and the form that adds one."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from core.errors import InvalidInputError, LimitReachedError, StorageUnavailableError
from core.models.content import Kind
from core.models.instance import DAY_S, DeletedInstance, InstanceState, InstanceView
from core.models.messages import LatestMessage
from pages.ui.instances import row_actions
from pages.ui.widgets.undo import Undo, prepare_undo
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view

Page = Callable[..., AppTest]
LABELS = {InstanceState.CONNECTED: "Conectad", InstanceState.LOGGED_OUT: "Desconectad"}


def rows(app: AppTest) -> list[str]:
    """The rows of the list, as HTML."""
    return [element.value for element in app.html if '<div class="wa-item' in element.value]


def name_in(row: str) -> str:
    """The name that a row shows."""
    found = re.search('"wa-name">(.*?)</div>', row)
    return found[1] if found else ""


def opened_by(app: AppTest) -> set[str]:
    """Ids of the instances on the page."""
    return {key.removeprefix("open-") for key in keys_of(app) if key.startswith("open-")}


def test_an_empty_list_invites_and_has_one_button(page: Page) -> None:
    """A new visitor sees what an instance is, three steps and one thing to press; no empty table."""
    app = page()
    assert "Conecte o seu primeiro WhatsApp" in text_of(app)
    assert "1. Dê um nome" in text_of(app)
    assert keys_of(app) == {"import", "new-instance"}


def test_each_instance_is_a_row_with_its_own_open_button(page: Page, scene: FakeServices) -> None:
    """Name, state in words and number in international form; one button for each, named after its id."""
    scene.views = [connected(), view("b-2", "Filial", InstanceState.LOGGED_OUT, reason="wa-logged-out")]
    app = page()
    other, shop = rows(app)
    assert "Loja" in shop
    assert LABELS[InstanceState.CONNECTED] in shop
    assert "+55 11 98765-4321" in shop
    assert LABELS[InstanceState.LOGGED_OUT] in other
    assert keys_of(app) == {"import", "new-instance", "open-loja-1", "open-b-2", "verb-b-2"}
    assert app.button(key="open-loja-1").label == "Abrir Loja"


def test_who_needs_somebody_comes_first_with_the_verb_that_helps(page: Page, scene: FakeServices) -> None:
    """Headings only where both groups are; what was stopped by hand is no alarm."""
    scene.views = [
        connected(),
        view("b", "Banida", InstanceState.FAILED, reason="wa-temporary-ban", detail="2099-11-12T17:24:00Z"),
        view("c", "Caiu", InstanceState.FAILED, reason="worker-crashed", detail="worker.log", linked=True),
        view("d", "Deslogada", InstanceState.LOGGED_OUT, reason="wa-logged-out"),
        view("e", "Expirada", InstanceState.STOPPED, reason="qr-expired"),
        view("f", "Feita à mão", InstanceState.LOGGED_OUT, reason="logged-out-here"),
        view("p", "Pareando", InstanceState.PAIRING),
        view("r", "Voltando", InstanceState.RECONNECTING, reason="wa-disconnected"),
        view("s", "Parada", InstanceState.STOPPED, linked=True),
    ]
    app = page()
    verbs = {button.key: button.label for button in app.button if (button.key or "").startswith("verb-")}
    assert verbs == {
        "verb-b": "Ver o que fazer",
        "verb-c": "Reconectar",
        "verb-d": "Reconectar",
        "verb-e": "Ver QR",
        "verb-f": "Reconectar",
        "verb-p": "Ver QR",
        "verb-s": "Ligar",
    }
    said = text_of(app)
    assert "1 conectada · 1 voltando · <b>5 precisam de você</b>" in said
    first, second = said.index("Precisam de você</h2>"), said.index("Em dia</h2>")
    assert first < second
    assert [name_in(row) for row in rows(app)[5:]] == ["Loja", "Feita à mão", "Voltando", "Parada"]
    assert "Restrita pelo WhatsApp até" in said
    assert "O celular desconectou." in said
    scene.views = [connected()]
    assert "Em dia" not in text_of(page())


def test_the_verb_does_what_it_says(page: Page, scene: FakeServices) -> None:
    """Turning on stays on the list; a new QR code is shown on the instance's page."""
    scene.views = [view("s-1", "Parada", InstanceState.STOPPED, linked=True)]
    app = page()
    app.button(key="verb-s-1").click().run()
    assert scene.calls == [("start", "s-1")]
    assert "open-s-1" in keys_of(app)
    scene.views = [view("b-2", "Filial", InstanceState.LOGGED_OUT, reason="wa-logged-out")]
    app = page()
    app.button(key="verb-b-2").click().run()
    assert scene.calls[1:] == [("start", "b-2")]
    assert ">Filial</h1>" in text_of(app)


def test_a_verb_that_fails_says_why(page: Page, scene: FakeServices) -> None:
    """On the list, in words."""
    scene.views = [view("b-2", "Filial", InstanceState.LOGGED_OUT, reason="wa-logged-out")]
    scene.errors["start"] = StorageUnavailableError("disk-full")
    app = page()
    app.button(key="verb-b-2").click().run()
    assert "disco está cheio" in app.error[0].value
    assert "open-b-2" in keys_of(app)


def test_the_row_shows_the_newest_message_and_how_many_are_unread(page: Page, scene: FakeServices) -> None:
    """Who wrote it and what; kinds by their word; of a deleted one, nothing."""
    scene.views = [connected(id_, id_) for id_ in ("text", "own", "image", "gone", "group", "call", "none")]
    now = time.time()
    scene.latest = {
        "text": LatestMessage(Kind.TEXT, now, name="Ana <b>", text="Oi! *Abre*?"),
        "own": LatestMessage(Kind.TEXT, now, from_me=True, text="Combinado"),
        "image": LatestMessage(Kind.IMAGE, now, contact="5511912345678", text="a vitrine"),
        "gone": LatestMessage(Kind.TEXT, now, name="Ana", deleted=True),
        "group": LatestMessage(Kind.POLL, now, name="Bia", text="Que dia?", group=True, group_name="Família"),
        "call": LatestMessage(Kind.CALL, now, contact="5511912345678", text="video"),
    }
    scene.unread = {"text": 4, "image": 250}
    by_name = {name_in(row): row for row in rows(page())}
    assert "<b>Ana &lt;b&gt;:</b> Oi! *Abre*?" in by_name["text"]
    assert ">4</span>" in by_name["text"]
    assert "4 não lidas" in by_name["text"]
    assert "<b>Você:</b> Combinado" in by_name["own"]
    assert "<b>+55 11 91234-5678:</b>" in by_name["image"]
    assert "Imagem · a vitrine" in by_name["image"]
    assert ">99+</span>" in by_name["image"]
    assert "apagada" in by_name["gone"]
    assert "<b>Família · Bia:</b>" in by_name["group"]
    assert "Chamada de vídeo perdida<" in by_name["call"]
    assert "wa-unread" not in by_name["none"]


def test_the_newest_message_decides_the_order(page: Page, scene: FakeServices) -> None:
    """Unless another one is chosen; who needs somebody stays on top."""
    scene.views = [connected(f"i-{n}", f"Loja {9 - n}", created_at=n) for n in range(6)]
    scene.views.append(view("z", "Zé", InstanceState.LOGGED_OUT, reason="wa-logged-out"))
    scene.latest = {"i-2": LatestMessage(Kind.TEXT, time.time(), text="oi")}
    app = page()
    assert [name_in(row) for row in rows(app)][:3] == ["Zé", "Loja 7", "Loja 4"]
    app.menu_button(key="instances-sort").click("name").run()
    assert [name_in(row) for row in rows(app)][:3] == ["Zé", "Loja 4", "Loja 5"]


def many(count: int) -> list[InstanceView]:
    """Some of each, with names and numbers of their own."""
    states = (InstanceState.CONNECTED, InstanceState.STOPPED, InstanceState.PAIRING)
    return [
        view(f"i-{n}", f"Padaria São {n}", states[n % 3], phone=f"55119{n:08}", created_at=-n)
        for n in range(count)
    ]


def test_a_few_instances_need_no_search(page: Page, scene: FakeServices) -> None:
    """From six on there are search, chips and sort."""
    scene.views = many(5)
    app = page()
    assert (len(app.text_input), len(app.pills)) == (0, 0)
    scene.views = many(6)
    app = page()
    assert app.text_input(key="instances-search").label == "Buscar por nome ou número"
    assert app.pills(key="instances-filter").options == [
        "Todas 6",
        "Conectadas 2",
        "Precisam de você 2",
        "Paradas 2",
    ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sao 7", {"i-7"}),
        ("PADARIA são 11", {"i-11"}),
        ("+55 (11) 9 0000-0013", {"i-13"}),
        ("00000005", {"i-5"}),
        ("nada", set()),
    ],
)
def test_the_search_finds_names_and_numbers(
    page: Page, scene: FakeServices, typed: str, found: set[str]
) -> None:
    """Whatever the accents, the case and the punctuation; nothing found is said, with a way back."""
    scene.views = many(25)
    app = page()
    app.pagination(key="instances-page").set_value(2).run()
    app.text_input(key="instances-search").set_value(typed).run()
    assert opened_by(app) == found
    if not found:
        app.button(key="instances-clear").click().run()
        assert len(opened_by(app)) == 20
        assert app.text_input(key="instances-search").value == ""


def test_a_chip_narrows_the_list_and_stays_though_its_count_changes(page: Page, scene: FakeServices) -> None:
    """Its label is another one then; the choice is the same."""
    scene.views = many(9)
    app = page()
    app.pills(key="instances-filter").set_value("stopped").run()
    assert opened_by(app) == {"i-1", "i-4", "i-7"}
    scene.views = scene.views[:7]
    app.run()
    assert opened_by(app) == {"i-1", "i-4"}
    assert app.pills(key="instances-filter").value == "stopped"
    app.text_input(key="instances-search").set_value("são 4").run()
    assert opened_by(app) == {"i-4"}
    assert app.pills(key="instances-filter").options[0] == "Todas 1"


def test_the_pages_keep_the_search(page: Page, scene: FakeServices) -> None:
    """Of 500, those that are found come in pages too."""
    scene.views = many(500)
    app = page()
    app.text_input(key="instances-search").set_value("são 4").run()
    assert app.pagination(key="instances-page").value == 1
    app.pagination(key="instances-page").set_value(2).run()
    assert app.text_input(key="instances-search").value == "são 4"
    assert len(opened_by(app)) == 20


def choose(app: AppTest, instance_id: str, action: str) -> AppTest:
    """Choose an action in the menu of a row; nothing may crash."""
    app.menu_button(key=f"menu-{instance_id}").click(action).run()
    assert not app.exception, app.exception
    return app


def test_the_menu_offers_what_can_be_done_now(page: Page, scene: FakeServices) -> None:
    """What runs can be stopped and restarted; what stands still can be turned on."""
    scene.views = [connected(), view("b-2", "Filial", InstanceState.STOPPED)]
    app = page()
    for instance_id, verbs in (("loja-1", ["Parar", "Reiniciar"]), ("b-2", ["Ligar"])):
        options = app.menu_button(key=f"menu-{instance_id}").options
        assert options == [*verbs, "Renomear", "Mover para a lixeira"]
    for action in ("stop", "restart"):
        choose(app, "loja-1", action)
    choose(app, "b-2", "start")
    assert scene.calls == [("stop", "loja-1"), ("restart", "loja-1"), ("start", "b-2")]


def test_an_instance_is_renamed_in_its_row(page: Page, scene: FakeServices) -> None:
    """With its present name to begin with; a refusal is explained beside the field."""
    scene.views = [connected(), connected("b-2", "Filial")]
    app = choose(page(), "b-2", "rename")
    assert app.text_input(key="list-rename-name").value == "Filial"
    scene.errors["rename"] = InvalidInputError("name-taken")
    app.text_input(key="list-rename-name").set_value("Loja")
    app.button(key="list-rename-save").click().run()
    assert "Já existe uma instância" in app.error[0].value
    del scene.errors["rename"]
    app.text_input(key="list-rename-name").set_value("Filial 2")
    app.button(key="list-rename-save").click().run()
    assert scene.calls[-1] == ("rename", "b-2", "Filial 2")
    assert "Filial 2" in text_of(app)
    assert not app.text_input


def test_an_instance_goes_to_the_trash_from_its_row_and_comes_back(page: Page, scene: FakeServices) -> None:
    """Asked by name first; taken back at once it runs again, as it did."""
    scene.views = [connected(), connected("b-2", "Filial")]
    app = choose(page(), "b-2", "trash")
    assert "Mover “Filial” para a lixeira?" in text_of(app)
    app.button(key="list-trash-cancel").click().run()
    assert not scene.calls
    choose(app, "b-2", "trash")
    app.button(key="list-trash-confirm").click().run()
    assert scene.calls == [("delete", "b-2")]
    assert "“Filial” está na lixeira" in text_of(app)
    now = time.time()
    scene.deleted = [DeletedInstance("b-2-17", "b-2", "Filial", "", True, now, now + 600_000)]
    app.button(key="undo-trash").click().run()
    assert scene.calls[1:] == [("restore", "b-2-17"), ("start", "b-2")]
    assert "“Filial” voltou" in app.toast[0].value
    assert {"open-loja-1", "open-b-2"} <= keys_of(app)
    assert "undo-trash" not in keys_of(app)


def test_undo_is_offered_though_another_draw_begins_meanwhile(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of an instance is a change that the page is told of: what was being drawn is dropped."""
    scene.views = [connected(), connected("b-2", "Filial")]
    note, drawn = scene.note, []

    def prepare() -> Undo:
        drawn.append(get_script_run_ctx())
        return prepare_undo()

    def note_and_tell(*what: Any) -> None:
        note(*what)
        (context,) = drawn
        assert context is not None
        assert context.script_requests is not None
        states = WidgetStates(widgets=context.session_state.get_widget_states())
        assert context.script_requests.request_rerun(RerunData(widget_states=states))

    app = choose(page(), "b-2", "trash")
    monkeypatch.setattr(row_actions, "prepare_undo", prepare)
    monkeypatch.setattr(scene, "note", note_and_tell)
    app.button(key="list-trash-confirm").click().run()
    assert scene.calls == [("delete", "b-2")]
    assert "“Filial” está na lixeira" in text_of(app)


class _Held:
    """A deletion that takes until it is let go."""

    def __init__(self, scene: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
        self._note, self.go_on = scene.note, threading.Event()
        monkeypatch.setattr(scene, "note", self._hold)

    def _hold(self, name: str, *what: Any) -> None:
        if name == "delete":
            assert self.go_on.wait(10)
        self._note(name, *what)


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_opened_on_another_row_meanwhile_stays_open(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """An instance takes its time to stop; that it could not be deleted is not said of the other one."""
    scene.views = [connected(), connected("b-2", "Filial")]
    if fails:
        scene.errors["delete"] = StorageUnavailableError("disk-full")
    held = _Held(scene, monkeypatch)
    app = choose(page(), "loja-1", "trash")
    with monkeypatch.context() as ended:
        ended.setattr(row_actions, "_finish", lambda *_: None)  # the runs that another press has ended
        app.button(key="list-trash-confirm").click().run()
        choose(app, "b-2", "rename")
    held.go_on.set()
    app.run()
    assert not app.exception
    assert app.text_input(key="list-rename-name").value == "Filial"
    assert len(app.error) == fails
    app.run()
    assert not app.error


def test_what_was_stopped_comes_back_stopped(page: Page, scene: FakeServices) -> None:
    """And what somebody else took out meanwhile is told."""
    scene.views = [view("b-2", "Filial", InstanceState.STOPPED), connected()]
    app = choose(page(), "b-2", "trash")
    app.button(key="list-trash-confirm").click().run()
    app.button(key="undo-trash").click().run()
    assert scene.calls == [("delete", "b-2")]
    assert app.toast
    assert "undo-trash" not in keys_of(app)


HOSTILE = ("<img src=x>\u202eanA", "\n".join(["🎉👨‍👩‍👧"] * 25), "\u200b\u200e", "a" * 500, "", "אבג", "Ž̷̛͇a")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_row(page: Page, scene: FakeServices, name: str) -> None:
    """HTML, marks of direction, emoji by the line, nothing at all: one row, with its buttons."""
    scene.views = [connected(name=name or "\u200b")]
    scene.latest = {
        "loja-1": LatestMessage(Kind.TEXT, 1.0, name=name, text=name, group=True, group_name=name)
    }
    app = page()
    (row,) = rows(app)
    assert "<img src=x" not in row
    assert "\n" not in row
    assert not set(row) & set("\u202a\u202b\u202c\u202d\u202e")
    assert "open-loja-1" in keys_of(app)


def test_a_picture_is_shown_as_the_face(page: Page, scene: FakeServices) -> None:
    """Else its initials on a colour of its own; grey for what is not linked."""
    scene.views = [connected(), connected("b-2", "Bar do Zé"), view("c", "Clínica", InstanceState.STOPPED)]
    scene.faces = {"loja-1": "data:image/jpeg;base64,AA"}
    by_name = {name_in(row): row for row in rows(page())}
    assert '<img src="data:image/jpeg;base64,AA" alt="">' in by_name["Loja"]
    assert "<bdi>BZ</bdi>" in by_name["Bar do Zé"]
    assert "wa-face-pale" in by_name["Clínica"]
    assert "wa-face-pale" not in by_name["Bar do Zé"]


def test_opening_a_row_leads_to_the_page_of_that_instance(page: Page, scene: FakeServices) -> None:
    """The second row's button opens the second instance, not the first."""
    scene.views = [connected(), view("b-2", "Filial", InstanceState.STOPPED)]
    app = page()
    app.button(key="open-b-2").click().run()
    assert not app.exception
    assert ">Filial</h1>" in text_of(app)


def test_more_than_twenty_instances_come_in_pages(page: Page, scene: FakeServices) -> None:
    """Twenty rows at a time; the second page starts where the first ended."""
    scene.views = [view(f"i-{n}", f"Loja {n}", InstanceState.STOPPED) for n in range(45)]
    app = page()
    assert sum(key.startswith("open-") for key in keys_of(app)) == 20
    app.pagination(key="instances-page").set_value(3).run()
    assert {key for key in keys_of(app) if key.startswith("open-")} == {f"open-i-{n}" for n in range(40, 45)}


def test_a_list_that_shrank_shows_its_last_page(page: Page, scene: FakeServices) -> None:
    """A visitor on page 3 sees rows, never an empty table, after instances were deleted elsewhere."""
    scene.views = [view(f"i-{n}", f"Loja {n}", InstanceState.STOPPED) for n in range(45)]
    app = page()
    app.pagination(key="instances-page").set_value(3).run()
    del scene.views[25:]
    app.run()
    assert {key for key in keys_of(app) if key.startswith("open-")} == {f"open-i-{n}" for n in range(20, 25)}


def test_creating_leads_straight_to_the_new_instance(page: Page, scene: FakeServices) -> None:
    """Name, create, and the next thing on the screen is the page where the QR appears."""
    app = page()
    app.button(key="new-instance").click().run()
    app.text_input(key="instance-name").set_value("Loja Centro")
    app.button(key="create-instance").click().run()
    assert scene.calls == [("create", "Loja Centro")]
    assert ">Loja Centro</h1>" in text_of(app)


def test_recent_conversations_are_brought_on_request_only(page: Page, scene: FakeServices) -> None:
    """The box is empty until a person fills it in."""
    app = page()
    app.button(key="new-instance").click().run()
    assert app.checkbox(key="instance-history").value is False
    app.text_input(key="instance-name").set_value("Loja Centro")
    app.checkbox(key="instance-history").check()
    app.button(key="create-instance").click().run()
    assert scene.calls == [("create", "Loja Centro", "history")]


def test_a_name_that_cannot_be_used_is_explained_and_kept(page: Page, scene: FakeServices) -> None:
    """Each refusal is a sentence beside the field; what was typed stays."""
    scene.views = [connected()]
    app = page()
    app.button(key="new-instance").click().run()
    for error, sentence in (
        (InvalidInputError("name-empty"), "Dê um nome"),
        (InvalidInputError("name-too-long", detail="60"), "no máximo 60 caracteres"),
        (InvalidInputError("name-taken"), "Já existe uma instância"),
        (LimitReachedError("instance-limit", detail="50"), "O limite de 50 instâncias"),
    ):
        scene.create_error = error
        app.text_input(key="instance-name").set_value("../x")
        app.button(key="create-instance").click().run()
        assert not app.exception
        assert sentence in app.error[0].value
        assert app.text_input(key="instance-name").value == "../x"


def test_cancelling_closes_the_form_and_creates_nothing(page: Page, scene: FakeServices) -> None:
    """Back to the list as it was."""
    app = page()
    app.button(key="new-instance").click().run()
    app.button(key="cancel-create").click().run()
    assert not app.text_input
    assert not scene.calls


@pytest.mark.parametrize("reason", ["wa-temporary-ban", "wa-banned-again"])
def test_a_restricted_account_is_not_started_from_the_list(
    page: Page, scene: FakeServices, reason: str
) -> None:
    """Neither from the menu, nor by a press meant for another state: its page says what that risks."""
    scene.views = [view("b", "Banida", InstanceState.FAILED, reason=reason, linked=True)]
    app = page()
    assert app.menu_button(key="menu-b").options == ["Renomear", "Mover para a lixeira"]
    scene.views = [view("b", "Banida", InstanceState.STOPPED, linked=True)]
    app = page()
    scene.views = [view("b", "Banida", InstanceState.FAILED, reason=reason, linked=True)]
    app.button(key="verb-b").click().run()
    assert not scene.calls
    assert ">Banida</h1>" in text_of(app)


def test_a_press_does_what_its_button_said(page: Page, scene: FakeServices) -> None:
    """The instance was stopped meanwhile: looking at its QR code is no start."""
    scene.views = [view("p", "Pareando", InstanceState.PAIRING)]
    app = page()
    scene.views = [view("p", "Pareando", InstanceState.STOPPED)]
    app.button(key="verb-p").click().run()
    assert not scene.calls
    assert ">Pareando</h1>" in text_of(app)


@pytest.mark.parametrize(("days", "said"), [(9, False), (10, True), (12, True)])
def test_a_row_says_that_its_phone_is_silent(page: Page, scene: FakeServices, days: int, said: bool) -> None:
    """In place of the last message: that can wait, the phone cannot. In bold once it is urgent."""
    scene.views = [connected(phone_silent_since=time.time() - days * DAY_S - 60)]
    (row,) = rows(page("instances"))
    words = f"Abra o WhatsApp no celular: ele não aparece há {days} dias."
    assert (words in row) is said
    assert (f"{words}</b>" in row) is (days >= 12)
