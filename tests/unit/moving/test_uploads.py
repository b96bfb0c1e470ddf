"""Uploads on the disk: private, few, and gone soon."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import disk_room
from core.moving.staging import STAGING_DIR
from core.moving.uploads import MOST_AT_ONCE, KeptUploads
from tests.support.polling import eventually


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[KeptUploads]:
    """Uploads below `tmp_path`."""
    made = KeptUploads(tmp_path)
    yield made
    made.close()


def _keep(kept: KeptUploads, data: bytes) -> str:
    return kept.keep(io.BytesIO(data), size=len(data))


def _path(kept: KeptUploads, name: str) -> Path | None:
    with kept.reading(name) as path:
        return path


def _there(auth_dir: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):  # one is just being erased
        return [path for path in (auth_dir / STAGING_DIR).rglob("*") if path.is_file()]
    return []


def test_an_upload_is_private_and_found_by_its_name(kept: KeptUploads, tmp_path: Path) -> None:
    """Until it is erased; then nothing of it is left."""
    name = _keep(kept, b"session")
    path = _path(kept, name)
    assert path is not None
    assert path.read_bytes() == b"session"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    kept.erase(name)
    kept.erase(name)
    assert _path(kept, name) is None
    assert list((tmp_path / STAGING_DIR).iterdir()) == []


def test_a_backup_of_the_operators_own_is_kept_piece_by_piece(kept: KeptUploads, tmp_path: Path) -> None:
    """And known as one, unlike an upload; a place that breaks off leaves nothing."""
    name = kept.keep_own(6, iter([b"abc", b"def"]))
    path = _path(kept, name)
    assert path is not None
    assert path.read_bytes() == b"abcdef"
    assert [kept.is_own(each) for each in (name, _keep(kept, b"x"), "0" * 16)] == [True, False, False]

    def breaks_off() -> Iterator[bytes]:
        yield b"abc"
        raise RuntimeError("gone")

    there = len(_there(tmp_path))
    with pytest.raises(RuntimeError):
        kept.keep_own(6, breaks_off())
    assert len(_there(tmp_path)) == there


def test_a_large_one_is_not_begun_without_room(kept: KeptUploads, tmp_path: Path) -> None:
    """Nothing of it is fetched."""
    asked: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        asked.append(b"x")
        yield b"x"

    with pytest.raises(MoveRefusedError) as refused:
        kept.keep_own(shutil.disk_usage(tmp_path).free, pieces())
    assert refused.value.code == MoveCode.DISK_FULL
    assert asked == []
    assert _there(tmp_path) == []


def test_only_a_name_that_was_given_finds_something(kept: KeptUploads) -> None:
    """A path is no name."""
    _keep(kept, b"x")
    for name in ("", ".", "..", "../upload", "0" * 16):
        assert _path(kept, name) is None


def test_what_is_not_asked_about_is_erased(tmp_path: Path) -> None:
    """A page that was closed leaves a session behind, for a while only."""
    kept = KeptUploads(tmp_path, kept_s=0.05)
    first = _keep(kept, b"x")
    _keep(kept, b"y")
    eventually(lambda: not _there(tmp_path), timeout=5, seen=lambda: _there(tmp_path))
    assert _path(kept, first) is None
    kept.close()


def test_a_question_keeps_it_on(tmp_path: Path) -> None:
    """Somebody is looking at it."""
    kept = KeptUploads(tmp_path, kept_s=1.0)
    asked, left = _keep(kept, b"x"), _keep(kept, b"y")
    eventually(
        lambda: _path(kept, asked) is not None and len(_there(tmp_path)) == 1, timeout=5, seen=lambda: ""
    )
    assert _path(kept, asked) is not None
    assert _path(kept, left) is None
    kept.close()


def test_the_oldest_makes_room(kept: KeptUploads, tmp_path: Path) -> None:
    """They do not fill the disk, however many are begun."""
    names = [_keep(kept, b"x") for _ in range(MOST_AT_ONCE + 1)]
    assert _path(kept, names[0]) is None
    assert all(_path(kept, name) for name in names[1:])
    assert len(_there(tmp_path)) == MOST_AT_ONCE


def test_what_is_being_read_makes_no_room(kept: KeptUploads) -> None:
    """Another visitor waits for the answer; the oldest of the others goes, and none where all are read."""
    first, *others = [_keep(kept, b"x") for _ in range(MOST_AT_ONCE)]
    with kept.reading(first) as path:
        assert path is not None
        _keep(kept, b"y")
        assert path.exists()
        assert _path(kept, others[0]) is None
    with ExitStack() as stack:
        names = list(kept._kept)
        paths = [stack.enter_context(kept.reading(name)) for name in names]
        more = _keep(kept, b"z")
        assert all(path and path.exists() for path in paths)
        assert _path(kept, more) is not None
    _keep(kept, b"a")
    assert len(kept._kept) == MOST_AT_ONCE


def test_what_is_being_read_does_not_become_old(tmp_path: Path) -> None:
    """However long it takes; afterwards it does."""
    kept = KeptUploads(tmp_path, kept_s=0.05)
    read, left = _keep(kept, b"x"), _keep(kept, b"y")
    with kept.reading(read) as path:
        eventually(lambda: left not in kept._kept, timeout=5, seen=lambda: list(kept._kept))
        assert path is not None
        assert path.exists()
    eventually(lambda: not _there(tmp_path), timeout=5, seen=lambda: _there(tmp_path))
    kept.close()


def test_what_is_erased_in_the_middle_of_a_question_goes_after_it(kept: KeptUploads, tmp_path: Path) -> None:
    """Its page was left, and what was begun goes on; the last reader takes it away, and so does the end."""
    name, other = _keep(kept, b"x"), _keep(kept, b"y")
    with kept.reading(name) as path, kept.reading(name):
        kept.erase(name)
        assert path is not None
        assert path.exists()
        with kept.reading(name) as again:
            assert again == path
        assert path.exists()
    assert _path(kept, name) is None
    assert len(_there(tmp_path)) == 1
    with kept.reading(other):
        kept.erase(other)
        kept.close()
        assert _there(tmp_path) == []


def test_an_upload_is_not_copied_in_memory(kept: KeptUploads) -> None:
    """It lies there once already, as large as it may be."""
    file = io.BytesIO(os.urandom(24 << 20))
    tracemalloc.start()
    try:
        kept.keep(file, size=24 << 20)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 << 20


def test_without_room_nothing_is_written(
    kept: KeptUploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instances need what is left for themselves."""
    monkeypatch.setattr(disk_room, "LEFT_FREE", shutil.disk_usage(tmp_path).total)
    with pytest.raises(MoveRefusedError) as refused:
        _keep(kept, b"x")
    assert refused.value.code == MoveCode.DISK_FULL
    assert _there(tmp_path) == []


def test_a_write_that_fails_leaves_nothing(
    kept: KeptUploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may fill up in the middle."""

    def fail(descriptor: int, *_: object) -> int:
        os.close(descriptor)
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr("core.moving.uploads.os.fdopen", fail)
        with pytest.raises(MoveRefusedError) as refused:
            _keep(kept, b"x")
    assert refused.value.code == MoveCode.DISK_FULL
    assert list((tmp_path / STAGING_DIR).iterdir()) == []


def test_closing_erases_everything(kept: KeptUploads, tmp_path: Path) -> None:
    """With the process, and as often as one likes."""
    _keep(kept, b"x")
    kept.close()
    kept.close()
    assert _there(tmp_path) == []
