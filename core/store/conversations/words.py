"""Words as a search compares them: without accents, case and runs of blanks."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.models.content import Content, Kind
from core.models.messages import ReceivedMessage

_DIGITS: Final = re.compile(r"[\d\s()+.-]*\d[\d\s()+.-]*")


def folded(text: str) -> str:
    """Return ``text`` for comparing: without accents, upper case and runs of blanks."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


def content_words(content: Content) -> str:
    """Return all that a content can be found by."""
    return folded("\n".join(_parts(content)))


def search_text(message: ReceivedMessage) -> str:
    """Return all that a message can be found by."""
    return folded("\n".join((*_parts(message.content), message.name, message.contact)))


def search_term(typed: str) -> str:
    """Return what was typed in the form of ``search_text``; a number without its blanks and hyphens."""
    return re.sub(r"\D", "", typed) if _DIGITS.fullmatch(typed.strip()) else folded(typed)


def _parts(content: Content) -> tuple[str, ...]:
    file = content.file.name if content.file else ""
    cards = tuple(
        part
        for card in content.contacts
        for part in (card.name, *(re.sub(r"\D", "", phone.written) for phone in card.phones))
    )
    name = "" if content.kind is Kind.CALL else content.name  # of a call it is a code
    return (content.text, file, name, content.address, content.phone, *cards, *content.options)
