"""The layout keeps its promises: small folders, tests where their module is, and words of the trade."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from core.settings import ROOT

MODULES_IN_A_FOLDER: Final = 20
UNIT: Final = ROOT / "tests" / "unit"

SEVERAL_MODULES: Final = {
    "engine/test_huge_events.py": "events, from WhatsApp's protobuf to the line on the pipe",
    "engine/test_pipe_bounds.py": "both ends of the pipe",
    "hosting/test_codes.py": "the codes of every check",
    "media/test_hostile_pictures.py": "every way that a picture comes in",
    "media/test_made_up_containers.py": "MP4 and Ogg",
    "media/test_sounds_and_films.py": "audio and video, over one ffmpeg",
    "models/test_secrets.py": "every model that holds a secret",
    "moving/baileys/test_damaged_folders.py": "every module that reads a folder or an export",
    "moving/baileys/test_stored_folders.py": "every module that reads a folder, over genuine ones",
    "services/support/test_report_names.py": "redaction and report, over the names in them",
    "web/auth/test_sign_in_codes.py": "the codes of the sign-in page and its texts",
}
"""Unit tests of more than one module, and of what."""

WITHOUT_TEST: Final = UNIT / "modules_without_test.txt"
"""Modules of `core` that tests of other names cover. The list only shrinks: a new module brings its test."""

REFUSED_WORDS: Final = re.compile(
    r"\b(?:whoever|nobody|somebody|became of|stumbl\w*|nonsense|gone mad"
    r"|(?:door)?keepers?|rosters?|ledgers?|wastebaskets?|witness\w*)\b",
    re.IGNORECASE,
)
REFUSED_FILES: Final = re.compile(r"(?:^|_)(?:utils?|helpers?|common|managers?|misc)(?:_|$)")


def product_files() -> list[Path]:
    """List every module of the product."""
    return [ROOT / "app.py", *sorted((ROOT / "core").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py"))]


def words_of_a_programmer(path: Path) -> Iterator[tuple[int, str]]:
    """Yield comments, docstrings, log messages and names of a module, each with its line.

    Names come as words: `_LockHolder` and `lock_holder` both as "lock holder". Sentences for users are
    left out.
    """
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
        elif token.type == tokenize.NAME:
            yield token.start[0], re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", token.string)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="log")), args=[ast.Constant(value=str(text)), *_]
            ):
                yield node.lineno, text


def refused_words(path: Path) -> list[tuple[int, str]]:
    """List the refused words of a module with their lines."""
    return [
        (line, match[0])
        for line, text in words_of_a_programmer(path)
        for match in REFUSED_WORDS.finditer(text)
    ]


def modules_without_test() -> set[str]:
    """List the modules of `core` that have no `test_<module>.py` in the same room of `tests/unit`."""
    core = ROOT / "core"
    modules = [path.relative_to(core) for path in core.rglob("*.py") if path.name != "__init__.py"]
    return {str(path) for path in modules if not (UNIT / path.with_name(f"test_{path.name}")).exists()}


def test_a_folder_holds_at_most_twenty_modules() -> None:
    """More is a topic that wants folders of its own."""
    count = Counter(path.parent for path in product_files() if path.name != "__init__.py")
    full = {str(folder.relative_to(ROOT)): n for folder, n in count.items() if n > MODULES_IN_A_FOLDER}
    assert full == {}


def test_no_module_is_named_after_nothing() -> None:
    """`utils` and its like hold what has no place."""
    assert [str(path) for path in product_files() if REFUSED_FILES.search(path.stem)] == []


def test_unit_tests_mirror_core() -> None:
    """`tests/unit/<room>/test_<module>.py` tests `core/<room>/<module>.py`, or says what else it tests."""
    elsewhere = {
        str(path.relative_to(UNIT))
        for path in UNIT.rglob("test_*.py")
        if (room := path.relative_to(UNIT).parent).parts
        and room.parts[0] != "emulator"
        and not (ROOT / "core" / room / path.name.removeprefix("test_")).exists()
    }
    assert elsewhere == set(SEVERAL_MODULES)


def test_a_new_module_brings_its_test() -> None:
    """Nothing joins the modules without a test of their name; who gets one, or goes, leaves the list."""
    missing = modules_without_test()
    listed = set(WITHOUT_TEST.read_text(encoding="utf-8").split())
    assert sorted(missing - listed) == [], "no unit test of that name"
    assert sorted(listed - missing) == [], f"to be taken off {WITHOUT_TEST.name}"


def test_no_refused_words() -> None:
    """Names, docstrings, comments and log messages use the words of the trade."""
    found = {
        (str(path.relative_to(ROOT)), line, word)
        for path in product_files()
        for line, word in refused_words(path)
    }
    assert found == set()


@pytest.mark.parametrize("kind", ["LOCATION", "CONTACT", "POLL", "EVENT"])
def test_a_kind_of_message_is_decided_in_few_files(kind: str) -> None:
    """A new kind is one short walk (CONTRIBUTING.md): its model, WhatsApp's form both ways, its words."""
    named = re.compile(rf"\bKind\.{kind}\b|^    {kind} = ", re.MULTILINE)
    files = [path for path in product_files() if named.search(path.read_text(encoding="utf-8"))]
    assert 3 <= len(files) <= 8, files


def test_no_test_reads_a_docstring() -> None:
    """Prose is compared with nothing: what a test needs to know is an enum, a table, a constant."""
    readers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "__doc__"
    }
    assert readers == set()


def test_the_hooks_run_what_make_check_runs() -> None:
    """What `make hooks` lets git run are the tools of `make check`, without those that ask the internet."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    checks = set(re.findall(r"\$\(BIN\)/(\S+(?: check| format)?)", recipe[1]))
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    hooks = {re.sub(r"^\.venv/bin/| --.*", "", hook["entry"]) for hook in local["hooks"]}
    assert hooks == checks
