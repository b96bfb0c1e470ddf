"""Whether the path still leads to the folder that is owned, and whether anything can be written there."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.store import storage_health
from core.store.owner_lock import LOCK_FILE, OwnerLock

ID = "loja-k7m2xq"


@pytest.fixture
def auth_dir(tmp_path: Path) -> Path:
    return tmp_path / "auth"


@pytest.fixture
def owner(auth_dir: Path) -> Iterator[OwnerLock]:
    """Owns the folder, in which one instance lies."""
    lock = OwnerLock(auth_dir)
    (auth_dir / ID).mkdir()
    (auth_dir / ID / "instance.json").write_text("{}")
    yield lock
    lock.release()


def code_of_same(owner: OwnerLock, auth_dir: Path) -> str:
    try:
        storage_health.require_same(owner, auth_dir)
    except StorageUnavailableError as error:
        return error.code
    return ""


def test_the_owned_folder_is_the_same_one(owner: OwnerLock, auth_dir: Path) -> None:
    """Also after it was moved away and back; not while it is away."""
    assert code_of_same(owner, auth_dir) == ""
    away = auth_dir.rename(auth_dir.with_name("away"))
    assert code_of_same(owner, auth_dir) == "auth-dir-gone"
    away.rename(auth_dir)
    assert code_of_same(owner, auth_dir) == ""


@pytest.mark.parametrize("lock", [None, "", "a copy"])
def test_another_folder_is_not_taken_for_it(owner: OwnerLock, auth_dir: Path, lock: str | None) -> None:
    """Empty, with another lock, or with a copy of ours: not the file that we hold."""
    auth_dir.rename(auth_dir.with_name("away"))
    auth_dir.mkdir()
    if lock is not None:
        (auth_dir / LOCK_FILE).write_bytes(owner.content if lock else b"")
    assert code_of_same(owner, auth_dir) == "auth-dir-replaced"


def test_a_released_lock_owns_nothing(owner: OwnerLock, auth_dir: Path) -> None:
    """Between two owners nobody may write."""
    owner.release()
    assert code_of_same(owner, auth_dir) == "auth-dir-replaced"


def test_it_came_back_when_it_says_what_we_wrote(owner: OwnerLock, auth_dir: Path) -> None:
    """A copy from a backup, with our card in its lock; or without a lock, but with one of the instances."""
    assert storage_health.is_same_folder_again(owner, auth_dir, [ID])
    (auth_dir / LOCK_FILE).unlink()
    assert storage_health.is_same_folder_again(owner, auth_dir, [ID, "outra-bbbbbb"])
    assert not storage_health.is_same_folder_again(owner, auth_dir, ["outra-bbbbbb"])
    (auth_dir / LOCK_FILE).write_text("somebody else")
    assert not storage_health.is_same_folder_again(owner, auth_dir, [ID])


def test_whoever_has_nothing_can_lose_nothing(owner: OwnerLock, auth_dir: Path, tmp_path: Path) -> None:
    """Without instances any folder will do; none at all will not."""
    (auth_dir / LOCK_FILE).write_text("somebody else")
    assert storage_health.is_same_folder_again(owner, auth_dir, [])
    assert not storage_health.is_same_folder_again(owner, tmp_path / "nothing", [])


def test_room_is_tried_and_nothing_is_left(owner: OwnerLock, auth_dir: Path) -> None:
    """A file without a name, or with one that goes again."""
    before = sorted(auth_dir.iterdir())
    storage_health.require_room(auth_dir, storage_health.ROOMY_BYTES)
    assert sorted(auth_dir.iterdir()) == before


def test_room_is_tried_where_every_file_has_a_name(
    owner: OwnerLock, auth_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems know no unnamed ones."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    before = sorted(auth_dir.iterdir())
    storage_health.require_room(auth_dir, storage_health.ENOUGH_BYTES)
    assert sorted(auth_dir.iterdir()) == before


def test_room_in_a_folder_that_is_none(tmp_path: Path) -> None:
    """A file or nothing in its place is told, never a crash."""
    (tmp_path / "file").write_text("mine")
    for name in ("file", "nothing"):
        with pytest.raises(StorageUnavailableError):
            storage_health.require_room(tmp_path / name, 1)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_process_without_descriptors_is_no_full_disk(owner: OwnerLock, auth_dir: Path) -> None:
    """It would take every instance offline for a shortage that is ours."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        storage_health.require_room(auth_dir, storage_health.ENOUGH_BYTES)
        storage_health.require_same(owner, auth_dir)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
