"""Every code that the product can raise has a message, and every message is whole."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from core.errors import AppError
from core.models.instance import InstanceState
from pages.ui import i18n, texts
from pages.ui.texts.errors import error_message
from pages.ui.texts.instance_states import state_message
from pages.ui.texts.message import UNKNOWN, Message, text_for
from pages.ui.texts.sending import outcome_message
from tests.app.conftest import ROOT

Table = Mapping[str, Message]
_CODE: Final = re.compile(r"[a-z]+(-[a-z0-9]+)+")
"""A code has a hyphen; words of others (`unknown`, `hash`) have none."""


def tables() -> dict[str, Table]:
    """Every table of messages, by module and name, found by walking the package."""
    modules = [
        importlib.import_module(f"{texts.__name__}.{each.name}")
        for each in pkgutil.iter_modules(texts.__path__)
    ]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Mapping)
        and value
        and all(isinstance(entry, Message) for entry in value.values())
    }


TABLES: Final = tables()
TREES: Final = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "core").rglob("*.py"))]


def _constants() -> dict[str, str]:
    """Texts that the modules of core give a name to."""
    return {
        target.id: node.value.value
        for tree in TREES
        for node in tree.body
        if isinstance(node, ast.AnnAssign | ast.Assign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


CONSTANTS: Final = _constants()


def _pattern(node: ast.expr) -> str:
    """A regular expression for the codes that an argument can be; empty for what is none."""
    if isinstance(node, ast.Name):
        node = ast.Constant(CONSTANTS.get(node.id, ""))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value) if _CODE.fullmatch(node.value) else ""
    if isinstance(node, ast.JoinedStr):
        parts = (
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9-]+"
            for part in node.values
        )
        return "".join(parts)
    return ""


def _name(call: ast.Call) -> str:
    function: Any = call.func
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _app_errors() -> set[str]:
    """Names of the classes that are errors a person may be told about."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    family = {"AppError"}
    while more := {name for name, above in bases.items() if above & family} - family:
        family |= more
    return family


def _raised(*, app_errors: bool) -> Iterator[str]:
    family = _app_errors()
    for tree in TREES:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = _name(node)
            if name.endswith("Error") and node.args and (name in family) is app_errors:
                yield _pattern(node.args[0])


def _reasons() -> Iterator[str]:
    for tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "reason":
                yield _pattern(node.value)


def _findings() -> Iterator[str]:
    for tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node) == "Check" and len(node.args) > 2:
                yield _pattern(node.args[2])


RAISED: Final = sorted({*_raised(app_errors=True)} - {""})
HANDED_ON: Final = sorted({*_raised(app_errors=False), *_reasons(), *_findings()} - {""})
"""Codes that reach a page in an event, in a view or in a check."""


@pytest.fixture(params=["pt_BR", "en"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each language in turn, as the session's."""
    chosen: str = request.param
    monkeypatch.setattr(i18n, "language", lambda: chosen)
    return chosen


def test_the_codes_were_found() -> None:
    """A walk that finds nothing would prove nothing."""
    assert {re.escape(code) for code in ("worker-lost", "name-taken", "closing")} <= set(RAISED)
    assert len(RAISED) > 50
    assert len(HANDED_ON) > 50
    assert len(TABLES) >= 12


@pytest.mark.parametrize("pattern", RAISED)
def test_every_error_that_is_raised_has_a_message(pattern: str) -> None:
    """No error reaches a page as a code."""
    known = {code for table in TABLES.values() for code in table if re.fullmatch(pattern, code)}
    assert known
    assert any(not _is_unknown(error_message(AppError(code))) for code in known)


@pytest.mark.parametrize("pattern", HANDED_ON)
def test_every_reason_that_is_handed_on_has_a_message(pattern: str) -> None:
    """Nor does the reason of an event, a state, a send or a check."""
    assert any(re.fullmatch(pattern, code) for table in TABLES.values() for code in table)


@pytest.mark.parametrize(
    "code", ["wa-error-500", "wa-error-463", "worker-lost", "closing", "opening", "wa-group-left"]
)
def test_what_a_query_may_fail_with_is_no_riddle(language: str, code: str) -> None:
    """The core's own codes and WhatsApp's reach a person as a sentence."""
    message = error_message(AppError(code))
    assert not _is_unknown(message)
    assert message.next_step


@pytest.mark.parametrize(
    ("table", "code"), [(name, code) for name, table in TABLES.items() for code in table]
)
def test_every_message_is_whole_in_both_languages(language: str, table: str, code: str) -> None:
    """No message has a hole where its detail goes, none shows its code, and each is translated."""
    message = text_for(TABLES[table], code, "42")
    assert message.what
    assert "{" not in message.text
    if "-" in code:
        assert code not in message.text
    source = TABLES[table][code]
    if language == "en":
        assert source.what.replace("{detail}", "42") == message.what


def test_what_a_table_says_of_a_state_is_found(language: str) -> None:
    """A reason of the storage explains a state too; an unknown one is told as a code."""
    assert not _is_unknown(state_message(InstanceState.RECONNECTING, "disk-full", ""))
    assert "closing" not in state_message(InstanceState.RECONNECTING, "closing", "").what
    assert _is_unknown(outcome_message("brand-new"))


def _is_unknown(message: Message) -> bool:
    return message.what.startswith(i18n._(UNKNOWN.what).partition("{")[0])
