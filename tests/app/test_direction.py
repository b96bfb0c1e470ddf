"""Names that are written from right to left, or that try to turn what stands beside them."""

from __future__ import annotations

import html
import re
import sys
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.models.content import Attachment, Content, Kind, Reference
from core.models.messages import Group
from core.models.received import Changes, InboxContact, InboxEntry, Mark
from pages.ui import escape as text
from pages.ui.escape import isolated, isolated_html, isolated_markdown
from pages.ui.messages.bubble import formatted
from pages.ui.messages.inbox_card import card
from tests.app.fake_services import FakeServices, connected

Page = Callable[..., AppTest]
OVERRIDES = "\u202a\u202b\u202c\u202d\u202e"
OPENING, END = "\u2066\u2067\u2068", "\u2069"
HOSTILE = (
    "\u202eanA",
    "\u202dA\u202bB",
    "\u2066Ana",
    "\u2067Ana",
    "\u2069\u2069\u202eAna",
    "אנה",
    "آنا",
    "Ana\u200f",
    "\u061cAna",
)
SIGNS = "aZ 1+-*<&א\u0622٣" + OVERRIDES + OPENING + END + "\u200e\u200f\u061c\u200b"


def reaches_out(text: str) -> bool:
    """Whether some mark of it acts on what follows it, or some letter of it on what stands beside it."""
    depth = 0
    for char in text:
        if char in OVERRIDES or (char == END and not depth):
            return True
        depth += (char in OPENING) - (char == END)
        if not depth and unicodedata.bidirectional(char) in ("R", "AL", "AN"):
            return True
    return depth > 0


def text_outside_bdi(markup: str) -> str:
    """What of the markup is not isolated by an element; its attributes too."""
    return html.unescape(re.sub(r"<bdi>.*?</bdi>", "", markup, flags=re.DOTALL))


@given(st.text(alphabet=SIGNS, max_size=30))
def test_nothing_reaches_out_of_what_is_isolated(text: str) -> None:
    """Plain, in Markdown, in HTML; also when it is made part of a sentence and isolated again."""
    assert not reaches_out(isolated(text))
    assert not reaches_out(isolated_markdown(text))
    assert not reaches_out(text_outside_bdi(isolated_html(text)))
    assert not reaches_out(text_outside_bdi(formatted(text, most=99)))
    assert isolated(isolated(text)) == isolated(text)
    inner = re.sub(r"</?bdi>", "", html.unescape(isolated_html(text)))
    assert not set(inner) & set(OVERRIDES)


@given(st.text(alphabet=SIGNS, max_size=30))
def test_no_letter_is_lost(text: str) -> None:
    """Only marks are."""
    marks = f"[{OVERRIDES}{OPENING}{END}\u2060]"
    assert re.sub(marks, "", isolated(text)).split() == re.sub(marks, "", text).split()


@pytest.mark.parametrize("text", ["Ana", "Família ❤️", "João (2)", "+55 11", "", "\u200eAna"])
def test_what_runs_from_left_to_right_stays_as_it_is(text: str) -> None:
    """Not one invisible character is added to what people copy."""
    assert isolated(text) == text
    assert isolated_html(text) == text


def test_the_quick_look_misses_no_letter_and_no_mark() -> None:
    """Of all that Unicode knows."""
    turning = {"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    every = (chr(code) for code in range(sys.maxunicode + 1))
    missed = [c for c in every if unicodedata.bidirectional(c) in turning and not text._MAY_TURN.search(c)]
    assert missed == []


def test_a_text_from_right_to_left_is_readable() -> None:
    """One element finds its direction; its lines stay lines, and WhatsApp's marks work."""
    shown = formatted("שלום *עולם*\nשורה")
    assert shown == "<bdi>שלום <strong>עולם</strong><br>שורה</bdi>"


def test_a_mark_that_spans_lines_does_not_reach_out() -> None:
    """An isolate that is opened on one line and closed on another isolates neither."""
    assert not set(formatted("\u2067um\ndois\u2069")) & set(OPENING + END)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.usefixtures("scene")
def test_no_name_reaches_out_of_its_card(name: str) -> None:
    """Wherever a stranger's words stand in a card of the inbox."""
    file = Attachment(name, "application/pdf", size=2048)
    marks = (Mark("👍", name), Mark("👍", name))
    plain = InboxEntry("loja-1", "3A", "5511912345678", name, Content(Kind.TEXT, text=name), time.time())
    contents = (
        Content(Kind.TEXT, text=name, about=Reference("3B", text=name)),
        Content(Kind.DOCUMENT, text=name, file=file),
        Content(Kind.LOCATION, name=name, address=name),
        Content(Kind.CONTACT, name=name, phone="5511912345678"),
        Content(Kind.POLL, text=name, options=(name, "b")),
    )
    for content in contents:
        for group in (False, True):
            for own in (False, True):
                entry = InboxEntry(
                    "loja-1",
                    "3A",
                    plain.contact,
                    name,
                    content,
                    plain.at,
                    from_me=own,
                    group=group,
                    group_name=name,
                    changes=Changes(reactions=marks, votes=(Mark(name, name),)),
                )
                assert not reaches_out(text_outside_bdi(card(entry, now=plain.at)))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_reaches_out_on_the_page(page: Page, scene: FakeServices, name: str) -> None:
    """Options, labels, captions, HTML, toasts: on every page that names something."""
    scene.views = [connected(name=name), connected("b-2", name)]
    scene.groups = (Group("120363000000000001@g.us", name, 3), Group("120363000000000002@g.us", name, 3))
    scene.contacts = [InboxContact("5511912345678", "5511912345678", name)]
    scene.contacts.append(InboxContact("1@g.us", "", name, group=True))
    for app in (page(), page("instance", id="loja-1"), page("messages", id="loja-1")):
        if app.segmented_control:
            app.segmented_control(key="send-way").set_value("group").run()
            app.selectbox(key="send-group").set_value("120363000000000002@g.us").run()
        said = [
            each.value for kind in ("markdown", "caption", "warning", "info") for each in getattr(app, kind)
        ]
        options = [option for box in app.selectbox for option in box.options]
        drawn = [text_outside_bdi(each.value) for each in app.html if "<style>" not in each.value]
        assert not [each for each in (*said, *options, *drawn) if reaches_out(each)]
