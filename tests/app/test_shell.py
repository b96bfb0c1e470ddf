"""What surrounds every page: language, the state of storage, hostile names."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.diagnostics import EngineRelease
from core.models.instance import InstanceState
from core.models.persistence import Mount, PersistenceStatus
from core.models.storage import Notice, StorageView
from core.services import conversations, instances
from pages.ui.escape import isolated
from pages.ui.texts.storage import STORAGE
from tests.app.conftest import ROOT, keys_of, links_of, text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.app.hosting_samples import light

Page = Callable[..., AppTest]
HOSTILE = [
    ":smile:",
    "[x](http://example.com)",
    "$x^2$",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**bold** _it_ `code`",
    ":material/home: :red[x]",
    "../x",
    "a/b?c#d%00",
    '" onmouseover="alert(1)',
    "x" * 60,
]


def test_a_fresh_visitor_sees_portuguese_whatever_the_browser_says(scene: FakeServices) -> None:
    """The language is the app's, not the browser's."""
    app = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=20)
    app.context = {"locale": "en-US"}
    app.run()
    assert app.selectbox(key="language").value == "pt_BR"
    assert "Instâncias" in text_of(app)


def test_the_process_can_be_set_up_with_english_first(page: Page, scene: FakeServices) -> None:
    """`APP_LANGUAGE=en` is what everybody sees first."""
    scene.language = "en"
    assert "Connect your first WhatsApp" in text_of(page())


def test_a_chosen_language_applies_to_the_same_drawing_and_stays(page: Page, scene: FakeServices) -> None:
    """The picker goes first, so even the title above all else is in the new language; a page later too."""
    scene.views = [connected()]
    app = page()
    app.selectbox(key="language").set_value("en").run()
    assert app.title[0].value == "Instances"
    app.button(key="open-loja-1").click().run()
    assert "Connected" in text_of(app)
    assert "Conectada" not in text_of(app)


PATHS = ["", "instance", "messages", "storage", "alerts", "guide", "diagnostics", "audit", "more"]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_that_it_is_unofficial(page: Page, path: str) -> None:
    """Nobody links an account without having seen it."""
    assert "Produto não oficial." in text_of(page(path))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("problem", [code for code in STORAGE if code])
def test_a_storage_problem_is_explained_on_every_page(
    page: Page, scene: FakeServices, path: str, problem: str
) -> None:
    """What happened, what to do, and that it keeps trying; nothing to press that could only fail."""
    scene.storage = StorageView("/data/sessions", ready=False, problem=problem, detail="pid 7 on host")
    app = page(path)
    assert "continua tentando sozinho" in app.error[0].value
    assert problem not in app.error[0].value
    assert not keys_of(app)


def test_the_page_comes_alive_when_the_storage_does(page: Page, scene: FakeServices) -> None:
    """No visitor has to reload."""
    scene.views = [connected()]
    scene.storage = StorageView("/data/sessions", ready=False, problem="auth-dir-locked")
    app = page()
    scene.storage = StorageView("/data/sessions", ready=True)
    app.run()
    assert not app.error
    assert "open-loja-1" in keys_of(app)


def test_while_the_storage_opens_nothing_is_called_a_problem(page: Page, scene: FakeServices) -> None:
    """The first moment after a start is normal, and an empty list is not shown as "you have none"."""
    scene.storage = StorageView("/data/sessions", ready=False)
    app = page()
    assert not app.error
    assert "Conecte o seu primeiro" not in text_of(app)


def test_sessions_that_will_not_last_are_announced_on_every_page(page: Page, scene: FakeServices) -> None:
    """A temporary folder is red, in a word as well; on a press, the reason and where it is."""
    scene.views = [connected()]
    scene.light = light(
        PersistenceStatus.RED,
        "auth-dir-not-set",
        auth_dir="/tmp/whatsapp_auth",
        mount=Mount("/", "overlay", "overlay"),
    )
    for path in PATHS:
        said = text_of(page(path))
        assert "**Em risco.**" in said
        assert "ler os QR codes de novo" in said
        assert "Pasta: \\/tmp\\/whatsapp\\_auth" in said
        assert "overlay" in said


def test_an_old_engine_is_announced_on_every_page(page: Page, scene: FakeServices) -> None:
    """From the 91st day on, with version and date; before, nothing."""
    released = datetime.date(2026, 5, 1)
    for days, announced in ((90, False), (91, True)):
        scene.release = EngineRelease("0.5.2", released, age_days=days)
        for path in ("", "instance", "messages"):
            said = [warning.value for warning in page(path).warning]
            assert any("91 dias" in text for text in said) is announced


def test_every_page_is_one_press_away(page: Page, scene: FakeServices) -> None:
    """From the rail all of them, in two groups; from the bar of a phone four, the rest behind "Mais"."""
    links = [link.label for link in page().page_link]
    rail = [
        "Instâncias",
        "Conversas",
        "Espaço e custo",
        "Avisos",
        "Ajuda e guia",
        "Verificações",
        "Quem acessou",
    ]
    assert links[:7] == rail
    assert links[-4:] == ["Instâncias", "Conversas", "Ajuda", "Mais"]
    assert links_of(page("more")) == ["Espaço e custo", "Avisos", "Verificações", "Quem acessou"]
    assert page("more").title[0].value == "Este aplicativo"


@pytest.mark.parametrize(("unread", "shown"), [({}, ""), ({"a": 2, "b": 1}, "3"), ({"a": 120}, "99+")])
def test_messages_that_wait_are_counted_beside_their_page(
    page: Page, scene: FakeServices, unread: dict[str, int], shown: str
) -> None:
    """Of all instances together; nothing stands there when none wait."""
    scene.unread = unread
    styles = "".join(element.value for element in page().html if "--unread:" in element.value)
    assert (f'--unread: "{shown}"' in styles) is bool(unread)


def test_an_inbox_that_cannot_be_read_takes_no_page_away(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number is left out."""

    def fail() -> None:
        raise AppError("disk-full")

    monkeypatch.setattr(conversations, "unread_counts", fail)
    assert page().title


def test_the_name_of_the_product_stands_on_every_page(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As typed, whatever it holds."""
    monkeypatch.setattr(instances, "app_name", lambda: "<b>Balcão</b>")
    for path in PATHS:
        assert '<span class="wa-app-name">&lt;b&gt;Balcão&lt;/b&gt;</span>' in text_of(page(path))


@pytest.mark.parametrize("name", ["Loja Centro", "\u202eabc", "x" * 60, "ﷺ"])
def test_the_tab_is_called_after_the_page(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """How many messages wait, the instance's name, the product's."""
    scene.views = [connected(name=name)]
    scene.unread = {"loja-1": 3}
    titles: list[str] = []
    monkeypatch.setattr(st, "set_page_config", lambda **more: titles.append(more.get("page_title", "")))
    page("instance", id="loja-1")
    page("messages")
    assert titles[1] == f"(3) {isolated(name)} · Plantão"
    assert titles[-1] == "(3) Conversas · Plantão"


def test_a_notice_names_the_instance_and_goes_away_once_read(page: Page, scene: FakeServices) -> None:
    """What happened to a file is said until the visitor has read it, and a later one is said again."""
    scene.views = [connected(name="Loja *")]
    first = Notice("record-corrupt", "loja-1", "instance.json.bad-1", at=time.time())
    scene.storage = StorageView("/data", ready=True, notices=(first,))
    app = page()
    assert "Loja \\*" in text_of(app)
    assert "instance\\.json\\.bad\\-1" in text_of(app)
    app.button(key="notices-read").click().run()
    assert "notices-read" not in keys_of(app)
    later = Notice("session-corrupt", "loja-1", "session.db.bad-2", at=time.time() + 1)
    scene.storage = StorageView("/data", ready=True, notices=(first, later))
    app.run()
    assert "notices-read" in keys_of(app)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_typed_and_never_interpreted(page: Page, scene: FakeServices, name: str) -> None:
    """Names reach the page only as escaped HTML or as a literal option; no Markdown place holds one raw."""
    scene.views = [view("h-1", name, InstanceState.CONNECTED, linked=True)]
    for app in (page(), page("instance", id="h-1"), page("messages", id="h-1")):
        drawn = "\n".join(element.value for element in app.html)
        assert "<script>" not in drawn
        assert "<b>" not in drawn
        assert "<img" not in drawn
        assert 'onmouseover="' not in drawn
        others = ("title", "subheader", "markdown", "caption", "error", "warning", "info")
        said = [element.value for kind in others for element in getattr(app, kind)]
        assert not [value for value in said if name in value]
    scene.views.append(connected("i-2", "Outra"))
    assert name in page("messages", id="h-1").selectbox(key="send-from").options
