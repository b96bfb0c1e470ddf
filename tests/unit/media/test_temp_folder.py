"""The folder where files wait to be sent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import AppError
from core.media.temp_folder import PREFIX, STALE_S, MediaFolder


def test_folder_and_files_are_private_and_go_with_it(tmp_path: Path) -> None:
    """0700 and 0600; closing removes all, twice does no harm, and another file opens a new one."""
    folder = MediaFolder(tmp_path)
    path = folder.keep(b"x", ".bin")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.holds(path)
    folder.close()
    folder.close()
    assert not list(tmp_path.iterdir())
    assert not folder.holds(path)
    assert folder.keep(b"y", ".bin").read_bytes() == b"y"
    folder.close()


def test_only_its_own_files_are_removed(tmp_path: Path) -> None:
    """A path from elsewhere is left alone."""
    folder = MediaFolder(tmp_path / "a")
    (tmp_path / "a").mkdir()
    path, other = folder.keep(b"x", ".bin"), tmp_path / "other"
    other.write_bytes(b"precious")
    folder.remove(other)
    folder.remove(path.parent / ".." / ".." / "other")
    folder.remove(path)
    assert other.exists()
    assert not path.exists()
    folder.close()


def test_stale_files_go_with_the_next_one(tmp_path: Path) -> None:
    """After an hour; younger ones stay."""
    folder = MediaFolder(tmp_path)
    old, young = folder.keep(b"x", ".bin"), folder.keep(b"y", ".bin")
    before = time.time() - STALE_S - 1
    os.utime(old, (before, before))
    folder.keep(b"z", ".bin")
    assert (old.exists(), young.exists()) == (False, True)
    folder.close()


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """The folder of one that lives is not."""
    code = (
        "import sys, pathlib; from core.media.temp_folder import MediaFolder\n"
        "print(MediaFolder(pathlib.Path(sys.argv[1])).keep(b'x', '.bin'), flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        path = Path(other.stdout.readline().strip())
        first = MediaFolder(tmp_path)
        first.keep(b"x", ".bin")
        assert path.exists()
        other.kill()
    second = MediaFolder(tmp_path)
    kept = second.keep(b"x", ".bin")
    assert not path.exists()
    assert kept.exists()
    assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 2
    first.close()
    second.close()


def test_a_link_in_the_temporary_place_is_not_followed(tmp_path: Path) -> None:
    """Somebody else's folder behind it stays."""
    other = tmp_path / "other"
    other.mkdir()
    (other / ".lock").touch()
    place = tmp_path / "tmp"
    place.mkdir()
    (place / f"{PREFIX}x").symlink_to(other)
    folder = MediaFolder(place)
    folder.keep(b"x", ".bin")
    assert (other / ".lock").exists()
    folder.close()


def test_no_room_is_said_with_a_code(tmp_path: Path) -> None:
    """As an error of ours."""
    with pytest.raises(AppError, match="file-unwritable"):
        MediaFolder(tmp_path / "nowhere").keep(b"x", ".bin")
