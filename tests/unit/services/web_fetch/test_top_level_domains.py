"""Ends of names of hosts."""

from __future__ import annotations

import idna
import pytest

from core.services.web_fetch.top_level_domains import TOP_LEVEL_DOMAINS


def test_they_are_ends_of_names() -> None:
    """In small letters, each one that the name system can hold."""
    for name in TOP_LEVEL_DOMAINS:
        assert name == name.lower()
        assert idna.encode(name, uts46=True)


@pytest.mark.parametrize("name", ["br", "com", "pt", "mx", "uk", "app", "io", "рф"])
def test_those_that_people_meet(name: str) -> None:
    """Of countries, of the world, of another script."""
    assert name in TOP_LEVEL_DOMAINS


@pytest.mark.parametrize("name", ["tudo", "vou", "txt", "pdf", "jpg", "xx", "local", "test", ""])
def test_words_and_files_are_none(name: str) -> None:
    """So that a missing space after a sentence makes no link."""
    assert name not in TOP_LEVEL_DOMAINS
