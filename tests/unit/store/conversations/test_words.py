"""Words as a search compares them."""

from __future__ import annotations

import pytest

from core.models.content import Attachment, Content, Kind
from core.store.conversations.words import content_words, folded, search_term


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("  Ação\u00a0 RÁPIDA ", "acao rapida"),
        ("+55 (11) 91234-5678", "5511912345678"),
        ("51 x", "51 x"),
        ("", ""),
    ],
)
def test_what_is_typed_is_compared_without_accents_case_and_blanks(typed: str, term: str) -> None:
    """A number by its digits."""
    assert search_term(typed) == term


def test_a_content_is_found_by_all_that_it_says() -> None:
    """Its words, its file's name, a place, a poll's options."""
    content = Content(Kind.DOCUMENT, text="Oi", file=Attachment(name="Conta.PDF"), options=("Sim", "Não"))
    assert content_words(content) == folded("oi conta.pdf sim nao")


def test_a_call_is_not_found_by_its_code() -> None:
    """What the page calls it is in the language of its visitor."""
    assert content_words(Content(Kind.CALL, name="video")) == ""
