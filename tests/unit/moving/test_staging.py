"""Folders in which sessions are prepared: put in place in one step, and never left behind."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.moving import staging
from core.store.layout import instance_ids

ID = "loja-k7m2xq"


def test_what_was_not_put_in_place_is_erased(tmp_path: Path) -> None:
    """However the preparation ends; meanwhile it is private and no instance."""
    with contextlib.suppress(RuntimeError), staging.staging_folder(tmp_path) as folder:
        (folder / "session.db").write_bytes(b"keys")
        assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
        assert staging.is_staged(tmp_path, folder)
        assert instance_ids(tmp_path) == []
        raise RuntimeError
    assert list((tmp_path / staging.STAGING_DIR).iterdir()) == []


def test_what_is_whole_is_put_in_place(tmp_path: Path) -> None:
    """It is an instance then, and the end of the preparation leaves it alone."""
    with staging.staging_folder(tmp_path) as folder:
        (folder / "session.db").write_bytes(b"keys")
        staging.put_in_place(folder, tmp_path, ID)
        assert not staging.is_staged(tmp_path, folder)
    assert instance_ids(tmp_path) == [ID]


def test_nothing_is_replaced(tmp_path: Path) -> None:
    """Not even an empty folder, which renaming would replace without a word."""
    (tmp_path / ID).mkdir()
    with staging.staging_folder(tmp_path) as folder:
        with pytest.raises(FileExistsError):
            staging.put_in_place(folder, tmp_path, ID)
        assert folder.exists()


def test_only_what_is_named_is_kept(tmp_path: Path) -> None:
    """No link out of the folder, no folder, no other file; the others' targets are untouched."""
    outside = tmp_path / "outside"
    outside.write_text("not ours")
    with staging.staging_folder(tmp_path) as folder:
        (folder / "session.db").write_bytes(b"keys")
        (folder / "session.db").chmod(0o644)
        (folder / "other").write_text("x")
        (folder / "history.db").symlink_to(outside)
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
        (folder / "link").symlink_to(tmp_path)
        staging.keep_only(folder, ("session.db", "history.db"))
        assert [path.name for path in folder.iterdir()] == ["session.db"]
        assert (folder / "session.db").stat().st_mode & 0o777 == 0o600
    assert outside.read_text() == "not ours"


def test_leftovers_are_swept(tmp_path: Path) -> None:
    """What a process left that ended in the middle, files and links too."""
    staging.sweep(tmp_path)
    left = tmp_path / staging.STAGING_DIR
    (left / "1").mkdir(parents=True)
    (left / "1" / "session.db").write_bytes(b"keys")
    (left / "upload").write_text("x")
    (left / "link").symlink_to(tmp_path)
    staging.sweep(tmp_path)
    assert list(left.iterdir()) == []
    assert tmp_path.is_dir()


def test_a_folder_of_anywhere_else_is_none_of_them(tmp_path: Path) -> None:
    """Only what lies on the disk of the sessions can be put in its place in one step."""
    (tmp_path / staging.STAGING_DIR).mkdir()
    (tmp_path / staging.STAGING_DIR / "link").symlink_to(tmp_path)
    (tmp_path / staging.STAGING_DIR / "1" / "0").mkdir(parents=True)
    assert staging.is_staged(tmp_path, tmp_path / staging.STAGING_DIR / "1" / "0")
    assert not staging.is_staged(tmp_path, tmp_path / staging.STAGING_DIR / "1" / ".." / "..")
    assert not staging.is_staged(tmp_path, tmp_path / staging.STAGING_DIR)
    assert not staging.is_staged(tmp_path, tmp_path / staging.STAGING_DIR / "link" / staging.STAGING_DIR)
    assert not staging.is_staged(tmp_path, tmp_path)
    assert not staging.is_staged(tmp_path, tmp_path / staging.STAGING_DIR / "link")


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    """As every other trouble with it."""
    (tmp_path / staging.STAGING_DIR).write_text("a file")
    with pytest.raises(StorageUnavailableError), staging.staging_folder(tmp_path):
        pass
