"""What a press asks for is begun by its callback, before anything is drawn.

A press that only a later line of the page would notice is lost to the next press: Streamlit ends the run that
was on its way to that line, and tells the one that follows of the new press alone.

Nor does a callback draw: of a part that is drawn alone it comes before that part has its place, and what it
draws takes the place of what stands first on the page, such as the style sheet.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

from core.settings import ROOT
from pages.ui.presses import drop_late_request

BUTTONS: Final = {"button", "form_submit_button"}
ONLY_SHOW: Final = {"import", "open-", "check-", "check-engine", "check-network", "copy-report"}
"""Keys, or how they begin, of buttons that lead to a page, or show what was found out."""


SHOWN_BY: Final = re.compile(
    r"st\.(toast|error|warning|info|success|html|markdown|caption|write|balloons|dialog)|alert\.(show|draw_or_show)"
)


def drawn_by_callbacks(path: Path) -> Iterator[str]:
    """Give what the callbacks of a module draw, they or what they call in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    given = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and (node.arg or "")[:3] == "on_"
    ]
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    asked: set[str] = set()
    left = [node.id for each in given for node in ast.walk(each) if isinstance(node, ast.Name)]
    while left:
        name = left.pop()
        if name in asked or name not in functions:
            continue
        asked.add(name)
        for call in (node for node in ast.walk(functions[name]) if isinstance(node, ast.Call)):
            said = ast.unparse(call.func)
            left.append(said)
            if SHOWN_BY.fullmatch(said):
                yield f"{path.name}: {name} calls {said}"


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


def test_no_callback_draws(tmp_path: Path) -> None:
    """What it has to say waits for the drawing that follows."""
    assert not [each for path in (ROOT / "pages").rglob("*.py") for each in drawn_by_callbacks(path)]
    module = tmp_path / "late.py"
    module.write_text("def a(): b()\ndef b(): st.toast('x')\nst.button('x', on_click=a)\n", encoding="utf-8")
    assert list(drawn_by_callbacks(module)) == ["late.py: b calls st.toast"]


@pytest.mark.parametrize(
    ("asked", "dropped"),
    [([], False), (["left"], True), (["there"], False), (["left", "there"], False)],
)
def test_what_is_asked_of_a_page_that_was_left_is_dropped(asked: list[str], dropped: bool) -> None:
    """Nothing else: the whole page, and parts that are there, are drawn next."""
    parts, requests = MemoryFragmentStorage(), ScriptRequests()
    parts.register("there", lambda: None)
    requests.request_rerun(RerunData(fragment_id_queue=asked))
    drop_late_request(requests, parts)
    assert (requests.on_scriptrunner_ready().type is ScriptRequestType.STOP) is dropped
