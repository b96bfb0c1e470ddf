"""A stranger's message, however large, never makes a line that would end the worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from core.engine.protocol import MAX_LINE

ROOT: Final = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def lengths() -> dict[str, int]:
    """Bytes of the line of each event, by what was too large in it."""
    command = [sys.executable, "-m", "tests.unit.engine.huge_events"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3_000:]
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_every_line_stays_under_the_bound(lengths: dict[str, int]) -> None:
    """Every kind of message with every field of it too long or too often; half of the bound is reserve."""
    assert len(lengths) > 250
    assert {name: length for name, length in lengths.items() if length > MAX_LINE * 0.6} == {}


def test_what_a_person_wrote_is_cut_and_not_dropped(lengths: dict[str, int]) -> None:
    """All kinds that are shown arrive; of a text as much as phones allow."""
    for kind in (
        "imageMessage",
        "documentMessage",
        "pollCreationMessage",
        "contactMessage",
        "locationMessage",
    ):
        assert lengths[f"{kind} wide"] > 1_000
        assert lengths[f"{kind} many"] > 100
    assert lengths["conversation"] > 65_536


@pytest.mark.parametrize("field", ["ID", "sender"])
def test_an_impossible_id_or_address_is_no_message(lengths: dict[str, int], field: str) -> None:
    """Cut, it would be another message or another person."""
    assert lengths[f"{field} plain"] == lengths[f"{field} wide"] == 0
