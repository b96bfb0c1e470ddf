"""Names that people gave, and strangers, are plain text wherever Streamlit reads Markdown, on every page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from core.errors import InvalidInputError
from core.models.content import Attachment, Content, Kind, Reference
from core.models.conversations import Conversation, ThreadMessage
from core.models.instance import DeletedInstance, InstanceState
from core.models.messages import (
    Changes,
    InboxContact,
    InboxEntry,
    LatestMessage,
    Mark,
    SendState,
    SentMessage,
)
from core.models.recipients import Group, NumberLookup
from core.models.timeline import HistoryEntry, HistoryKind
from core.services import recipients
from tests.app.composing import FAMILY, Page, press
from tests.app.conftest import text_of
from tests.app.fake_services import PHONE, FakeServices, connected, view
from tests.app.hosting_samples import measured, occupied
from tests.app.test_persistence_light import PATHS

INLINE: Final = (
    "$x$ *b* _i_ ~~s~~ :red[x] :red-badge[y] :material/zebra: :zebra: [a](http://zebra.test) ![p](/z) `c` "
    "<zebra> \" zebra='1' {name} {detail} &amp; www.zebra.test <- -> -- \\* | x^2^"
)
"""What means something inside a line."""
BLOCKS: Final = ("# zebra", "1. zebra", "> zebra", "- zebra", "+ zebra", "    zebra", "zebra\n---", "***")
"""What means something at the beginning of one."""
RAW: Final = re.compile(
    r"\$x\$|(?<!\\)\*b|(?<![\w\\])_i_(?!\w)|~~s~|:red|:material/zebra:|:zebra:|\]\(http://zebra|`c`|<zebra>|www\.zebra"
    r"|^\s*(?:#|1\.|>|-|\+|\*\*\*) ?zebra|zebra\n-|^\*\*\*$",
    re.MULTILINE,
)
"""Some of it, not made harmless."""
PLAIN: Final = {
    ("Selectbox", "options"),
    ("Selectbox", "raw_value"),
    ("MultiSelect", "options"),
    ("TextInput", "default"),
    ("TextInput", "value"),
    ("TextArea", "default"),
    ("TextArea", "value"),
    ("BidiComponent", "json"),
    ("BidiComponent", "mixed"),
}
"""Fields of Streamlit's elements that are never read as Markdown or HTML."""
FRIEND: Final = "5521955554444"
ADDRESS: Final = f"{FRIEND}@s.whatsapp.net"


class _Tags(HTMLParser):
    """The tags and attributes of some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


@pytest.fixture
def named(scene: FakeServices) -> Callable[[str], FakeServices]:
    """A scene in which everything and everybody has one name."""

    def fill(name: str) -> FakeServices:
        now = time.time()
        scene.views = [
            connected("a-1", name),
            view("b-2", f"{name} ", InstanceState.LOGGED_OUT, reason="wa-logged-out", phone=FRIEND),
        ]
        scene.latest = {
            "a-1": LatestMessage(Kind.TEXT, now, name=name, text=name, group=True, group_name=name)
        }
        scene.deleted = [DeletedInstance("c-3-1", "c-3", name, FRIEND, True, now, now + 600_000)]
        file = Attachment(name, "application/pdf", size=10)
        contents = (
            Content(Kind.TEXT, text=name, about=Reference("1", ADDRESS, text=name)),
            Content(Kind.DOCUMENT, text=name, file=file),
            Content(Kind.LOCATION, name=name, address=name, latitude=1.0, longitude=2.0),
            Content(Kind.CONTACT, name=name, phone=FRIEND),
            Content(Kind.POLL, text=name, options=(name, "b")),
        )
        marks = (Mark("👍", name), Mark("👍", FRIEND))
        scene.received = [
            InboxEntry(
                "a-1", f"3A{number}", FRIEND, name, content, now, group=bool(number % 2), group_name=name,
                chat=FAMILY if number % 2 else ADDRESS, sender=ADDRESS,
                changes=Changes(reactions=marks, votes=(Mark(name, name),)),
            )
            for number, content in enumerate(contents)
        ]  # fmt: skip
        scene.contacts = [InboxContact(FRIEND, FRIEND, name)]
        states = (SendState.SENT, SendState.FAILED, SendState.UNCERTAIN)
        scene.sent = [
            replace(
                SentMessage(f"r{number}", "a-1", FRIEND, content, states[number % 3], now),
                to_name=name if number % 2 else "",
            )
            for number, content in enumerate(contents)
        ]
        scene.conversations = [
            Conversation(
                "a-1", "c1", FRIEND, name, FRIEND, group=False, unread=1, latest=scene.latest["a-1"]
            ),
            Conversation("a-1", "c2", FAMILY, name, "", group=True, latest=scene.latest["a-1"]),
        ]
        scene.threads = {
            "c1": [
                *(
                    ThreadMessage(one.message_id, now, received=one)
                    for one in scene.received
                    if not one.group
                ),
                *(ThreadMessage(one.request_id, now, sent=one) for one in scene.sent),
            ],
            "c2": [ThreadMessage(one.message_id, now, received=one) for one in scene.received if one.group],
        }
        scene.groups = (Group(FAMILY, name, 3), Group("2@g.us", name, 4, may_write=False))
        scene.usage = measured(occupied("a-1", name), occupied("b-2", name))
        scene.history = [
            HistoryEntry(2, now, HistoryKind.RENAMED, "", name),
            HistoryEntry(1, now, HistoryKind.CONNECTED, "", PHONE),
        ]
        return scene

    return fill


def nodes(node: Node) -> Iterator[Node]:
    """Every element of the page."""
    if isinstance(node, Block):
        for child in node.children.values():
            yield from nodes(child)
    yield node


def texts(proto: Any) -> Iterator[tuple[str, str, str]]:
    """Every text in a message of Streamlit's protocol, with the message and the field that it stands in."""
    for field, value in proto.ListFields():
        values = value if field.is_repeated else [value]
        for each in values:
            if field.message_type is not None and hasattr(each, "ListFields"):
                yield from texts(each)
            elif isinstance(each, str):
                yield proto.DESCRIPTOR.name, field.name, each


def interpreted(app: AppTest) -> list[tuple[str, str, str]]:
    """What Streamlit would read as Markdown, or a browser as HTML, though it is a name."""
    found = []
    for node in nodes(app._tree):
        proto = getattr(node, "proto", None)
        if proto is None or not hasattr(proto, "ListFields"):
            continue
        for message, field, value in texts(proto):
            is_html = (message, field) == ("Html", "body") or (
                message == "Markdown" and getattr(proto, "allow_html", False)
            )
            if is_html:
                tags = _Tags()
                tags.feed(value)
                wrong = "zebra" in tags.found
            else:
                wrong = (message, field) not in PLAIN and bool(RAW.search(value))
            if wrong:
                found.append((message, field, value))
    return found


def mentions(app: AppTest) -> int:
    """How many texts of the page have something of the name in them."""
    protos = (getattr(node, "proto", None) for node in nodes(app._tree))
    return sum("zebra" in value for proto in protos if proto is not None for *_, value in texts(proto))


def draw(page: Page, path: str) -> AppTest:
    return page(path, **({"id": "a-1"} if path in {"instance", "messages"} else {}))


@pytest.mark.parametrize("name", [INLINE, *BLOCKS])
def test_a_name_is_plain_text_on_every_page(
    page: Page, named: Callable[[str], FakeServices], name: str
) -> None:
    """Of instances, groups, people, files, places and options; on pages that show none, nothing is wrong."""
    named(name)
    for path in PATHS if name == INLINE else ("", "instance", "messages", "storage"):
        app = draw(page, path)
        assert interpreted(app) == [], path
        if path in {"", "instance", "messages", "storage"} and "zebra" in name:
            assert mentions(app), path
    for conversation in ("c1", "c2"):
        app = page("messages", id="a-1", c=conversation)
        assert interpreted(app) == [], conversation


@pytest.mark.parametrize("name", [INLINE, BLOCKS[0], BLOCKS[1]])
def test_a_name_is_plain_text_in_questions_and_answers(
    page: Page, named: Callable[[str], FakeServices], name: str
) -> None:
    """What is asked before something is done, and what is said afterwards."""
    named(name)
    app = draw(page, "")
    press(app, "purge-c-3-1")
    assert interpreted(app) == []
    press(app, "purge-cancel")
    press(app, "restore-c-3-1")
    assert interpreted(app) == []
    named(name)
    for step in ("rename", "log-out", "delete"):
        app = draw(page, "instance")
        press(app, step)
        assert interpreted(app) == [], step
    press(app, "delete-confirm")
    assert interpreted(app) == []
    scene = named(name)
    scene.errors = {"restore": InvalidInputError("name-taken", detail=name)}
    app = press(draw(page, ""), "restore-c-3-1")
    assert interpreted(app) == []


def test_who_a_number_belongs_to_is_plain_text(
    page: Page, named: Callable[[str], FakeServices], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What WhatsApp says that somebody is called."""
    named(INLINE)
    monkeypatch.setattr(
        recipients, "check", lambda _id, number: NumberLookup(exists=True, number=number, name=INLINE)
    )
    app = press(draw(page, "messages"), "new-conversation")
    assert interpreted(app) == []
    app.text_input(key="send-to").set_value("+55 21 95555-4444").run()
    assert "zebra" in text_of(app)
    assert interpreted(app) == []
    app.segmented_control(key="send-way").set_value("group").run()
    assert interpreted(app) == []


def test_a_text_that_is_interpreted_would_be_found(page: Page, named: Callable[[str], FakeServices]) -> None:
    """The search above sees the very texts that it looks for."""
    assert all(RAW.search(part) for part in (*BLOCKS[:5], *BLOCKS[6:], *INLINE.split(" ")[:2]))
    tags = _Tags()
    tags.feed("<p title='x' zebra='1'>")
    assert "zebra" in tags.found
