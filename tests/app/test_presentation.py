"""Presentation mode: of names, numbers and texts nothing is in any page, and all else is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from core.models.content import Attachment, Content, Kind, Reference
from core.models.conversations import Conversation, ThreadMessage
from core.models.instance import DeletedInstance, InstanceState
from core.models.messages import Changes, InboxContact, InboxEntry, LatestMessage, Mark, SentMessage
from core.models.recipients import Group
from core.models.timeline import HistoryEntry, HistoryKind
from pages.ui.presentation import SWITCH
from tests.app.composing import Page
from tests.app.fake_services import PHONE, FakeServices, connected, view
from tests.app.hosting_samples import measured, occupied
from tests.app.test_persistence_light import PATHS
from tests.app.writing import keep_pages, press_send

SHOP, OTHER, GONE, ANA, FAMILY = "Zebra", "Quagga", "Okapi", "Narwhal", "Wombat"
WORDS, QUOTE, FILE, PLACE, OPTION, EMOJI = "Axolotl", "Bilby", "Civet", "Dugong", "Eland", "\N{ZEBRA FACE}"
FRIEND = "5521955554444"
ADDRESS = f"{FRIEND}@s.whatsapp.net"
SECRETS = (
    SHOP, OTHER, GONE, ANA, FAMILY, WORDS, QUOTE, FILE, PLACE, OPTION, "98765", "4321", "95555", "4444",
)  # fmt: skip


def contents() -> Iterator[Content]:
    """One of each kind that shows words of people."""
    yield Content(Kind.TEXT, text=f"{WORDS} *{WORDS}* {EMOJI}", about=Reference("1", ADDRESS, text=QUOTE))
    yield Content(Kind.IMAGE, text=WORDS, file=Attachment(f"{FILE}.jpg", "image/jpeg", size=10))
    yield Content(Kind.DOCUMENT, file=Attachment(f"{FILE}.pdf", "application/pdf", size=10))
    yield Content(Kind.LOCATION, name=PLACE, address=PLACE, latitude=1.0, longitude=2.0)
    yield Content(Kind.CONTACT, name=ANA, phone=FRIEND)
    yield Content(Kind.POLL, text=WORDS, options=(OPTION, WORDS))


@pytest.fixture
def full(scene: FakeServices) -> FakeServices:
    """A scene in which every page has something of people to show."""
    now = time.time()
    scene.views = [
        connected("a-1", SHOP),
        view("b-2", OTHER, InstanceState.LOGGED_OUT, reason="wa-logged-out", phone=FRIEND),
    ]
    scene.latest = {"a-1": LatestMessage(Kind.TEXT, now, name=ANA, text=WORDS, group=True, group_name=FAMILY)}
    scene.deleted = [DeletedInstance("c-3-1", "c-3", GONE, FRIEND, True, now, now + 600_000)]
    marks = (Mark(EMOJI, ANA), Mark(EMOJI, FRIEND))
    scene.received = [
        InboxEntry(
            "a-1", f"3A{number}", FRIEND, ANA, content, now, group=bool(number % 2), group_name=FAMILY,
            chat=ADDRESS, sender=ADDRESS, changes=Changes(reactions=marks, votes=(Mark(OPTION, ANA),)),
        )
        for number, content in enumerate(contents())
    ]  # fmt: skip
    scene.contacts = [InboxContact(FRIEND, FRIEND, ANA)]
    scene.sent = [
        replace(
            SentMessage(f"r{number}", "a-1", FRIEND, content, scene.send_state, now),
            to_name=FAMILY if number % 2 else "",
        )
        for number, content in enumerate(contents())
    ]
    said = LatestMessage(Kind.TEXT, now, name=ANA, contact=FRIEND, text=WORDS)
    scene.conversations = [
        Conversation("a-1", "ana", FRIEND, ANA, FRIEND, group=False, latest=said),
        Conversation("a-1", "fam", "1@g.us", FAMILY, "", group=True, latest=said),
    ]
    scene.threads = {
        "ana": [
            *(
                ThreadMessage(one.message_id, now, received=one, changes=one.changes)
                for one in scene.received
            ),
            *(ThreadMessage(one.request_id, now, sent=one) for one in scene.sent),
        ]
    }
    scene.groups = (Group("1@g.us", FAMILY, 3),)
    scene.usage = measured(occupied("a-1", SHOP), occupied("b-2", OTHER))
    scene.history = [
        HistoryEntry(2, now, HistoryKind.RENAMED, "", OTHER),
        HistoryEntry(1, now, HistoryKind.CONNECTED, "", PHONE),
    ]
    return scene


def everything(node: Node) -> Iterator[str]:
    """Yield all that the page sends to the browser."""
    if isinstance(node, Block):
        for child in node.children.values():
            yield from everything(child)
    if getattr(node, "proto", None) is not None:
        yield str(node.proto)


def leaks(app: AppTest) -> list[str]:
    """The secrets that are in the page."""
    sent = "\n".join(everything(app._tree))
    return [secret for secret in SECRETS if secret in sent]


def test_what_is_typed_is_not_repeated_in_clear(page: Page, full: FakeServices) -> None:
    """Neither the number that a message goes to, nor one that is offered, nor one without WhatsApp."""
    app = page("messages", id="a-1")
    app.toggle(key=SWITCH).set_value(True).run()
    app.button(key="new-conversation").click().run()
    full.nobody = {"5521955554443"}
    for typed in ("+55 21 95555-4444", "21 95555-4444", "+55 21 95555-4443"):
        app.text_input(key="send-to").set_value(typed).run()
        said = [*app.caption, *app.error]
        assert "95555" not in "".join(each.value for each in said)
        assert "95555" not in "".join(button.label for button in app.button)


def test_figures_of_the_app_stay(page: Page, full: FakeServices) -> None:
    """What it occupies and how long to wait is nobody's secret."""
    app = page("storage")
    app.toggle(key=SWITCH).set_value(True).run()
    (table,) = (each.value for each in app.html if "KB</td>" in each.value)
    assert "••••" in table


OPENED = {
    "instance": {"id": "a-1"},
    "messages": {"id": "a-1", "c": "ana"},
    "log": {"id": "a-1", "view": "log"},
}
"""What the address says beside the page; the log is a part of that of conversations."""


@pytest.mark.parametrize("path", [*PATHS, "log"])
def test_nothing_of_people_is_in_the_page(page: Page, full: FakeServices, path: str) -> None:
    """Names, numbers, texts, options, places, file names, quotes; without the mode, some of it is there."""
    app = page("messages" if path == "log" else path, **OPENED.get(path, {}))
    shown = leaks(app)
    assert bool(shown) == (path in {"", "instance", "messages", "log", "storage", "alerts"}), shown
    app.toggle(key=SWITCH).set_value(True).run()
    assert not app.exception
    assert not leaks(app)
    app.toggle(key=SWITCH).set_value(False).run()
    assert leaks(app) == shown


def test_a_message_is_still_sent(page: Page, full: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is covered is only covered: a press sends what was typed, to whom it was typed."""
    keep_pages(monkeypatch)
    app = page("messages", id="a-1", c="ana")
    app.toggle(key=SWITCH).set_value(True).run()
    press_send(app, WORDS)
    assert [call[:3] for call in full.calls if call[0] == "send"] == [("send", "a-1", FRIEND)]
    assert full.sent[0].content.text == WORDS or full.sent[-1].content.text == WORDS
