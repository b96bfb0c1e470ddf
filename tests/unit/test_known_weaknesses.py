"""The scan of the dependencies: fails on a known weakness, and never passes silently."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support import known_weaknesses

REPORT = '{"dependencies": [{"name": "a", "version": "1", "vulns": [%s]}], "fixes": []}'
WEAK = '{"id": "PYSEC-1", "fix_versions": ["2"]}'
UNKNOWN = '{"dependencies": [{"name": "a", "skip_reason": "not found"}], "fixes": []}'


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        (f"print('''{REPORT % WEAK}'''); raise SystemExit(1)", 1, "a 1: PYSEC-1 (fixed in 2)"),
        (f"print('''{REPORT % ''}''')", 0, "1 checked, 0 known weaknesses"),
        (f"print('''{UNKNOWN}''')", 0, "SKIPPED, the database does not know all of them"),
        ("raise SystemExit('Failed to connect')", 0, "SKIPPED, not checked"),
        ("print('[]')", 0, "SKIPPED, not checked"),
        ("import time; time.sleep(60)", 0, "SKIPPED, not checked"),
    ],
)
def test_the_outcome_is_always_said(
    program: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A weakness ends the check; a database that does not answer is called skipped."""
    asked = known_weaknesses.ask
    monkeypatch.setattr(known_weaknesses, "_ALTOGETHER_S", 2)
    monkeypatch.setattr(known_weaknesses, "ask", lambda path: asked(path, command=("-c", program)))
    assert known_weaknesses.main() == code
    assert said in capsys.readouterr().out


def test_it_looks_at_what_the_product_installs() -> None:
    """The pinned list, beside this project's Makefile."""
    assert Path(sys.modules["tests"].__path__[0]).parent / "requirements.txt" == known_weaknesses.LIST
    assert "streamlit==" in known_weaknesses.LIST.read_text()


def test_the_interpreter_is_looked_at_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By name, without a network; it warns and does not fail, since the product is safe all the same."""
    lines = known_weaknesses.interpreter_lines((3, 11, 7))
    assert any("CVE-2024-7592 in http.cookies (fixed in patch 10)" in line for line in lines)
    assert lines[-1].startswith("Python 3.11.7, 7 known weaknesses")
    assert known_weaknesses.interpreter_lines((3, 11, 16))[-1].startswith("Python 3.11.16, 0 known")
    monkeypatch.setattr(known_weaknesses, "ask", lambda _path: (None, "no network"))
    monkeypatch.setattr(known_weaknesses, "interpreter_lines", lambda: lines)
    assert known_weaknesses.main() == 0
    assert "interpreter: WARNING, Python 3.11.7: CVE-2024-7592" in capsys.readouterr().out
