"""What is wrong with a message before it is sent: each mistake has its code, and what is right passes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import pytest

from core.errors import InvalidInputError
from core.models.content import Attachment, Content, Kind, Reference
from core.models.messages import SendState, SentMessage
from core.services.message_validation import check
from tests.support.contents import words

NOW: Final = 1_000_000.0
K = Kind
FILE: Final = Attachment("f.jpg", "image/jpeg", size=9, path="/tmp/f")
OURS: Final = Reference("3EB0", from_me=True)
THEIRS: Final = Reference("3A", from_me=False)
POLL: Final = Content(K.POLL, text="Que dia?", options=("a", "b"))


def sent(content: Content, *, age_s: float, state: SendState = SendState.SENT) -> tuple[SentMessage, ...]:
    """One message of ours, so old."""
    return (SentMessage("r", "a", "5511912345678", content, state, NOW - age_s, message_id="3EB0"),)


@pytest.mark.parametrize(
    "content",
    [
        words("oi"),
        words("x" * 4096),
        Content(K.TEXT, text="veja", link=json.dumps({"url": "https://example.com"})),
        *(Content(kind, file=FILE) for kind in (K.IMAGE, K.VIDEO, K.AUDIO, K.VOICE, K.DOCUMENT, K.STICKER)),
        Content(K.IMAGE, text="x" * 1024, file=FILE, about=THEIRS),
        Content(K.LOCATION, latitude=-90.0, longitude=180.0),
        Content(K.LOCATION, latitude=1.0, longitude=2.0, name="Casa", address="Rua A, 1"),
        POLL,
        replace(POLL, options=tuple("abcdefghijkl"), choices=12),
        replace(POLL, choices=0),
        replace(POLL, options=("👨‍👩‍👧", "👨👩👧")),
        replace(POLL, options=("Sim", "sim")),
        replace(POLL, options=("m²", "m2")),
        Content(K.REACTION, text="❤️", about=THEIRS),
        Content(K.REACTION, text="👩🏽‍❤️‍💋‍👨🏿", about=THEIRS),
        Content(K.REACTION, text="", about=OURS),
        Content(K.EDIT, text="oi!", about=OURS),
        Content(K.DELETE, about=OURS),
    ],
    ids=lambda content: content.kind,
)
def test_what_is_right_passes_unchanged(content: Content) -> None:
    """With limits reached but not passed."""
    assert check(content, sent=sent(words(), age_s=60), now=NOW) == content


@pytest.mark.parametrize("kind", [K.VIDEO, K.DOCUMENT])
def test_a_file_goes_as_what_it_was_made_into(kind: Kind) -> None:
    """A GIF chosen as an image is a video; one that goes unchanged is a document. No page can forget it."""
    file = replace(FILE, sent_as=kind, notice="as-gif")
    assert check(Content(K.IMAGE, text="oi", file=file), sent=(), now=NOW) == Content(
        kind, text="oi", file=FILE
    )


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (words(" \n"), "text-empty", ""),
        (words("\u200b\u2060 \u3164\u202e"), "text-empty", ""),
        (words("x" * 4097), "text-too-long", "4096"),
        (Content(K.IMAGE), "file-missing", ""),
        (Content(K.VOICE, file=replace(FILE, path="")), "file-missing", ""),
        (Content(K.IMAGE, text="x" * 1025, file=FILE), "text-too-long", "1024"),
        (Content(K.LOCATION, latitude=90.1), "place-invalid", ""),
        (Content(K.LOCATION, longitude=-180.1), "place-invalid", ""),
        (Content(K.LOCATION, latitude=float("nan")), "place-invalid", ""),
        (Content(K.LOCATION, latitude=float("nan"), longitude=float("nan")), "place-empty", ""),
        (Content(K.LOCATION, longitude=float("inf")), "place-invalid", ""),
        (Content(K.LOCATION, name="x" * 101), "place-name-too-long", "100"),
        (Content(K.CONTACT, phone="+5511912345678"), "contact-name-empty", ""),
        (Content(K.CONTACT, name="Ana", phone="11 91234-5678"), "contact-number", "number-no-country"),
        (replace(POLL, text=""), "poll-question-empty", ""),
        (replace(POLL, text="x" * 256), "poll-question-too-long", "255"),
        (replace(POLL, options=("a",)), "poll-options", "2 – 12"),
        (replace(POLL, options=tuple("abcdefghijklm")), "poll-options", "2 – 12"),
        (replace(POLL, options=("a", " ")), "poll-option-empty", ""),
        (replace(POLL, options=("a", "x" * 101)), "poll-option-too-long", "100"),
        (replace(POLL, options=("a", "a ")), "poll-options-same", ""),
        (replace(POLL, options=("a", "\u200ba\u200e")), "poll-options-same", ""),
        (replace(POLL, options=("a b", "a\u00a0 b")), "poll-options-same", ""),
        (replace(POLL, options=("a", "\u2800")), "poll-option-empty", ""),
        (replace(POLL, text="\u200b"), "poll-question-empty", ""),
        (Content(K.CONTACT, name="\u200d", phone="+5511912345678"), "contact-name-empty", ""),
        (Content(K.EDIT, text="\ufe0f\u200b", about=OURS), "text-empty", ""),
        (words("\u0301"), "text-empty", ""),
        (words("\u3164\u0301\ufff0"), "text-empty", ""),
        (Content(K.CONTACT, name="\u2800", phone="+5511912345678"), "contact-name-empty", ""),
        (replace(POLL, options=("a", "\u115f\u0308")), "poll-option-empty", ""),
        (replace(POLL, options=("Ａ", "A")), "poll-options-same", ""),
        (replace(POLL, options=("ﬁm", "fim\u200d")), "poll-options-same", ""),
        (replace(POLL, options=("é", "e\u0301")), "poll-options-same", ""),
        (replace(POLL, options=("❤", "❤\ufe0f")), "poll-options-same", ""),
        (Content(K.REACTION, text="\u200b", about=THEIRS), "reaction-no-emoji", ""),
        (Content(K.REACTION, text="\u2800", about=THEIRS), "reaction-no-emoji", ""),
        (replace(POLL, choices=3), "poll-choices", ""),
        (replace(POLL, choices=-1), "poll-choices", ""),
        (Content(K.REACTION, text="👍"), "about-missing", ""),
        (Content(K.REACTION, text="ok", about=THEIRS), "reaction-no-emoji", ""),
        (Content(K.REACTION, text="👍" * 17, about=THEIRS), "reaction-no-emoji", ""),
        (Content(K.EDIT, text="", about=OURS), "text-empty", ""),
        (Content(K.EDIT, text="oi", about=THEIRS), "edit-not-ours", ""),
        (Content(K.DELETE, about=THEIRS), "delete-not-ours", ""),
        (Content(K.DELETE), "about-missing", ""),
        (Content(K.VOTE, options=("a",), about=THEIRS), "kind-unknown", ""),
        (Content(K.CALL), "kind-unknown", ""),
    ],
)
def test_each_mistake_has_its_code(content: Content, code: str, detail: str) -> None:
    """And the limit that was passed."""
    with pytest.raises(InvalidInputError) as caught:
        check(content, sent=(), now=NOW)
    assert (caught.value.code, caught.value.detail) == (code, detail)


@pytest.mark.parametrize(
    ("kind", "of", "age_s", "state", "code"),
    [
        (K.EDIT, words(), 16 * 60.0, SendState.SENT, "edit-too-late"),
        (K.EDIT, Content(K.POLL), 60.0, SendState.SENT, "edit-not-text"),
        (K.EDIT, words(), 60.0, SendState.FAILED, "edit-too-late"),
        (K.DELETE, words(), 61 * 3600.0, SendState.SENT, "delete-too-late"),
    ],
)
def test_too_late_is_told(kind: Kind, of: Content, age_s: float, state: SendState, code: str) -> None:
    """WhatsApp would take it without a word and show nothing of it."""
    with pytest.raises(InvalidInputError) as caught:
        check(Content(kind, text="oi", about=OURS), sent=sent(of, age_s=age_s, state=state), now=NOW)
    assert caught.value.code == code


def test_a_contacts_number_is_cleaned_and_half_an_emoji_mended() -> None:
    """As they travel: digits, and nothing that breaks the line to the worker."""
    card = check(Content(K.CONTACT, name="Ana\ud83d", phone="+55 11 91234-5678"), sent=(), now=NOW)
    assert (card.phone, card.name) == ("5511912345678", "Ana?")


@pytest.mark.parametrize("nothing", [" ", "\u200b", "\u3164\n", "\u2800", "\u202e\u202c", "\u0301", "\ufe0f"])
def test_a_caption_of_which_nothing_can_be_seen_is_none(nothing: str) -> None:
    """Nor the name or the address of a place."""
    assert check(Content(K.IMAGE, text=nothing, file=FILE), sent=(), now=NOW).text == ""
    place = check(Content(K.LOCATION, name=nothing, address=nothing), sent=(), now=NOW)
    assert (place.name, place.address) == ("", "")
