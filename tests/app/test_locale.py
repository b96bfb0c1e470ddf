"""Every sentence is translated, and the catalogues are what the code needs: no more, no less."""

from __future__ import annotations

import ast
import gettext
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.locale import FOLDER, translation
from core.settings import LANGUAGES
from pages.ui import i18n
from tests.app.conftest import ROOT

TRANSLATIONS: Final = tuple(language for language in LANGUAGES if language != "en")
"""English needs none: its sentences are the message ids."""
CALLS: Final = {"_": 0, "N_": 0, "ngettext": 0}
DRAWS: Final = {
    "title",
    "header",
    "subheader",
    "markdown",
    "caption",
    "segmented_control",
    "pills",
    "download_button",
    "text",
    "write",
    "error",
    "warning",
    "info",
    "success",
    "toast",
    "button",
    "form_submit_button",
    "text_input",
    "text_area",
    "selectbox",
    "spinner",
    "badge",
    "checkbox",
    "toggle",
    "expander",
    "dialog",
    "metric",
}
LITERAL_ARGUMENTS: Final = {"label", "title", "help", "placeholder", "alt", "text"}
PAGE_FILES: Final = sorted((ROOT / "pages").rglob("*.py"))
SOURCES: Final = [*PAGE_FILES, *sorted((ROOT / "core").rglob("*.py"))]


def catalogue(language: str) -> Catalog:
    """The catalogue as it is written."""
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def ids(found: Catalog) -> set[str]:
    """Its message ids."""
    return {_singular(message.id) for message in found if message.id}


def _singular(message_id: str | Iterable[str]) -> str:
    """What a plural goes by in code."""
    return message_id if isinstance(message_id, str) else next(iter(message_id))


def sentences_in_code() -> set[str]:
    """Every sentence that code asks a translation for, found in the syntax tree."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                argument = node.args[0]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_sentence_and_no_other(language: str) -> None:
    """`make locale` was run after the last change of a sentence."""
    assert ids(catalogue(language)) == sentences_in_code()


def test_the_extraction_command_finds_what_the_code_asks_for() -> None:
    """A sentence where extraction does not look (inside an f-string) would stay untranslated."""
    methods = re.findall(r"^\[(\w+): (.+)\]$", (FOLDER / "babel.cfg").read_text(), re.MULTILINE)
    found = set()
    for method, pattern in methods:
        folder = ROOT / pattern.partition("/")[0]
        for _, _, message, _, _ in extract_from_dir(
            folder, method_map=[("**.py", method)], keywords={"_": None, "N_": None, "ngettext": (1, 2)}
        ):
            found.add(message if isinstance(message, str) else message[0])
    assert found == sentences_in_code()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_fuzzy_or_obsolete(language: str) -> None:
    """A guess of the merge tool is not a translation."""
    written = catalogue(language)
    assert not [message.id for message in written if message.id and message.fuzzy]
    assert not written.obsolete


def test_every_language_has_its_catalogue_and_its_name() -> None:
    """What the settings allow, the picker offers, and a folder is there for each."""
    assert set(i18n.LANGUAGES) == set(LANGUAGES)
    assert {path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po")} == set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_is_complete(language: str) -> None:
    """Each sentence has one, in each of its plural forms."""
    written = catalogue(language)
    for message in written:
        if message.id:
            forms = _forms(message.string or "")
            assert all(form.strip() for form in forms), message.id
            assert len(forms) == (1 if isinstance(message.id, str) else written.num_plurals), message.id


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_keeps_what_is_no_word(language: str) -> None:
    """Placeholders, icons, code, addresses, line ends and the dots of what goes on."""
    assert not {form: _marks(source) for source, form in _pairs(language) if _marks(source) != _marks(form)}


def test_spanish_is_spanish() -> None:
    """Both marks of a question, percents as Babel writes them, nothing of Portuguese or of Spain."""
    foreign = r"[ãõçâêôà]|(?i:\b(você|não|uma|aplicativo)\b)"
    others = r"(?i:\b(app|celular|móvil|ordenador|usted|clic|pulsa|pulse|deploys?)\b)"
    for _source, form in _pairs("es"):
        assert form.count("?") == form.count("¿"), form
        assert form.count("!") == form.count("¡"), form
        assert not re.search("(?<!\N{NO-BREAK SPACE})%", form), form
        said = re.sub(r"\{\w+\}|`[^`]*`|ação|Manual Deploy", "", form)
        assert not re.search(f"{foreign}|{others}", said), form


def _pairs(language: str) -> Iterator[tuple[str, str]]:
    """Yield each sentence, and each plural, with its translation."""
    for message in catalogue(language):
        if message.id:
            yield from zip(_forms(message.id), _forms(message.string or ""), strict=True)


def _forms(text: str | Iterable[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _marks(text: str) -> list[str]:
    """Return what must be the same in every language. Formatting that a sentence teaches is a word of it."""
    assert not text.count("**") % 2, text
    marks = re.findall(r"\{\w+\}|:\w+/\w+:|(?<!`)`(?!`)[^`]+`|https?://[^\s)]+|\n", text)
    return sorted(marks) + ["…"] * text.endswith("…")


def test_english_is_complete() -> None:
    """The sentence itself stands in the code; what the catalogue adds says the same."""
    english = translation("en")
    assert all(english.gettext(sentence) == sentence for sentence in sentences_in_code())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    """What the app loads is what a person translated."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    with (FOLDER / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        stored = gettext.GNUTranslations(file)
    fresh = gettext.GNUTranslations(compiled)
    assert all(stored.gettext(sentence) == fresh.gettext(sentence) for sentence in ids(catalogue(language)))


def test_an_unknown_language_answers_in_english() -> None:
    """Never an error."""
    assert translation("xx").gettext("Connected") == "Connected"


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_on_a_page_goes_round_the_catalogues(path: Path) -> None:
    """A Streamlit function that shows text gets it through `_()`, not as a literal with words in it."""
    assert not [f"line {line}: {text!r}" for line, text in _bare_texts(path)]


def _bare_texts(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "st"):
            continue
        shown = [keyword.value for keyword in node.keywords if keyword.arg in LITERAL_ARGUMENTS]
        if node.func.attr in DRAWS:
            shown += node.args[:1]
        for value in shown:
            for text in _literals(value):
                # Icons, numbers and signs are the same in every language; so is the picker's own label.
                if re.search(r"[^\W\d_]", re.sub(r":material/\w+:", "", text)) and text not in _SAME_IN_ALL:
                    yield node.lineno, text


_SAME_IN_ALL: Final = {"Idioma / Language"}


def _literals(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        for part in value.values:
            yield from _literals(part)
