"""What README and documents say of the code is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import ROOT

DOCUMENTS = sorted(
    [
        *(ROOT / name for name in ("README.md", "LEIAME.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests").glob("*/README.md"),
    ]
)
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
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    settings = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE))
    found = re.findall(
        r"(?:`|^)make ([a-z-]+)((?: [A-Z]+=[^\s`]+)*)", (ROOT / name).read_text(), re.MULTILINE
    )
    assert {target for target, _ in found} >= {"run", "test", "link"}
    assert {target for target, _ in found} <= targets
    given = {setting for _, rest in found for setting in re.findall(r"([A-Z]+)=", rest)}
    assert given == {"ADDRESS"} <= settings


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(document: Path) -> None:
    """Whether it is a link or a file's or folder's name between backticks."""
    text = document.read_text(encoding="utf-8")
    links = [document.parent / link for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)]
    named = [ROOT / path for path in re.findall(r"`((?:core|pages|tests|docs)/[\w./-]+)`", text)]
    assert [str(path) for path in [*links, *named] if not path.exists()] == []
