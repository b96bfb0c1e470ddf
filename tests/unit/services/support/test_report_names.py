"""Names that people gave are not in a report, in no spelling; the words around them are."""

from __future__ import annotations

import dataclasses
import json
import re
import string
import time
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.logs import LINE_LIMIT
from core.models.instance import ShowPairingCode
from core.services.support.redaction import DOTS, plain
from core.services.support.report import LINES, compose
from tests.unit.services.conftest import view
from tests.unit.services.support.test_report import facts

MARKS = ("", "\u200b", "\u2060", "\u202e", "\u00ad")
BLANKS = (" ", "\u00a0", "\u2009", "\u202f", "\t", "  ", "-", "_", "\u200b ", "")


def log_of(*lines: str, names: Sequence[str] = (), phone: str = "", code: str = "") -> list[str]:
    """The last lines of a report of an installation that has instances of these names."""
    first = dataclasses.replace(
        view(name="x", id_="loja-k7m2xq"),
        phone=phone,
        pairing_code=ShowPairingCode(code=code, number=phone, expires_at=0.0) if code else None,
    )
    views = (first, *(view(name=name, id_=f"i-{number}bcdfg") for number, name in enumerate(names)))
    text = compose(dataclasses.replace(facts(*lines), views=views))
    return [row.partition(" core.x ")[2] for row in text.partition("[log]\n")[2].splitlines()]


@pytest.mark.parametrize("name", ["Jô", "Li", "Zé", "Al", "Ñu", "Jo", "李明", "ไก", "Øy", "Ян", "K2", "🍕🍕"])
def test_a_name_of_two_letters_is_redacted_as_a_word(name: str) -> None:
    """In every case and form of its letters; words that begin like it are not touched."""
    forms = {name, name.upper(), name.lower(), unicodedata.normalize("NFD", name), f"\u202e{name}\u2069"}
    for form in forms:
        for where in (
            "rename of {} failed",
            "{}",
            "({})",
            "'{}'",
            "<{}>",
            "name={}, id",
            "{}: ok",
            "-{}-",
            "_{}_",
        ):
            (row,) = log_of(where.format(form), names=[name])
            assert row == where.format(DOTS), (form, row)


def test_words_around_a_short_name_stay() -> None:
    """A name is a whole word."""
    line = "Jobs listed: john, major, light, Italy, also alive; job-list joke, liquid"
    assert log_of(line, names=["Jo", "Li", "Al", "Jô", "It"]) == [line]
    assert log_of("Li told Al: alive", names=["Li", "Al"]) == [f"{DOTS} told {DOTS}: alive"]


word = st.text(string.ascii_letters + "áéíõçñüÁÉ", min_size=2, max_size=8)
name_of_words = st.lists(word, min_size=1, max_size=3).map(" ".join)


@given(
    st.data(), name_of_words, st.sampled_from(["to {} now", "'{}'", "{}:", "[{}]", "a,{};", "x={}\n", '"{}"'])
)
@settings(deadline=None)  # the first one reads the packages' versions
def test_no_name_is_left_in_any_spelling(data: st.DataObject, name: str, where: str) -> None:
    """Marks within it, anything between its words, letters composed or not, without accents, escaped."""
    parts = [data.draw(st.sampled_from(MARKS)) + char for char in name]
    written = re.sub(" ", lambda _: data.draw(st.sampled_from(BLANKS)), "".join(parts))
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    for spelling in (
        written,
        name.swapcase(),
        unicodedata.normalize("NFD", written),
        bare,
        json.dumps(name)[1:-1],
        ascii(name)[1:-1],
    ):
        rows = "\n".join(log_of(where.format(spelling), names=[name]))
        left = re.findall(r"[^\W_]+", plain(rows).casefold())
        wanted = re.findall(r"[^\W_]+", plain(spelling).casefold())
        assert not any(left[at : at + len(wanted)] == wanted for at in range(len(left))), (spelling, rows)
        assert DOTS in rows


@pytest.mark.parametrize(
    "name",
    ["Ana <ana@x.test>", "Loja 11 91234-5678", "A&B", "ana@x.test", "10.0.0.7", "C++", "Zé (novo)", "a.b"],
)
def test_a_name_that_looks_like_something_else_is_redacted_whole(name: str) -> None:
    """No mask takes it apart first."""
    (row,) = log_of(f"rename of {name}: done", names=[name])
    assert row == f"rename of {DOTS}: done"


@pytest.mark.parametrize(
    "name", ["ip", "qr", "home", "email", "token", "to", "mac", "core", "in", "Users", "net", "whatsapp"]
)
def test_a_name_that_is_a_word_of_ours_harms_no_mask(name: str) -> None:
    """What is secret stays so, and every line keeps its time, level and source."""
    line = "203.0.113.7 ana@x.test /home/bia/x token=abc C:\\Users\\cris 5511912345678@s.whatsapp.net"
    (row,) = log_of(line, names=[name])
    for secret in ("203", "ana", "bia", "abc", "cris", "91234"):
        assert secret not in row
    text = compose(dataclasses.replace(facts(line), views=(view(name=name),)))
    assert "INFO core.x " in text
    assert text.count("\n[") == 5


@pytest.mark.parametrize("name", ["7", "42", "a", ""])
def test_a_figure_is_no_name(name: str) -> None:
    """It would take every such figure away."""
    assert log_of("a retry 7 of 42", names=[name]) == ["a retry 7 of 42"]


@given(st.data(), st.sampled_from(["5511912345678", "12025550123", "4930901820"]), st.integers(7, 13))
@settings(deadline=None)  # the first one reads the packages' versions
def test_an_own_number_is_redacted_also_without_its_beginning(
    data: st.DataObject, number: str, count: int
) -> None:
    """As somebody writes it who lives there."""
    local = number[-count:]
    between = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u200b", ") ", "_", " / "])
    written = local[0] + "".join(data.draw(between) + digit for digit in local[1:])
    (row,) = log_of(f"dial {written} now", phone=number)
    assert local not in re.sub(r"\D", "", row)


@pytest.mark.parametrize(
    "written", ["ABCD1234", "ABCD-1234", "abcd 1234", "A B C D 1 2 3 4", "ABCD\u20111234"]
)
def test_a_pairing_code_is_redacted_in_every_spelling(written: str) -> None:
    """The phone shows it with a dash."""
    assert log_of(f"type {written} now", code="ABCD1234") == [f"type {DOTS} now"]


@pytest.mark.parametrize("unit", ["1 ", "a.", "Ana ", "aA1", "A_", "5511 ", "\u200b", "ana@x "])
def test_a_whole_report_takes_a_moment(unit: str) -> None:
    """The longest lines that are kept, and fifty names."""
    lines = [unit * (LINE_LIMIT // len(unit))] * LINES
    begin = time.thread_time()
    log_of(
        *lines, names=[f"Ana {chr(97 + number % 26)}{number}" for number in range(50)], phone="5511912345678"
    )
    assert time.thread_time() - begin < 6
