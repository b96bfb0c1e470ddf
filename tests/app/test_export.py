"""A session taken out for another system: only with both eyes open, and the page remembers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.instance import InstanceState, InstanceView
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view

PASSPHRASE: Final = "correta bateria cavalo"


@pytest.fixture
def loja(scene: FakeServices, page: Callable[..., AppTest]) -> AppTest:
    """The page of a connected instance."""
    scene.views = [connected()]
    return page("instance", id="loja-1")


def test_it_is_made_only_after_a_promise(loja: AppTest, scene: FakeServices) -> None:
    """The button is dead until it is given; then the instance is stopped, and the page says so for good."""
    assert loja.button(key="export-make").disabled
    loja.text_input(key="export-passphrase").input(PASSPHRASE)
    loja.checkbox(key="export-sure").check().run()
    loja.button(key="export-make").click().run()
    assert not loja.exception
    assert scene.calls[-1] == ("export", "loja-1", PASSPHRASE)
    assert loja.text_input(key="export-passphrase").value == ""
    assert "Não ligue aqui de novo." in text_of(loja)


def test_the_file_of_one_that_was_started_again_goes(loja: AppTest, scene: FakeServices) -> None:
    """It must not be opened elsewhere any more; that it is only forgotten would leave it here for an hour."""
    loja.text_input(key="export-passphrase").input(PASSPHRASE)
    loja.checkbox(key="export-sure").check().run()
    loja.button(key="export-make").click().run()
    scene.views = [connected()]
    loja.run()
    assert "export-download" not in keys_of(loja)
    assert scene.calls[-1] == ("discard", "token-out")


def test_without_encryption_only_after_another_promise(loja: AppTest, scene: FakeServices) -> None:
    """Whoever gets that file has the number."""
    loja.toggle(key="export-plain").set_value(True).run()
    loja.checkbox(key="export-sure").check().run()
    assert loja.button(key="export-make").disabled
    loja.checkbox(key="export-plain-sure").check().run()
    loja.button(key="export-make").click().run()
    assert scene.calls[-1] == ("export", "loja-1", "plain")


def test_a_refusal_is_said(loja: AppTest, scene: FakeServices) -> None:
    """And no file is offered."""
    scene.errors["export"] = AppError("export-running")
    loja.checkbox(key="export-sure").check().run()
    loja.button(key="export-make").click().run()
    assert "ainda está sendo parada" in text_of(loja)


def test_an_instance_without_a_phone_has_none(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """No button that could only fail."""
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    assert "export-make" not in keys_of(page("instance", id="loja-1"))


def moved_out() -> InstanceView:
    """An instance whose session another system has."""
    return changed(connected(), state=InstanceState.STOPPED, moved_out_at=5.0)


def test_its_page_says_where_it_went_and_asks_before_it_starts(
    scene: FakeServices, page: Callable[..., AppTest]
) -> None:
    """One press too many would throw the other system out; a confirmed one starts it."""
    scene.views = [moved_out()]
    app = page("instance", id="loja-1")
    assert "Levada para outro sistema" in text_of(app)
    assert "Este número foi levado para outro sistema, por isso fica parado aqui." in text_of(app)
    app.button(key="start").click().run()
    assert "start" not in keys_of(app)
    assert not scene.calls
    app.button(key="start-not").click().run()
    app.button(key="start").click().run()
    app.button(key="start-anyway").click().run()
    assert not app.exception
    assert scene.calls == [("start", "loja-1", "confirmed")]
    assert "start" in keys_of(app)


def test_the_trash_promises_no_connection(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """Neither the list nor its page says that it connects again: nothing starts it by itself."""
    scene.views = [moved_out()]
    app = page()
    app.menu_button(key="menu-loja-1").click("trash").run()
    assert "Restaurada de lá, continua parada" in text_of(app)
    assert "conecta de novo" not in text_of(app)
    app = page("instance", id="loja-1")
    app.button(key="delete").click().run()
    assert "restaurada de lá, continua parada" in text_of(app)
    assert "sessão intacta" not in text_of(app)


def test_the_list_says_it_and_leads_to_its_page(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """Neither its button nor its menu starts it."""
    scene.views = [moved_out()]
    app = page()
    assert "Levada para outro sistema." in text_of(app)
    assert app.button(key="verb-loja-1").label == "Ver o que fazer"
    app.button(key="verb-loja-1").click().run()
    assert not scene.calls
    assert app.query_params["id"] == "loja-1"
