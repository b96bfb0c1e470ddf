"""What a message can be found by, and what somebody looks for, in one form."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.models.messages import ReceivedMessage

_DIGITS: Final = re.compile(r"[\d\s()+.-]*\d[\d\s()+.-]*")


def folded(text: str) -> str:
    """``text`` for comparing: without accents, upper case and runs of blanks."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


def search_text(message: ReceivedMessage) -> str:
    """All that a message can be found by."""
    content = message.content
    file = content.file.name if content.file else ""
    parts = (content.text, file, content.name, content.address, content.phone, *content.options)
    return folded("\n".join((*parts, message.name, message.contact)))


def search_term(typed: str) -> str:
    """What somebody typed, as ``search_text`` has it; a number without its blanks and hyphens."""
    return re.sub(r"\D", "", typed) if _DIGITS.fullmatch(typed.strip()) else folded(typed)
