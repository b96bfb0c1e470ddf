"""Codes of checks: each is a member of its family, none is a text of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from core.models.diagnostics import CheckReason, SelfCheck, SelfCheckReason
from core.models.persistence import GuideCheck, GuideReason, PersistenceReason
from core.models.storage import StorageProblem
from core.settings import ROOT

FAMILIES = (
    SelfCheck,
    CheckReason,
    SelfCheckReason,
    GuideCheck,
    GuideReason,
    PersistenceReason,
    StorageProblem,
)
PLACES = (
    "core/hosting",
    "core/registry",
    "core/services/diagnostics.py",
    "core/services/persistence.py",
    *(f"core/store/{name}.py" for name in ("owner_lock", "sqlite", "storage_health")),
)


def sources() -> Iterator[Path]:
    for place in PLACES:
        path = ROOT / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


def literals(path: Path) -> set[str]:
    """Every text with a hyphen in the code of a module; its docstrings are whole sentences."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and "-" in text}


def test_code_names_members_and_writes_no_code_out() -> None:
    """A misspelt code would reach a page as itself; a member that does not exist is an error."""
    codes = {str(member) for family in FAMILIES for member in family}
    assert {path.name: found for path in sources() if (found := literals(path) & codes)} == {}


def test_every_member_is_given_somewhere() -> None:
    """No family keeps a code that nothing gives any more."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    unused = [
        f"{family.__name__}.{member.name}"
        for family in FAMILIES
        for member in family
        if f"{family.__name__}.{member.name}" not in code
    ]
    assert unused == []
