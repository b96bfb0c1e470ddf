"""What a press asks for is begun by its callback, before anything is drawn.

A press that only a later line of the page would notice is lost to the next press: Streamlit ends the run that
was on its way to that line, and tells the one that follows of the new press alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.settings import ROOT

BUTTONS: Final = {"button", "form_submit_button"}
ONLY_SHOW: Final = {"import", "open-", "check-", "check-engine", "check-network", "copy-report"}
"""Keys, or how they begin, of buttons that lead to a page, or show what was found out."""


def noticed_late(path: Path) -> Iterator[str]:
    """Give the keys of buttons that are asked, where they are drawn, whether they were pressed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in alone or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in BUTTONS:
            (key,) = (each.value for each in node.keywords if each.arg == "key")
            first = key.values[0] if isinstance(key, ast.JoinedStr) else key
            assert isinstance(first, ast.Constant), ast.unparse(key)
            yield str(first.value)


def test_no_button_that_does_something_is_noticed_late() -> None:
    """Each has a callback instead."""
    late = {key for path in (ROOT / "pages").rglob("*.py") for key in noticed_late(path)}
    assert late == ONLY_SHOW
