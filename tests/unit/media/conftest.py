"""A machine with ffmpeg and one without, and a folder for the files that is looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.media import ffmpeg_program
from core.media.temp_folder import MediaFolder
from tests.support.media_samples import ffmpeg_folder
from tests.support.media_tools import TOOLS
from tests.support.runtimes import installed, with_media


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the files of this test lie; the folder in it comes with the first of them."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(TOOLS, "folder", MediaFolder(place))
    with installed(with_media(TOOLS)):
        yield place
    TOOLS.folder.close()
    assert not list(place.iterdir())


@pytest.fixture(scope="session")
def _program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ffmpeg_folder(tmp_path_factory.mktemp("programs") / "bin")


@pytest.fixture
def with_ffmpeg(_program: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`ffmpeg` is found, and nothing else is."""
    monkeypatch.setenv("PATH", str(_program))
    return _program


@pytest.fixture
def without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program is found, and no package brings one."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(ffmpeg_program, "packaged", lambda: "")
