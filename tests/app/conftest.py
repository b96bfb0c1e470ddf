"""A page in a process without a registry: services answer from a scene that the test sets."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from core.media.tools import MediaTools
from pages.ui.conversations.bubbles import presses
from pages.ui.layout.navigation import APP, MAIN
from tests.app.fake_services import FakeServices, replace_services
from tests.app.threads import LOJA, WITH_ANA, Open, Press, said
from tests.support.runtimes import installed, with_media

ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """The scene behind the services for one test."""
    services = FakeServices()
    replace_services(monkeypatch, services)
    return services


@pytest.fixture(scope="session")
def _media() -> Iterator[MediaTools]:
    made = MediaTools()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _runtime(_media: MediaTools) -> Iterator[None]:
    """What pages may use without a registry: the folder of files, the decoder of pictures, the visitors."""
    with installed(with_media(_media)):
        yield


@pytest.fixture
def page(scene: FakeServices) -> Callable[..., AppTest]:
    """Opens a page of the app (`""` is the list) and draws it; no page may crash."""

    def open_page(path: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=20)
        for name, value in query.items():
            app.query_params[name] = value
        if path:
            app.switch_page(f"{path}.py")
        app.run()
        assert not app.exception, app.exception
        return app

    return open_page


def _thread() -> None:
    """Stand for the page: one conversation, and a button in the place of a press in the browser."""
    import streamlit as st  # AppTest runs the source of this function

    from core.services import conversations, instances
    from pages.ui.conversations.bubbles import presses
    from pages.ui.conversations.drafts import draft_at, place_of
    from pages.ui.conversations.head import draw_head
    from pages.ui.conversations.thread import draw_thread

    conversation = conversations.get("loja-1", "c-ana")
    account = instances.get_instance("loja-1").phone
    st.button("press", key="press", on_click=presses.carry_out, args=(conversation, account))
    draw_head(conversation)
    draw_thread(conversation)
    draft = draft_at(place_of(conversation))
    st.text(f"draft: {draft.text} {draft.reply} {draft.edit}")


@pytest.fixture
def opened(scene: FakeServices) -> Open:
    """Opens the conversation with Ana, in which these messages were said."""

    def open_thread(*messages: Any) -> AppTest:
        said(scene, *messages)
        app = AppTest.from_function(_thread, default_timeout=20).run()
        assert not app.exception, app.exception
        return app

    return open_thread


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> Press:
    """Presses something in a bubble, as the browser tells of it."""

    def press(
        app: AppTest,
        what: str,
        key: str,
        value: str = "",
        *,
        times: Sequence[str] = ("a1",),
        ago: float = 0.0,
        **more: str,
    ) -> AppTest:
        at = more.get("conversation", f"{LOJA}/{WITH_ANA.id}")
        made = (time.time() - ago) * 1000
        asked = [presses.Press(one, at, what, key, value, made) for one in times]
        monkeypatch.setattr(presses, "asked", lambda: iter(asked))
        monkeypatch.setattr(presses, "redraw", lambda *parts: None)  # AppTest draws the whole page
        app.button(key="press").click().run()
        assert not app.exception, app.exception
        return app

    return press


def text_of(app: AppTest) -> str:
    """Everything the page says, in one string."""
    kinds = (
        "title",
        "subheader",
        "markdown",
        "caption",
        "html",
        "error",
        "warning",
        "info",
        "success",
        "toast",
    )
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind))


def keys_of(app: AppTest) -> set[str]:
    """Keys of the buttons on the page."""
    return {button.key for button in app.button if button.key}


def table_of(app: AppTest, caption: str) -> list[list[str]]:
    """The cells of the one table with that caption, row by row, the heads first, as plain text."""
    (table,) = (each.value for each in app.html if f">{html.escape(caption)}</caption>" in each.value)
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table)
    ]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in cells]


def links_of(app: AppTest) -> list[str]:
    """What the links on the page itself are called: not those of the rail, of the pill and of the bar."""
    labels = [link.label for link in app.page_link]
    behind_pill = {"Abrir o guia", "Ver como proteger"}
    rail = len(MAIN) + len(APP)
    return labels[rail + (labels[rail] in behind_pill) : -4]
