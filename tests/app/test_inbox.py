"""What arrived, on the page."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import AppError
from core.models.content import Attachment, Content, Kind, Reference
from core.models.messages import Changes, InboxContact, InboxEntry, Mark
from pages.ui.messages.inbox_export import rows
from pages.ui.received_files import key_of
from pages.ui.widgets.csv_download import csv_file
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected

Page = Callable[..., AppTest]
ANA = "5511912345678"
LID = "123456789012345@lid"


def entry(message_id: str, content: Content | str = "oi", **more: Any) -> InboxEntry:
    said = Content(Kind.TEXT, text=content) if isinstance(content, str) else content
    plain = InboxEntry("loja-1", message_id, ANA, "Ana", said, time.time(), chat=LID, sender=LID)
    return replace(plain, **more)


def arrived(scene: FakeServices, *entries: InboxEntry) -> None:
    scene.views = [connected()]
    scene.received = list(entries)
    scene.contacts = [InboxContact(ANA, ANA, "Ana"), InboxContact("120@g.us", "", "Família", group=True)]


def cards(app: AppTest) -> list[str]:
    return [each.value for each in app.html if 'class="wa-card wa-message' in each.value]


def test_what_arrived_is_listed_with_who_and_what(page: Page, scene: FakeServices) -> None:
    """Name, number, group; text as written on its lines; other kinds by name; nobody by a LID."""
    arrived(
        scene,
        entry("5", "de quem?", contact="", name=""),
        entry(
            "4", Content(Kind.VOICE, file=Attachment(seconds=75, size=2048)), group=True, group_name="Família"
        ),
        entry("3", Content(Kind.CALL, name="video"), name=""),
        entry("2", "do celular", from_me=True, name=""),
        entry("1", "um\n<i>dois</i>", name="<b>Ana</b>"),
    )
    app = page("messages", view="log")
    hidden, voice, call, own, text = cards(app)
    assert "Número oculto" in hidden
    assert all(
        words in voice for words in ("Mensagem de voz", "1:15", "2,0 KB", "Família", "+55 11 91234-5678")
    )
    assert all(words in call for words in ("Chamada de vídeo perdida", "Ana", "+55 11 91234-5678"))
    assert all(words in own for words in ("Do celular, para Ana", "+55 11 91234-5678"))
    assert "&lt;b&gt;Ana&lt;/b&gt;" in text
    assert "um<br>&lt;i&gt;dois&lt;/i&gt;" in text
    assert "123456789012345" not in text_of(app)


def test_what_became_of_a_message_shows(page: Page, scene: FakeServices) -> None:
    """Edited, reactions with who, the answered words, votes; a deleted one says only that."""
    marks = (Mark("👍", "Ana"), Mark("👍", "", from_me=True), Mark("😂", ANA))
    arrived(
        scene,
        entry("3", "sim", changes=Changes(text="sim", edited=True, reactions=marks), read=True),
        entry("2", Content(Kind.TEXT, text="claro", about=Reference("1", text="Você vem?"))),
        entry("1", Content(Kind.TEXT), changes=Changes(deleted=True)),
        entry(
            "0",
            Content(Kind.POLL, text="Dia?", options=("seg", "ter")),
            changes=Changes(votes=(Mark("ter", "Ana"),)),
        ),
    )
    app = page("messages", view="log")
    changed, answer, deleted, poll = cards(app)
    assert all(words in changed for words in ("Editada", "👍 2", "😂 +55 11 91234-5678", "Marcada como lida"))
    assert "Você vem?" in answer
    assert "Esta mensagem foi apagada" in deleted
    assert "<span>ter</span>" in poll
    assert 'title="Ana">1<' in poll
    assert f"inbox-answer-{key_of(scene.received[2])}" not in {each.key for each in app.button}


def test_an_event_tells_what_when_and_where(page: Page, scene: FakeServices) -> None:
    """A cancelled one says so; one without a time that can be shown has none."""
    meeting = Content(Kind.EVENT, name="Reunião <b>", text="Traga", address="Sala 3", starts_at=1_800_000_000)
    arrived(
        scene,
        entry("2", meeting),
        entry("1", Content(Kind.EVENT, name="Festa", cancelled=True)),
    )
    first, second = cards(page("messages", view="log"))
    assert all(words in first for words in ("Evento", "Reunião &lt;b&gt;", "15/01/2027", "Sala 3", "Traga"))
    assert "Cancelado" not in first
    assert all(words in second for words in ("Festa", "Cancelado"))
    assert "1970" not in second


def test_a_search_asks_for_what_was_chosen(page: Page, scene: FakeServices) -> None:
    """Words, whom and kinds; more on a press; and a plain sentence when nothing is found."""
    arrived(scene, *(entry(str(number)) for number in range(60)))
    app = page("messages", view="log")
    assert len(cards(app)) == 20
    app.button(key="inbox-more").click().run()
    assert len(cards(app)) == 40
    app.text_input(key="inbox-search-loja-1").set_value("oi").run()
    assert len(cards(app)) == 20
    app.selectbox(key="inbox-contact-loja-1").set_value("120@g.us").run()
    assert scene.looked_for[-1] == ("120@g.us", frozenset(), "oi", 21)
    app.text_input(key="inbox-search-loja-1").set_value("nunca").run()
    assert not cards(app)
    assert "Nada encontrado" in text_of(app)
    assert not app.exception


def test_a_long_list_has_buttons_at_its_newest(page: Page, scene: FakeServices) -> None:
    """The others are shown without: whoever looks for one finds it with."""
    arrived(scene, *(entry(str(number), f"texto {number}") for number in range(100)))
    app = page("messages", view="log")
    for _ in range(3):
        app.button(key="inbox-more").click().run()
    shown = "".join(cards(app))
    assert [f"texto {number}<" in shown for number in (0, 59, 60, 89, 90)] == [True, True, True, True, False]
    keys = {each.key for each in app.button}
    assert [f"inbox-read-{key_of(scene.received[at])}" in keys for at in (0, 59, 60)] == [True, True, False]


def test_an_empty_inbox_says_what_will_be_there(page: Page, scene: FakeServices) -> None:
    """No empty table, nothing to filter."""
    scene.views = [connected()]
    app = page("messages", view="log")
    assert "aparecem aqui na hora" in text_of(app)
    assert "inbox-search-loja-1" not in {each.key for each in app.text_input}


def test_a_picture_is_fetched_on_a_press_only(page: Page, scene: FakeServices) -> None:
    """Then it stands there, with a button to save it."""
    made = io.BytesIO()
    Image.new("RGB", (30, 20)).save(made, "JPEG")
    scene.file = made.getvalue()
    picture = entry("1", Content(Kind.IMAGE, file=Attachment(mime="image/jpeg", remote="{}")))
    arrived(scene, picture)
    app = page("messages", view="log")
    assert scene.calls == []
    app.button(key=f"inbox-get-{key_of(picture)}").click().run()
    assert not app.exception
    assert scene.calls == [("fetch", "loja-1", "1")]
    assert [each for each in app.main if each.type == "image"]
    assert f"inbox-get-{key_of(picture)}" not in {each.key for each in app.button}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("file-gone", "não guarda mais este arquivo"), ("file-unreachable", "a rede daqui pode ter caído")],
)
def test_a_file_that_cannot_be_had_is_explained(
    page: Page, scene: FakeServices, code: str, sentence: str
) -> None:
    """The page stays, and it can be tried again."""
    document = entry("1", Content(Kind.DOCUMENT, file=Attachment(name="a.pdf", remote="{}")))
    arrived(scene, document)
    scene.errors["fetch"] = AppError(code)
    app = page("messages", view="log")
    app.button(key=f"inbox-get-{key_of(document)}").click().run()
    assert sentence in app.error[0].value
    assert f"inbox-get-{key_of(document)}" in {each.key for each in app.button}


def test_reading_here_tells_the_sender_only_on_a_press(page: Page, scene: FakeServices) -> None:
    """One message, one press."""
    arrived(scene, entry("2"), entry("1"))
    app = page("messages", view="log")
    assert scene.calls == []
    app.button(key=f"inbox-read-{key_of(scene.received[1])}").click().run()
    assert [*map(list, scene.calls)] == [["mark-read", "loja-1", ["1"]]]


def test_the_export_is_harmless_and_whole(scene: FakeServices) -> None:
    """Every message, in columns; no spreadsheet runs what somebody wrote; a deleted one has no words."""
    arrived(
        scene,
        entry("2", '=HYPERLINK("http://x")', name="@ana"),
        entry("1", Content(Kind.TEXT), changes=Changes(deleted=True), at=0.0),
    )
    head, first, second = (
        csv_file(partial(rows, "loja-1"), language="pt_BR", zone=UTC).decode("utf-8-sig").splitlines()
    )
    assert ";Nome;Número;Grupo;" in head
    assert ";'@ana;" in first
    assert "\"'=HYPERLINK(" in first
    assert second.startswith("1970-01-01 00:00:00;Ana;'+55 11 91234-5678;")
    assert ";apagada;" in second
    assert csv_file(partial(rows, "nobody"), language="en", zone=UTC).decode("utf-8-sig").count("\n") == 1
