"""What of a text can be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.visible import look, seen

INVISIBLE = (
    "\u200b",
    "\u200c\u200d",
    "\u2060\ufeff",
    "\u00ad",
    "\u202e\u202c",
    "\u2066\u2069",
    "\u200e\u200f\u061c",
    "\u3164",
    "\u115f\u1160\uffa0",
    "\u2800",
    "\u034f",
    "\ufe0f",
    "\U000e0041\U000e007f",
    "\u180e",
    "\x00\x1f",
    "\ufff0\u2065\u206a",
    "\U0001d159\U0001d173",
    "\U00013441\U00016fe4",
    "\U000e0100\U000e0fff",
    " \u00a0\u2003\u3000\n\t",
)


@pytest.mark.parametrize("text", INVISIBLE)
def test_what_draws_nothing_is_nothing(text: str) -> None:
    """Alone, and beside a word."""
    assert seen(text) == ""
    assert seen(f"{text}oi{text}") == "oi"
    assert seen(f"o{text}i") in {"oi", "o i"}


@pytest.mark.parametrize("text", ["\u0301", " \u0301 \u20e3", "\u200b\u0308", "\u0bbe", "\u3164\u0301"])
def test_an_accent_without_a_letter_is_nothing(text: str) -> None:
    """Nor one on a blank, or on something that cannot be seen."""
    assert seen(text) == ""


@pytest.mark.parametrize("text", ["\u06dd", "\u0600", "1\u20e3", "e\u0301", "😀", "🇧🇷", ".", "ー", "\ue000"])
def test_what_is_drawn_is_seen(text: str) -> None:
    """Signs around numbers, keys, accents on letters, an emoji alone."""
    assert seen(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ａ１", "A1"),
        ("ﬁm", "fim"),
        ("ｶﾞ", "ガ"),
        ("ﻼ", "لا"),
        ("a\u00a0b", "a b"),
        ("a\u2003 b ", " a b"),
        ("sim\u200b", "si\u2060m"),
        ("é", "e\u0301"),
        ("é\u034f", "é"),
        ("𝗦im", "Sim"),
        ("…", "..."),
        ("❤", "❤️"),
    ],
)
def test_a_reader_takes_them_for_one(one: str, other: str) -> None:
    """Wide and joined forms, blanks, marks that draw nothing."""
    assert look(one) == look(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Sim", "sim"), ("m²", "m2"), ("①", "1"), ("a b", "ab"), ("é", "e"), ("½", "1/2")]
)
def test_a_reader_tells_them_apart(one: str, other: str) -> None:
    """Capitals, raised and ringed figures, a blank between words."""
    assert look(one) != look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("👨‍👩‍👧", "👨👩👧"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("👩🏽‍💻", "👩🏽💻"),
        ("sim", "Sim"),
        ("a b", "ab"),
        ("שלום", "سلام"),
        ("é", "e"),
    ],
)
def test_what_looks_different_is_different(one: str, other: str) -> None:
    """Joined emoji and flags, other letters, a blank between words."""
    assert seen(one)
    assert seen(one) != seen(other)


@pytest.mark.parametrize(
    ("one", "other"), [("é", "e\u0301"), ("👍", "👍\u200d"), ("❤", "❤️"), ("a  b", "a\u2003b")]
)
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    """However it is written."""
    assert seen(one) == seen(other)


@given(st.text(max_size=40))
def test_looking_twice_sees_no_more(text: str) -> None:
    """What is left is all visible."""
    assert seen(seen(text)) == seen(text)
    assert look(look(text)) == look(text)
