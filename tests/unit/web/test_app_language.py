"""The language in an address of the app."""

from __future__ import annotations

import pytest

from core.web.app_language import in_language, language_in


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"language=English", "en"),
        (b"language=Portugu%C3%AAs%20(Brasil)", "pt_BR"),
        (b"id=1&language=English", "en"),
        (b"language=Klingon", "pt_BR"),
        (b"language=", "pt_BR"),
        (b"", "pt_BR"),
        (b"\xff=%ff&&&=", "pt_BR"),
    ],
)
def test_an_address_names_a_language_or_none(query: bytes, expected: str) -> None:
    """What is none of ours is the app's default."""
    assert language_in(query, "pt_BR") == expected


@pytest.mark.parametrize(
    ("address", "language", "expected"),
    [
        ("/", "en", "/?language=English"),
        ("/", "pt_BR", "/"),
        ("/messages?id=a&language=English", "pt_BR", "/messages?id=a"),
        ("/messages?id=a", "en", "/messages?id=a&language=English"),
        ("/messages?empty=", "../x", "/messages?empty="),
    ],
)
def test_an_address_is_put_into_a_language(address: str, language: str, expected: str) -> None:
    """The rest of it stays; the default language is not named."""
    assert in_language(address, language, "pt_BR") == expected


def test_what_is_written_is_read() -> None:
    """A name with signs that an address cannot hold comes back as it was."""
    assert in_language("/", "pt_BR", "en").isascii()
    assert language_in(in_language("/", "pt_BR", "en").partition("?")[2].encode(), "en") == "pt_BR"
