"""What a message consists of, on its way through the pipe and the disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.content import QUOTED_THUMBNAIL, Attachment, CardPhone, ContactCard, Content, Kind, Reference

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
KINDS = st.none() | st.sampled_from(Kind)
REFERENCES = st.builds(Reference, TEXT, TEXT, TEXT, st.booleans(), TEXT, KINDS, TEXT)
ATTACHMENTS = st.builds(
    Attachment,
    name=TEXT,
    mime=TEXT,
    size=st.integers(0, 2**40),
    path=TEXT,
    remote=TEXT,
    gif=st.booleans(),
    sent_as=KINDS,
)
CARDS = st.builds(ContactCard, TEXT, st.lists(st.builds(CardPhone, TEXT, TEXT, TEXT), max_size=3).map(tuple))
CONTENTS = st.builds(
    Content,
    kind=st.sampled_from(Kind),
    text=TEXT,
    file=st.none() | ATTACHMENTS,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    name=TEXT,
    phone=TEXT,
    contacts=st.lists(CARDS, max_size=3).map(tuple),
    options=st.lists(TEXT, max_size=4).map(tuple),
    choices=st.integers(0, 12),
    about=st.none() | REFERENCES.filter(lambda one: one != Reference()),
    link=TEXT,
)


@given(CONTENTS)
def test_nothing_is_lost_in_json(content: Content) -> None:
    """One line, whatever it says; an attachment without anything in it is none."""
    line = content.to_json()
    assert "\n" not in line
    found = Content.from_json(line)
    assert (found.file or Attachment()) == (content.file or Attachment())
    assert found == content or content.file == Attachment()


def test_a_newer_version_of_it_can_be_read() -> None:
    """After going back to an older release what is stored is still shown."""
    line = '{"kind":"poll","text":"?","options":["a"],"new":1,"about":{"message_id":"3A","newer":2}}'
    assert Content.from_json(line) == Content(Kind.POLL, "?", options=("a",), about=Reference("3A"))


def test_a_small_picture_stands_in_a_quote_and_a_large_one_does_not() -> None:
    """A quote is stored with each answer, so its picture is bounded."""
    small = Content(Kind.IMAGE, file=Attachment(thumbnail="A" * QUOTED_THUMBNAIL))
    assert small.small_picture == "A" * QUOTED_THUMBNAIL
    assert Content(Kind.IMAGE, file=Attachment(thumbnail="A" * (QUOTED_THUMBNAIL + 1))).small_picture == ""
    assert Content(Kind.TEXT, text="oi").small_picture == ""


@pytest.mark.parametrize("line", ["", "{}", "[]", "null", '{"kind":"smell"}', '{"kind":"text","file":1}'])
def test_anything_else_is_refused(line: str) -> None:
    """Without repeating it."""
    with pytest.raises(ValueError, match="no content"):
        Content.from_json(line)


def test_what_is_on_disk_is_written_with_the_same_keys_in_the_same_order() -> None:
    """Byte for byte: the outboxes and inboxes of earlier releases hold such lines."""
    file = Attachment(
        "a.pdf", "application/pdf", 7, seconds=1, width=2, height=3, thumbnail="dA==", remote="{}"
    )
    reference = Reference("3A", chat="1@lid", sender="2@lid", from_me=True, text="é")
    content = Content(
        Kind.DOCUMENT, "oi\n", file, -23.5, 12.0, "n", "a", "55", ("x", "y"), 0, about=reference, link="{}"
    )
    line = (
        r'{"kind":"document","text":"oi\n","file":{"name":"a.pdf","mime":"application/pdf","size":7,"seconds":1,'
        r'"width":2,"height":3,"thumbnail":"dA==","remote":"{}"},"latitude":-23.5,"longitude":12.0,"name":"n",'
        r'"address":"a","phone":"55","options":["x","y"],"choices":0,"about":{"message_id":"3A",'
        r'"chat":"1@lid","sender":"2@lid","from_me":true,"text":"é"},"link":"{}"}'
    )
    assert content.to_json() == line
    assert Content.from_json(line) == content
    assert Content(Kind.TEXT, text="oi").to_json() == '{"kind":"text","text":"oi","choices":1}'


def test_a_contact_of_long_ago_is_a_card_too() -> None:
    """What was stored with one name and number, or written here, reads like what arrives now."""
    old = Content.from_json('{"kind":"contact","name":"Jo","phone":"5511999990000"}')
    assert old.cards == (ContactCard("Jo", (CardPhone("+5511999990000", "5511999990000"),)),)
    assert Content.from_json('{"kind":"contact","name":"Jo"}').cards == (ContactCard("Jo"),)
    cards = (ContactCard("Ana"), ContactCard("Zé"))
    assert Content(Kind.CONTACT, name="Ana, Zé", contacts=cards).cards == cards
    assert Content(Kind.LOCATION, name="MASP").cards == ()
