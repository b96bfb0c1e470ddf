"""A page in a process without a registry: services answer from a scene that the test sets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from core.media.tools import MediaTools
from tests.app.fake_services import FakeServices, replace_services
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
    return labels[7 if labels[6] in behind_pill else 6 : -4]
