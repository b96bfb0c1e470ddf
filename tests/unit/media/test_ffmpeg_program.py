"""Where ffmpeg is found, and what is said of one that is too old."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.media import ffmpeg_program
from core.models.content import Kind
from core.services import attachments


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    ffmpeg_program.packaged.cache_clear()


def program(folder: Path, version: str) -> str:
    """A program that says only its version."""
    folder.mkdir(exist_ok=True)
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\necho 'ffmpeg version {version} Copyright (c) 2000-2018'\n")
    path.chmod(0o755)
    return str(path)


def test_the_path_comes_first_then_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is installed is found by itself; what the machine has is preferred."""
    brought = program(tmp_path / "package", "7.1")
    package = SimpleNamespace(get_ffmpeg_exe=lambda: brought)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", package)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert ffmpeg_program.found() == ffmpeg_program.usable() == brought
    own = program(tmp_path / "bin", "4.2.7-0ubuntu0.1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert ffmpeg_program.usable() == own
    assert ffmpeg_program.problem() == ""


def test_without_either_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not there, or that has no program for this machine."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def none() -> str:
        raise RuntimeError("no ffmpeg exe could be found")

    for package in (None, SimpleNamespace(get_ffmpeg_exe=none)):
        ffmpeg_program.packaged.cache_clear()
        monkeypatch.setitem(sys.modules, "imageio_ffmpeg", package)
        assert ffmpeg_program.usable() == ""
        assert ffmpeg_program.problem() == ffmpeg_program.MISSING
        assert ffmpeg_program.needed().code == "file-needs-ffmpeg"
        assert ffmpeg_program.needed(moving=True).code == "file-moving-needs-ffmpeg"


@pytest.mark.parametrize("version", ["3.4.11-0ubuntu0.1", "2.8.17", "n3.4", "0.8.17-4:0.8.17"])
def test_one_that_is_too_old_is_not_used_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Otherwise every file would be refused as none of its kind."""
    program(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_program.usable() == ""
    assert ffmpeg_program.problem() == ffmpeg_program.TOO_OLD
    assert ffmpeg_program.needed(moving=True).code == "file-old-ffmpeg"
    told = {kind: attachments.available(kind) for kind in Kind if attachments.available(kind)}
    assert told == dict.fromkeys((Kind.VIDEO, Kind.AUDIO, Kind.VOICE), "old-ffmpeg")


@pytest.mark.parametrize(
    "version", ["4.1.11-0+deb10u1", "4.3.8-0+deb11u3", "n7.1", "git-2020-05-23", "N-102", "8.0"]
)
def test_all_others_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """A build without a number is taken at its word."""
    path = program(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_program.usable() == path


def test_one_that_does_not_run_is_not_called_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check says that it is broken; a file says so when it is converted."""
    (tmp_path / "ffmpeg").write_text("#!/nonexistent/interpreter\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_program.problem() == ""
