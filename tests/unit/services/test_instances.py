"""Names of instances: free text, one visible line; and what others see of their accounts."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError, UnknownInstanceError
from core.models.instance import PresenceMode
from core.services.instances import (
    NAME_LIMIT,
    clean_name,
    find,
    on_one_line,
    set_presence_mode,
    set_receipts,
)
from tests.unit.services.conftest import ID, RecordingRegistry, view


@pytest.mark.parametrize(
    "name",
    [
        "Loja Centro",
        "../x",
        "a/b",
        "%00",
        "?",
        "#",
        "<b>x</b>",
        "'; DROP TABLE--",
        "{detail}",
        "👩‍👩‍👧",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "❤️",
        "Loja 🩷",  # newer than this Python's tables
        "🫨",
        "محل الزهور",
        "שלום \u200fabc",
        "店舗",
        "e\u0301".replace("e\u0301", "é"),
        "x" * 60,
        "🙂" * 60,
        "5511912345678",
    ],
)
def test_free_text_is_kept_as_it_is(name: str) -> None:
    """Emoji of several parts, right-to-left scripts, and what looks like a path or code: just names."""
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Loja \t Centro \n", "Loja Centro"),
        ("Loja\r\nCentro", "Loja Centro"),
        ("Loja\u2028Centro\u2029X\x85Y", "Loja Centro X Y"),
        ("Lo\x00ja\x1b[31m", "Lo ja [31m"),
        ("Loja\u00a0\u3000Centro", "Loja Centro"),
        ("Ac\u0327a\u0303o", "Ação"),
        ("Lo\ud83dja", "Loja"),
        ("Lo\uffffja\ufdd0", "Loja"),
        ("Lo\ue000ja", "Loja"),
    ],
)
def test_a_name_becomes_one_visible_line(typed: str, stored: str) -> None:
    """Control characters and line ends become a space; what no font shows goes; accents are composed."""
    assert clean_name(typed) == stored


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "\n\t",
        "\x00",
        "\u200b",
        "\u200d\ufeff\u2060",
        "\u00a0",
        "\ud800",
        "\u202e",
        "\u0301",
        "\ufe0f",
        "\u3164",
        "\u2800",
        "\u115f\uffa0",
        "\u034f\u0301",
        "\ufff0",
    ],
)
def test_a_name_that_nobody_can_see_is_refused(name: str) -> None:
    """Empty, blank, or made of characters without a shape."""
    with pytest.raises(InvalidInputError) as caught:
        clean_name(name)
    assert caught.value.code == "name-empty"


@pytest.mark.parametrize("name", ["x" * 61, "x" * 300, "🙂" * 61, "👩‍👩‍👧" * 13, "ab " * 100])
def test_a_long_name_is_refused_with_the_limit(name: str) -> None:
    """Never cut behind one's back: an emoji cut in two would show another family."""
    with pytest.raises(InvalidInputError) as caught:
        clean_name(name)
    assert (caught.value.code, caught.value.detail) == ("name-too-long", str(NAME_LIMIT))


def test_the_limit_counts_what_is_stored() -> None:
    """Spaces that go away anyway do not count."""
    assert clean_name(" " * 100 + "x" * 60 + " " * 100) == "x" * 60


@given(st.text(st.characters(), max_size=80))
def test_whatever_is_typed_is_stored_safely_or_refused(name: str) -> None:
    """What passes is one line of 1 to 60 characters that UTF-8 can hold; cleaning again changes nothing."""
    refusal, cleaned = "", ""
    try:
        cleaned = clean_name(name)
    except InvalidInputError as error:
        refusal = error.code
    if refusal:
        assert refusal in ("name-empty", "name-too-long")
        return
    assert 1 <= len(cleaned) <= NAME_LIMIT
    assert len(cleaned.splitlines()) == 1
    assert cleaned == cleaned.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in cleaned)
    cleaned.encode()
    assert clean_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["Padaria São João", "Loja 55"]),
        ("sao joao", ["Padaria São João"]),
        ("  LOJA ", ["Loja 55"]),
        ("+55 (21) 98765-4321", ["Loja 55"]),
        ("55", ["Padaria São João", "Loja 55"]),
        ("loja 5", ["Loja 55"]),
        ("11 9", ["Padaria São João"]),
        ("nada", []),
    ],
)
def test_instances_are_found_by_name_and_number(text: str, found: list[str]) -> None:
    """Whatever the case, the accents and the punctuation."""
    views = [
        replace(view(name="Padaria São João"), phone="5511912345678"),
        replace(view(name="Loja 55"), phone="5521987654321"),
    ]
    assert [each.name for each in find(views, text)] == found


def test_any_text_becomes_one_line() -> None:
    """As a name does, and it may be empty."""
    assert on_one_line(" Aberto\n\tate as\u2028 18 h \ud800") == "Aberto ate as 18 h"
    assert on_one_line("\n") == ""


def test_each_choice_of_what_others_see_leaves_the_other_as_it_is(registry: RecordingRegistry) -> None:
    """When the account appears, and the ticks."""
    set_receipts(ID, True)
    set_presence_mode(ID, PresenceMode.NEVER)
    assert (registry.instance.presence, registry.instance.receipts) == (PresenceMode.NEVER, True)
    set_receipts(ID, False)
    assert (registry.instance.presence, registry.instance.receipts) == (PresenceMode.NEVER, False)
    with pytest.raises(UnknownInstanceError):
        set_receipts("other", True)
