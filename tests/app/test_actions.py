"""What is done to an instance seldom: rename, log out, delete."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError, NotConnectedError, UnknownInstanceError
from core.models.instance import InstanceState
from pages.ui.instance import actions
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.support.polling import eventually

Page = Callable[..., AppTest]


def opened(page: Page, action: str) -> AppTest:
    """The page of the scene's instance with that action open."""
    app = page("instance", id="loja-1")
    return press(app, action)


def press(app: AppTest, key: str) -> AppTest:
    """Press a button; nothing may crash."""
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_restart_is_one_call(page: Page, scene: FakeServices) -> None:
    """At once, for what runs."""
    scene.views = [connected()]
    press(page("instance", id="loja-1"), "restart")
    assert scene.calls == [("restart", "loja-1")]


def test_only_what_is_linked_can_be_disconnected(page: Page, scene: FakeServices) -> None:
    """No button that could only fail."""
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    assert {"rename", "delete"} <= keys_of(page("instance", id="loja-1"))
    assert "log-out" not in keys_of(page("instance", id="loja-1"))
    scene.views = [connected()]
    assert "log-out" in keys_of(page("instance", id="loja-1"))


def test_renaming_changes_the_title_of_the_page(page: Page, scene: FakeServices) -> None:
    """The field starts with the current name; after saving the form is closed."""
    scene.views = [connected()]
    app = opened(page, "rename")
    assert app.text_input(key="rename-name").value == "Loja"
    app.text_input(key="rename-name").set_value("Loja Nova")
    press(app, "rename-save")
    assert scene.calls == [("rename", "loja-1", "Loja Nova")]
    assert ">Loja Nova</h1>" in text_of(app)
    assert "rename-save" not in keys_of(app)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("name-empty", "Dê um nome"), ("name-too-long", "no máximo"), ("name-taken", "Já existe")],
)
def test_a_refused_name_is_explained_and_kept(
    page: Page, scene: FakeServices, code: str, sentence: str
) -> None:
    """What was typed stays in the field."""
    scene.views = [connected()]
    scene.errors["rename"] = InvalidInputError(code, detail="60")
    app = opened(page, "rename")
    app.text_input(key="rename-name").set_value("Outra")
    press(app, "rename-save")
    assert sentence in app.error[0].value
    assert app.text_input(key="rename-name").value == "Outra"


def test_every_action_can_be_cancelled(page: Page, scene: FakeServices) -> None:
    """Nothing is asked of a service, and the buttons are back."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    for action, cancel in (
        ("rename", "rename-cancel"),
        ("log-out", "cancel-action"),
        ("delete", "cancel-action"),
    ):
        press(app, action)
        assert action not in keys_of(app)
        press(app, cancel)
        assert action in keys_of(app)
    assert not scene.calls


def test_disconnecting_asks_first_by_name(page: Page, scene: FakeServices) -> None:
    """The name stands in the question exactly as typed, and only the confirmation acts."""
    scene.views = [connected(name="Loja <b> *1*")]
    app = opened(page, "log-out")
    assert "Loja &lt;b&gt; *1*" in next(each.value for each in app.html if "wa-ask" in each.value)
    assert not scene.calls
    press(app, "log-out-confirm")
    assert scene.calls == [("log-out", "loja-1")]
    assert "log-out-confirm" not in keys_of(app)


@pytest.mark.parametrize("known", [True, False])
def test_offline_it_says_so_and_offers_to_remove_here_only(
    page: Page, scene: FakeServices, known: bool
) -> None:
    """Whether the page knew that it is offline or learns it from the service."""
    state = InstanceState.STOPPED if known else InstanceState.CONNECTED
    scene.views = [view("loja-1", "Loja", state, linked=True)]
    scene.errors["log-out"] = NotConnectedError()
    app = opened(page, "log-out")
    if not known:
        press(app, "log-out-confirm")
    assert "log-out-confirm" not in keys_of(app)
    assert "não está conectada agora" in text_of(app)
    assert "continua mostrando este aparelho" in text_of(app)
    press(app, "log-out-here")
    assert scene.calls[-1] == ("forget", "loja-1")
    assert "log-out-here" not in keys_of(app)


def test_an_unconfirmed_log_out_is_told_and_can_be_finished_here(page: Page, scene: FakeServices) -> None:
    """The code never shows; both ways on are offered."""
    scene.views = [connected()]
    scene.errors["log-out"] = AppError("log-out-failed")
    app = press(opened(page, "log-out"), "log-out-confirm")
    assert "não confirmou" in app.error[0].value
    assert {"log-out-confirm", "log-out-here"} <= keys_of(app)


def test_deleting_explains_the_trash_and_leads_to_the_list(page: Page, scene: FakeServices) -> None:
    """Named in the question; without the box ticked the phone is not told."""
    scene.views = [connected(), connected("b-2", "Filial")]
    app = opened(page, "delete")
    assert "Apagar “Loja”?" in text_of(app)
    assert "7 dias" in text_of(app)
    press(app, "delete-confirm")
    assert scene.calls == [("delete", "loja-1")]
    assert "“Loja” está na lixeira" in text_of(app)
    assert "undo-trash" in keys_of(app)
    assert {key for key in keys_of(app) if key.startswith("open-")} == {"open-b-2"}


def test_what_was_restored_meanwhile_is_shown(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page was left while it was being deleted, and is opened again."""
    scene.views = [connected()]
    app = opened(page, "delete")
    with monkeypatch.context() as left:
        left.setattr(actions, "_finish", lambda *_: None)
        press(app, "delete-confirm")
    eventually(lambda: not scene.views, timeout=5, seen=lambda: scene.calls)
    scene.views = [connected()]
    app.query_params["id"] = "loja-1"
    app.switch_page("instance.py").run()
    assert ">Loja</h1>" in text_of(app)
    assert "undo-trash" not in keys_of(app)


def test_deleting_can_disconnect_from_the_phone_first(page: Page, scene: FakeServices) -> None:
    """In this order, since a deleted instance cannot be told anything."""
    scene.views = [connected()]
    app = opened(page, "delete")
    app.checkbox(key="delete-unlink").check().run()
    press(app, "delete-confirm")
    assert scene.calls == [("log-out", "loja-1"), ("delete", "loja-1")]


@pytest.mark.parametrize("error", [NotConnectedError(), AppError("log-out-failed")])
def test_what_could_not_be_disconnected_is_not_deleted(
    page: Page, scene: FakeServices, error: AppError
) -> None:
    """The visitor decides, with the box still ticked."""
    scene.views = [connected()]
    scene.errors["log-out"] = error
    app = opened(page, "delete")
    app.checkbox(key="delete-unlink").check().run()
    press(app, "delete-confirm")
    assert scene.calls == [("log-out", "loja-1")]
    assert "não foi apagada" in app.error[0].value
    assert "mensagem" not in app.error[0].value


def test_what_is_offline_cannot_be_told_to_disconnect(page: Page, scene: FakeServices) -> None:
    """The box is there, greyed, so that nobody looks for it."""
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED, linked=True)]
    assert opened(page, "delete").checkbox(key="delete-unlink").disabled
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    assert not opened(page, "delete").checkbox


def test_deleting_what_somebody_else_deleted_is_no_error(page: Page, scene: FakeServices) -> None:
    """What was wanted is done."""
    scene.views = [connected()]
    scene.errors["delete"] = UnknownInstanceError("loja-1")
    app = press(opened(page, "delete"), "delete-confirm")
    assert not app.error
    assert app.title[0].value == "Instâncias"


@pytest.mark.parametrize("action", ["rename-save", "log-out-confirm"])
def test_acting_on_what_is_gone_is_said_kindly(page: Page, scene: FakeServices, action: str) -> None:
    """Another browser deleted it meanwhile."""
    scene.views = [connected()]
    app = opened(page, action.removesuffix("-save").removesuffix("-confirm"))
    scene.views = []
    press(app, action)
    assert "Instância não encontrada" in text_of(app)


def test_an_open_action_does_not_follow_to_another_instance(page: Page, scene: FakeServices) -> None:
    """A confirmation is for the instance it was opened on."""
    scene.views = [connected(), connected("b-2", "Filial")]
    app = opened(page, "delete")
    app.query_params["id"] = "b-2"
    app.run()
    assert "delete-confirm" not in keys_of(app)
    assert ">Filial</h1>" in text_of(app)
