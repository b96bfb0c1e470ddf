"""The list of instances and the form that adds one."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.errors import InvalidInputError, LimitReachedError
from core.models.instance import InstanceState
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view

Page = Callable[..., AppTest]


def test_an_empty_list_invites_and_has_one_button(page: Page) -> None:
    """A new visitor sees what an instance is, three steps and one thing to press; no empty table."""
    app = page()
    assert "Conecte o seu primeiro WhatsApp" in text_of(app)
    assert "1. Dê um nome" in text_of(app)
    assert keys_of(app) == {"new-instance"}


def test_each_instance_is_a_row_with_its_own_open_button(page: Page, scene: FakeServices) -> None:
    """Name, state in words and number in international form; one button for each, named after its id."""
    scene.views = [connected(), view("b-2", "Filial", InstanceState.LOGGED_OUT, reason="wa-logged-out")]
    app = page()
    rows = [element.value for element in app.html if "wa-name" in element.value]
    assert "Loja" in rows[0]
    assert "Conectada" in rows[0]
    assert "+55 11 98765-4321" in rows[0]
    assert "Desconectada no celular" in rows[1]
    assert keys_of(app) == {"new-instance", "open-loja-1", "open-b-2"}


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
