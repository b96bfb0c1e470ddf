"""A file is its old content or its new, never half, whatever fails in between."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.store.files import remove_unfinished, set_aside, write_atomic

ROOT = Path(__file__).resolve().parents[3]


def failing(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_content_is_replaced_and_private(tmp_path: Path) -> None:
    """Old content gone, mode 0600 whatever the umask or the old mode, nothing else in the folder."""
    path = tmp_path / "record"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        write_atomic(path, b"new")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["record"]


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "os.open", "os.fdopen"])
def test_a_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A full disk at any step: the error is told, the old content is there, no temporary file remains."""
    path = tmp_path / "record"
    path.write_bytes(b"old")
    with monkeypatch.context() as broken:
        broken.setattr(step, failing)
        with pytest.raises(OSError, match="No space left"):
            write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["record"]


def test_a_first_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half file appears where there was none."""
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", failing)
        with pytest.raises(OSError, match="No space left"):
            write_atomic(tmp_path / "record", b"new")
    assert list(tmp_path.iterdir()) == []


def test_content_is_on_the_disk_before_the_name_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synced, renamed, folder synced: in that order, or a power cut could leave an empty file."""
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def watch_sync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append(f"sync {kind}")
        sync(descriptor)

    def watch_replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", watch_sync)
    monkeypatch.setattr(Path, "replace", watch_replace)
    write_atomic(tmp_path / "record", b"new")
    assert steps == ["sync file", "rename", "sync folder"]


def test_a_killed_writer_leaves_old_or_new(tmp_path: Path) -> None:
    """SIGKILL in the middle of a thousand rewrites never shows half a file."""
    path = tmp_path / "record"
    code = (
        "import pathlib, sys\n"
        "from core.store.files import write_atomic\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "for n in range(10_000):\n"
        "    write_atomic(path, str(n).encode() * 20_000)\n"
        "    n or print('first', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"first\n"
        seen = {path.read_bytes() for _ in range(50)}
        writer.kill()
    for content in (*seen, path.read_bytes()):
        assert re.fullmatch(rb"(\d+?)\1{19999}", content)


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """Once it can be no other's that still writes; and nothing else that lies there."""
    code = (
        "import os, pathlib, signal, sys\n"
        "from core.store.files import write_atomic\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomic(pathlib.Path(sys.argv[1]), b'new')\n"
    )
    writer = [sys.executable, "-c", code, str(tmp_path / "record")]
    assert subprocess.run(writer, cwd=ROOT, check=False).returncode == -9
    (left,) = tmp_path.iterdir()
    others = [tmp_path / name for name in (".record.tmp", "record.1.tmp", ".arrivals-1.jsonl.tmp")]
    for path in others:
        path.write_bytes(b"")
        os.utime(path, (0, 0))
    remove_unfinished(tmp_path)
    assert left.exists()
    os.utime(left, (time.time() - 61,) * 2)
    remove_unfinished(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
    remove_unfinished(tmp_path / "gone")


def test_a_missing_folder_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    """A deleted instance does not come back by a late write."""
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "gone" / "record", b"new")
    assert list(tmp_path.iterdir()) == []


def test_set_aside_keeps_every_copy(tmp_path: Path) -> None:
    """Damaged files of the same second get names of their own; none is overwritten."""
    path, kept = tmp_path / "instance.json", []
    for number in range(5):
        path.write_text(str(number))
        kept.append(set_aside(path))
        assert not path.exists()
    assert len(set(kept)) == 5
    assert all(re.fullmatch(r"instance\.json\.corrupt-\d{8}T\d{6}Z(-\d+)?", name) for name in kept)
    assert sorted((tmp_path / name).read_text() for name in kept) == list("01234")
