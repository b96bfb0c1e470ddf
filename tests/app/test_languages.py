"""Each page in each language: in the words of that one only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest

from core.models.instance import InstanceState
from core.settings import LANGUAGES
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.app.test_locale import catalogue

Page = Callable[..., AppTest]
PATHS = ("", "instance", "messages", "storage", "alerts", "guide", "diagnostics", "audit")
WORDS = 3
"""A sentence of fewer may be the same in a related language, or a name."""


@cache
def sentences(language: str) -> frozenset[str]:
    """Return the sentences of a language that can be looked for: long enough, and with nothing filled in."""
    found = set()
    for message in catalogue(language):
        source = message.id if isinstance(message.id, str) else message.id[0]
        form = message.string if isinstance(message.string, str) else (message.string or [""])[0]
        found.add(form or source)
    return frozenset(text for text in found if len(text.split()) >= WORDS and "{" not in text)


def _said(app: AppTest) -> Iterator[str]:
    yield text_of(app)
    for kind in ("button", "text_input", "text_area", "selectbox", "expander"):
        yield from (str(getattr(element, "label", "")) for element in app.get(kind))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_keeps_to_one_language(page: Page, scene: FakeServices, language: str, path: str) -> None:
    """No sentence of another language stands on it, nor in the label of a field."""
    scene.language = language
    scene.views = [
        connected(),
        view("loja-2", "Loja 2", InstanceState.LOGGED_OUT, reason="wa-logged-out"),
        view("loja-3", "Loja 3", InstanceState.STOPPED),
    ]
    said = "\n".join(_said(page(path, **({"id": "loja-2"} if path == "instance" else {}))))
    others = frozenset().union(*(sentences(other) for other in LANGUAGES if other != language))
    foreign = {text for text in others - sentences(language) if text in said}
    # A sentence of ours may have one of theirs inside it, when the languages are close.
    ours = "\n".join(text for text in sentences(language) if text in said)
    assert not {text for text in foreign if text not in ours}
    assert any(text in said for text in sentences(language))


def test_a_chosen_language_is_kept_from_page_to_page(page: Page, scene: FakeServices) -> None:
    """Spanish on the list is Spanish on the instance's page, numbers and states included."""
    scene.views = [connected()]
    app = page()
    app.selectbox(key="language").set_value("es").run()
    assert app.title[0].value == "Instancias"
    app.button(key="open-loja-1").click().run()
    assert "Conectada" in text_of(app)
    assert "Todo en orden" in text_of(app)


@pytest.mark.parametrize("chosen", [{"language": "Español"}, {"presentation": "true"}])
def test_what_stands_in_the_address_bars_no_way(page: Page, chosen: dict[str, str]) -> None:
    """A press leads to another page though a choice of the visitor's is in the address."""
    app = page(**chosen)
    app.button(key="import").click().run()
    assert not app.exception
    assert app.get("file_uploader")


def test_a_deletion_leads_to_the_list_whatever_stands_in_the_address(page: Page, scene: FakeServices) -> None:
    """Also in presentation mode."""
    scene.views = [connected()]
    app = page("instance", id="loja-1", presentation="true")
    for key in ("delete", "delete-confirm"):
        app.button(key=key).click().run()
        assert not app.exception
    assert "undo-trash" in keys_of(app)
