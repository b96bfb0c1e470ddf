"""One word for one thing, and first sentences that are read at a glance: in every table, on every page."""

from __future__ import annotations

import re
from typing import Final

import pytest
from babel.messages.pofile import read_po

from core.locale import FOLDER, translation
from tests.app.test_texts import TABLES

MOST_WORDS: Final = 20
LANGUAGES: Final = sorted(path.parent.name for path in FOLDER.glob("*/LC_MESSAGES"))
REFUSED: Final = {
    r"\b[Aa]pps?\b": "aplicativo",
    r"QR Code|Qr [Cc]ode|QR-[Cc]ode|[Cc]ódigos? QR": "QR code",
    r"(?i)\bparea\w*|\bemparelh\w*": "conectar, conexão",
    r"(?i)\bv[ií]ncul\w*|\bdesvincul\w*": "conectar, conexão; desconectar",
    r"(?i)\b(re)?deploy\w*": "publicação, publicar (de novo)",
    r"(?i)\bcli(que|car|cando|cou)\b": "aperte; toque, on a phone",
    r"(?<=[\d}]) %": "80%, without a space",
    r"\b(o|no|do|ao|pelo) Render\b": "a Render, na Render",
    r"(?i)\befêmer\w*|\bprova de vida": "em risco; último sinal",
}
"""What Portuguese sentences do not say, as regular expressions, and what they say instead."""
NAMES: Final = ("Manual Deploy",)
"""Names of buttons elsewhere, which are called what they are called."""
FOR_THE_SERVER: Final = frozenset({"backup", "diagnostics", "guide", "persistence", "storage", "usage"})
"""Modules of texts that may name settings at once: they are read by whoever looks after the server."""
_SERVER_WORDS: Final = re.compile(r"\b[A-Z]+_[A-Z_]+\b|(?<![\w<])/[a-z]+/|\bch(mod|own)\b|\bmount\b|\bTLS\b")


def portuguese() -> dict[str, tuple[str, ...]]:
    """Every Portuguese text (several for a plural), by its sentence in English."""
    with (FOLDER / "pt_BR" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="pt_BR")
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in catalogue
        if message.id
    }


def spoken(text: str) -> str:
    """The text without what is to be typed as it stands, and without names."""
    text = re.sub(r"\{\w+\}", "{}", re.sub(r"`[^`]*`|https?://\S+", "", text))
    for name in NAMES:
        text = text.replace(name, "")
    return text


def first_sentence(text: str) -> str:
    """What is read first: up to the first full stop, question mark or exclamation mark."""
    return re.split(r"(?<=[.!?])[*”]* ", text.strip())[0]


@pytest.mark.parametrize("refused", REFUSED)
def test_portuguese_has_one_word_for_one_thing(refused: str) -> None:
    """The same thing has the same name on every page."""
    found = [
        f"{re.findall(refused, spoken(text))} in “{text}” (of “{english}”)"
        for english, texts in portuguese().items()
        for text in texts
        if re.search(refused, spoken(text))
    ]
    assert not found, f"say “{REFUSED[refused]}” instead, in pt_BR/LC_MESSAGES/messages.po:\n" + "\n".join(
        found
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_sentences_of_the_tables_are_short(language: str) -> None:
    """One idea, at most twenty words; what else there is to know is a sentence of its own."""
    of = translation(language).gettext
    found = {
        f"{table}[{code}]: {len(first.split())} words in “{first}”"
        for table, messages in TABLES.items()
        for code, message in messages.items()
        if len((first := first_sentence(of(message.what))).split()) > MOST_WORDS
    }
    assert not found, f"make two sentences of each ({language}):\n" + "\n".join(sorted(found))


def test_first_sentences_in_portuguese_are_short() -> None:
    """Not only those of the tables."""
    found = [
        f"{len(first.split())} words in “{first}” (of “{english}”)"
        for english, texts in portuguese().items()
        for text in texts
        if len((first := first_sentence(text)).split()) > MOST_WORDS
    ]
    assert not found, "make two sentences of each in pt_BR/LC_MESSAGES/messages.po:\n" + "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_sentences_name_no_settings_and_no_paths(language: str) -> None:
    """A visitor reads what happened; the setting behind it comes after that, or on the server's own pages."""
    of = translation(language).gettext
    found = {
        f"{table}[{code}]: {words.group()} in “{first}”"
        for table, messages in TABLES.items()
        if table.partition(".")[0] not in FOR_THE_SERVER
        for code, message in messages.items()
        if (words := _SERVER_WORDS.search(first := first_sentence(of(message.what))))
    }
    assert not found, f"say what it means for the visitor first ({language}):\n" + "\n".join(sorted(found))
