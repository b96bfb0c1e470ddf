"""Conversion of plain values into typed ones."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import msgspec
import pytest

from core.models.conversion import convert
from core.settings import ROOT

_THREADS = """
import dataclasses, sys, threading, types
from core.models.conversion import convert

sys.setswitchinterval(1e-6)
home = sys.modules.setdefault("home", types.ModuleType("home"))
for _ in range(150):
    inner = dataclasses.make_dataclass("Inner", [(f"f{number}", "int") for number in range(8)])
    fields = [("a", "Inner"), ("b", "Inner | None"), ("c", "tuple[Inner, ...]")]
    kind = dataclasses.make_dataclass("Outer", fields)
    inner.__module__ = kind.__module__ = "home"
    home.Inner = inner
    value = {f"f{number}": number for number in range(8)}
    barrier = threading.Barrier(6)
    def run():
        barrier.wait()
        assert convert({"a": value, "b": value, "c": [value]}, kind).c[0].f7 == 7
    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


@dataclass(frozen=True)
class Shop:
    """Something to read."""

    name: str
    number: int = 0


def test_a_value_of_the_type_is_read_and_another_is_refused() -> None:
    """Types are strict: a text is no number."""
    assert convert({"name": "Loja", "number": 3}, Shop) == Shop("Loja", 3)
    with pytest.raises(msgspec.ValidationError):
        convert({"name": "Loja", "number": "3"}, Shop)


def test_threads_that_meet_a_type_at_once_do_not_end_the_process() -> None:
    """In a process of its own: msgspec alone ends it by SIGSEGV."""
    done = subprocess.run(
        [sys.executable, "-c", _THREADS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
