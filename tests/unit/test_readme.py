"""The README says what is true of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import ROOT

SETTINGS = set(re.findall(r'env(?:\.get\(|, )"([A-Z_]+)"', (ROOT / "core" / "settings.py").read_text()))


@pytest.mark.parametrize("name", ["README.md", "LEIAME.md"])
def test_every_setting_is_documented(name: str) -> None:
    """Each variable that settings.py reads stands in the table of settings, and no other does."""
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / name).read_text(), re.MULTILINE))
    assert table == SETTINGS - {"RENDER"}
    assert len(table) >= 4


@pytest.mark.parametrize("name", ["README.md", "LEIAME.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    """Links inside the project point to files that exist."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text())
    assert links
    assert [link for link in links if not Path(ROOT, link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "LEIAME.md"])
def test_every_command_exists(name: str) -> None:
    """Each `make …` is one of the Makefile's, and what it is given is a setting that it reads."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    settings = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE))
    found = re.findall(r"(?:`|^)make ([a-z]+)((?: [A-Z]+=[^\s`]+)*)", (ROOT / name).read_text(), re.MULTILINE)
    assert {target for target, _ in found} >= {"run", "test", "link"}
    assert {target for target, _ in found} <= targets
    given = {setting for _, rest in found for setting in re.findall(r"([A-Z]+)=", rest)}
    assert given == {"ADDRESS"} <= settings
