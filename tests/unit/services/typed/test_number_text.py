"""Marks, signs and digits of every kind around a number."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest

from core.services.typed.number_text import plain, read_number

CPU_S = 0.5


def test_every_invisible_mark_and_every_blank_is_dropped() -> None:
    """All that Unicode files with formats and with blanks, wherever it stands."""
    everything = [chr(code) for code in range(0x80, sys.maxunicode + 1)]
    formats = [char for char in everything if unicodedata.category(char) == "Cf"]
    blanks = [char for char in everything if unicodedata.category(char) == "Zs"]
    assert len(formats) > 100 < len(formats) + len(blanks)
    for char in (*formats, *blanks):
        typed = read_number(f"{char}+{char}55{char}11 91234{char}-5678{char}")
        assert typed is not None, ascii(char)
        assert (typed.digits, typed.international) == ("5511912345678", True), ascii(char)


def test_every_dash_and_every_digit_is_one() -> None:
    """Of all that Unicode calls so."""
    everything = [chr(code) for code in range(sys.maxunicode + 1)]
    for char in (each for each in everything if unicodedata.category(each) == "Pd"):
        assert plain(f"1{char}2") == "1-2", ascii(char)
    for char in (each for each in everything if unicodedata.category(each) == "Nd"):
        assert plain(char) == str(unicodedata.decimal(char)), ascii(char)


@pytest.mark.parametrize(
    ("typed", "digits", "dialled", "international", "link"),
    [
        ("+55 11", "5511", "+5511", True, False),
        ("0055 11", "5511", "005511", True, False),
        ("55 11", "5511", "5511", False, False),
        ("(+55) 11", "5511", "+5511", True, False),
        ("tel:5511", "5511", "5511", False, True),
        ("tel:+5511", "5511", "+5511", True, True),
        ("wa.me/5511", "5511", "5511", True, True),
        ("0xx11 3", "113", "113", False, False),
        ("", "", "", False, False),
    ],
)
def test_what_is_read(typed: str, digits: str, dialled: str, international: bool, link: bool) -> None:
    """Digits, how they are dialled, and whether the country is known to stand in front."""
    read = read_number(typed)
    assert read is not None
    assert (read.digits, read.dialled, read.international, read.link) == (
        digits,
        dialled,
        international,
        link,
    )


@pytest.mark.parametrize(
    ("typed", "last"),
    [
        ("+55 11 91234-567", 3),
        ("+55 11 91234-5678.", 4),
        ("5511912345678", 13),
        ("(11)", 2),
        ("", 0),
        ("1 ", 1),
    ],
)
def test_how_many_digits_stand_together_at_the_end(typed: str, last: int) -> None:
    """Whatever stands behind them."""
    read = read_number(typed)
    assert read is not None
    assert read.last_group == last


@pytest.mark.parametrize("typed", ["abc", "55x11", "0x11", "@55", "55 & 11", "x" * 70_000, "(" * 9 + "x"])
def test_anything_else_is_no_number(typed: str) -> None:
    """A letter, another sign."""
    assert read_number(typed) is None


@pytest.mark.parametrize("unit", ["0", "0x", "0 ", "(0", "+", "tel:", "wa.me/", "?phone=", "\u200b", "-"])
def test_a_long_text_is_read_quickly(unit: str) -> None:
    """64 kB of beginnings."""
    begin = time.thread_time()
    read_number(unit * (65_536 // len(unit)))
    assert time.thread_time() - begin < CPU_S
