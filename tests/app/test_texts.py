"""Every code that the product can raise has a message, and every message is whole."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from core.errors import AppError, InvalidInputError
from core.models import codes
from core.models.diagnostics import CheckReason, SelfCheckReason
from core.models.instance import InstanceState
from core.models.persistence import GuideReason, PersistenceReason
from core.models.storage import StorageProblem
from core.settings import LANGUAGES
from pages.ui import i18n, texts
from pages.ui.texts.errors import error_message
from pages.ui.texts.instance_states import state_message
from pages.ui.texts.message import UNKNOWN, Message, text_for
from pages.ui.texts.sending import outcome_message
from tests.app.conftest import ROOT

Table = Mapping[str, Message]
_CODE: Final = re.compile(r"[a-z]+(-[a-z0-9]+)+")
"""Most codes have a hyphen; what others put in their place (`unknown`, `hash`) has none."""
_WORD: Final = re.compile(r"[a-z]+(-[a-z0-9]+)*")
"""Where only codes stand, one may be a single word (`closing`)."""


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


MEMBERS: Final = {
    f"{family.__name__}.{member.name}": member.value
    for family in (*codes.FAMILIES, CheckReason, SelfCheckReason, GuideReason, PersistenceReason)
    for member in family
}
"""Codes as core writes them."""


def _patterns(node: ast.AST, code: re.Pattern[str] = _CODE) -> Iterator[str]:
    """Regular expressions for the codes that an argument can be."""
    if isinstance(node, ast.JoinedStr):
        words = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        if re.fullmatch(r"[a-z0-9-]*-[a-z0-9-]*", words):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9-]+"
                for part in node.values
            )
        return
    if isinstance(node, ast.Attribute) and ast.unparse(node) in MEMBERS:
        yield re.escape(MEMBERS[ast.unparse(node)])
        return
    text = CONSTANTS.get(node.id, "") if isinstance(node, ast.Name) else getattr(node, "value", "")
    if isinstance(text, str) and code.fullmatch(text):
        yield re.escape(text)
    for part in ast.iter_child_nodes(node):
        yield from _patterns(part, code)


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


def _calls() -> Iterator[ast.Call]:
    for tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield node


def _raised() -> Iterator[str]:
    """Codes of the errors that a person may be told about."""
    family = _app_errors()
    for call in _calls():
        if _name(call) in family and call.args:
            yield from _patterns(call.args[0], _WORD)


def _handed_on() -> Iterator[str]:
    """Codes of other errors, reasons of events and states, findings of checks."""
    family = _app_errors()
    for call in _calls():
        if _name(call).endswith("Error") and _name(call) not in family and call.args:
            yield from _patterns(call.args[0])
        for keyword in call.keywords:
            if keyword.arg == "reason":
                yield from _patterns(keyword.value)
        if _name(call) == "Check" and len(call.args) > 2:
            yield from _patterns(call.args[2], _WORD)


RAISED: Final = sorted(set(_raised()))
HANDED_ON: Final = sorted(set(_handed_on()))
"""Codes that reach a page in an event, in a view or in a check."""


@pytest.fixture(params=LANGUAGES)
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


@pytest.mark.parametrize(
    "code",
    [
        member
        for family in (codes.InputCode, codes.RefusalCode, StorageProblem, codes.DamageCode)
        for member in family
    ],
)
def test_every_code_of_an_error_has_a_message(language: str, code: codes.Code) -> None:
    """Every member of the families, wherever it is raised."""
    assert not _is_unknown(error_message(AppError(code, detail="42")))


@pytest.mark.parametrize("reason", codes.StateReason)
def test_every_reason_of_a_state_has_a_message(language: str, reason: codes.StateReason) -> None:
    """Whether its instance goes on trying or has stopped."""
    for state in (InstanceState.RECONNECTING, InstanceState.FAILED):
        assert not _is_unknown(state_message(state, reason, "42"))


@pytest.mark.parametrize("code", codes.SendCode)
def test_every_outcome_of_a_send_has_a_message(language: str, code: codes.SendCode) -> None:
    """Nor is a message told to have failed for a code."""
    assert not _is_unknown(outcome_message(code))


@pytest.mark.parametrize("pattern", RAISED)
def test_every_error_that_is_raised_has_a_message(language: str, pattern: str) -> None:
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


@pytest.mark.parametrize("name", TABLES)
def test_every_message_is_whole_in_every_language(language: str, name: str) -> None:
    """No message has a hole where its detail goes, none shows its code, English is as written."""
    for code, source in TABLES[name].items():
        message = text_for(TABLES[name], code, "42")
        assert message.what, code
        assert "{" not in message.text, code
        assert "-" not in code or code not in message.text
        if language == "en":
            assert message.what == source.what.replace("{detail}", "42")


def test_what_a_table_says_of_a_state_is_found(language: str) -> None:
    """A reason of the storage explains a state too; an unknown one is told as a code."""
    assert not _is_unknown(state_message(InstanceState.RECONNECTING, "disk-full", ""))
    assert not _is_unknown(state_message(InstanceState.RECONNECTING, "closing", ""))
    assert _is_unknown(outcome_message("brand-new"))


def test_two_figures_are_told_from_the_one_to_the_other() -> None:
    """With a dash between, "from" before them would have no end."""
    problem = InvalidInputError("poll-options", detail="2 – 12")
    with i18n.use_language("pt_BR"):
        assert error_message(problem).text == "Uma enquete tem de 2 a 12 opções."


def _is_unknown(message: Message) -> bool:
    return message.what.startswith(i18n._(UNKNOWN.what).partition("{")[0])
