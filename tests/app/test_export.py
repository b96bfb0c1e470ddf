"""A session taken out for another system: only with both eyes open, and the page remembers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.instance import InstanceState
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
