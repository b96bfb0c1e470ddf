"""The update of the core: only its pin moves, and whatever fails, everything is as before."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.version import Version

from core.settings import ROOT
from tests.support import update_engine
from tests.support.update_engine import pinned, update

OURS = "streamlit==1.67.0  # the app\nneonize==0.5.2        # the core\n# neonize==9 is none\n"
NEW = Version("0.6.0")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with its lists of packages."""
    for name in ("requirements", "requirements-dev", "requirements-ffmpeg"):
        (tmp_path / f"{name}.in").write_text(OURS if name == "requirements" else "pytest\n")
        (tmp_path / f"{name}.txt").write_text(f"{name}, locked\n")
    return tmp_path


def content(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir()}


class Machine:
    """Runs nothing and notes what it was told; fails at the command that holds ``broken``."""

    def __init__(self, root: Path, broken: str = "") -> None:
        self.root, self.broken = root, broken
        self.told: list[str] = []

    def __call__(self, command: Sequence[str]) -> None:
        line = " ".join(command)
        self.told.append(line)
        if "compile" in line:
            (self.root / command[-1]).write_text("locked anew\n")
        if self.broken and self.broken in line and not self.is_back():
            raise subprocess.CalledProcessError(1, [*command])

    def is_back(self) -> bool:
        return "0.5.2" in (self.root / "requirements.in").read_text()


def test_only_the_pin_moves(root: Path) -> None:
    """Then the lists are compiled, installed and the engine's tests run, in that order."""
    machine = Machine(root)
    update(root, NEW, run=machine)
    assert (root / "requirements.in").read_text() == OURS.replace("0.5.2 ", "0.6.0 ", 1)
    assert pinned(root) == NEW
    steps = ["compile"] * 3 + ["install"] * 2 + ["pytest"]
    assert [step in told for step, told in zip(steps, machine.told, strict=True)] == [True] * 6
    assert all("--upgrade-package neonize" in told for told in machine.told[:3])


@pytest.mark.parametrize("broken", ["compile", "-r requirements.txt", "-r requirements-dev.txt", "pytest"])
def test_whatever_fails_all_is_as_before(root: Path, broken: str) -> None:
    """The files to the byte, and the old packages are installed again last."""
    before, machine = content(root), Machine(root, broken)
    with pytest.raises(subprocess.CalledProcessError):
        update(root, NEW, run=machine)
    assert content(root) == before
    assert all("install" in told for told in machine.told[-2:])


def test_an_interrupted_update_is_taken_back_too(root: Path) -> None:
    """Somebody presses Ctrl-C while the tests run."""
    before, machine = content(root), Machine(root)

    def run(command: Sequence[str]) -> None:
        machine(command)
        if "pytest" in command:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(root, NEW, run=run)
    assert content(root) == before


def test_the_project_itself_can_be_updated() -> None:
    """Its pin is found, and the tests that judge a core are there."""
    assert pinned(ROOT) >= Version("0.5.2")
    assert [test for test in update_engine.TESTS if not (ROOT / test).exists()] == []


def test_nothing_is_done_for_what_is_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither for what is no version."""
    assert update_engine.main(str(pinned(ROOT))) == 0
    assert "in place already" in capsys.readouterr().out
    assert update_engine.main("newest; rm") == 1
    assert "is no version" in capsys.readouterr().out
