"""Values of a session's files: read with their type, or the file is named, never what is in it."""

from __future__ import annotations

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.baileys.part import LARGEST_PART, Part, masked, parse

NAME = "session-5511960000001_1.0.json"


def refused_by(name: str, data: bytes) -> tuple[str, str]:
    with pytest.raises(MoveRefusedError) as refused:
        parse(name, data)
    return refused.value.code, refused.value.detail


def test_fields_are_read_with_their_type() -> None:
    """Texts, numbers, bytes; a field that is null is as good as none."""
    part = parse(NAME, b'\xef\xbb\xbf{"text": "a\\ud83d", "number": 7, "data": "AQI=", "none": null}')
    assert part["text"].text() == "a?"
    assert part["number"].integer(0, 7) == 7
    assert part["data"].data(2, 3) == b"\x01\x02"
    assert part.get("none") is None
    assert part.get("other") is None
    assert [name for name, _ in part.fields()] == ["text", "number", "data", "none"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_names_its_file(data: bytes) -> None:
    """Also what nests deeper than Python reads."""
    assert refused_by(NAME, data) == (MoveCode.DAMAGED, "session-…0001_1.0.json")


def test_a_file_larger_than_any_session_is_not_read() -> None:
    """The limit is said."""
    assert refused_by("creds.json", b" " * (LARGEST_PART + 1)) == (MoveCode.TOO_LARGE, "8 MB")


def test_a_value_of_another_kind_names_its_file() -> None:
    """Whatever is asked of it."""
    wrong = {"text": 1, "long": "x" * 2000, "true": True, "big": 9, "half": 1.5, "data": "AQI=", "bad": "%"}
    part = Part(NAME, wrong)
    for ask in (
        lambda: part["missing"],
        part["text"].text,
        part["long"].text,
        lambda: part["true"].integer(0, 9),
        lambda: part["big"].integer(0, 8),
        lambda: part["half"].integer(0, 8),
        lambda: part["data"].data(32),
        part["bad"].data,
        lambda: part["text"]["field"],
        lambda: part["text"].get("field"),
        lambda: list(part["text"].fields()),
    ):
        with pytest.raises(MoveRefusedError) as refused:
            ask()
        assert (refused.value.code, refused.value.detail) == (MoveCode.DAMAGED, "session-…0001_1.0.json")


def test_a_name_is_shown_without_the_number_in_it() -> None:
    """Four digits tell its owner which it is; nothing that moves a cursor, and no end of it."""
    assert masked("pre-key-1234.json") == "pre-key-1234.json"
    assert masked("session-5511960000001.0.json") == "session-…0001.0.json"
    assert masked("a\x1b[2J\n") == "a?[2J?"
    assert len(masked("x" * 1000)) == 80
