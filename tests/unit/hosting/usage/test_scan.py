"""What lies under the folder of the sessions: every block once, nobody else's, whatever happens meanwhile."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hosting.usage.scan import Measured, disk_space, measure
from core.settings import ROOT

NAMES = ("session.db", "session.db-wal", "session.db-shm", "history.db", "instance.json", "worker.log")
MB = 1024 * 1024


def blocks(path: Path) -> int:
    """What `du` would say of this one entry."""
    return path.lstat().st_blocks * 512


def occupied(path: Path) -> int:
    """What `du` says of a tree without hard links."""
    return blocks(path) + sum(blocks(each) for each in path.rglob("*"))


def du(path: Path) -> int:
    """The system's own opinion, in bytes."""
    told = subprocess.run(
        ["du", "-s", "--block-size=1", str(path)], capture_output=True, text=True, check=True
    )
    return int(told.stdout.split()[0])


def fill(folder: Path, *, size: int = 5_000) -> Path:
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_bytes(b"x" * size)
    return folder


@pytest.mark.parametrize("by_descriptor", [True, False], ids=["posix", "as-on-windows"])
def test_each_part_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_descriptor: bool
) -> None:
    """Session with its log, timeline, the folder, the trash and the rest; together what du says."""
    monkeypatch.setattr("core.hosting.usage.scan._BY_DESCRIPTOR", by_descriptor)
    one, two = fill(tmp_path / "um-bcdfgh", size=50_000), fill(tmp_path / "dois-bcdfgh")
    trashed = fill(tmp_path / ".trash" / "velha-bcdfgh-1700000000", size=9_000)
    (tmp_path / "owner.lock").write_bytes(b"{}")
    (one / "session.db.corrupt-20260101T000000Z").write_bytes(b"x" * 7_000)
    found = measure(tmp_path)
    assert set(found.folders) == {one.name, two.name}
    first = found.folders[one.name]
    assert first.total_bytes == occupied(one)
    assert first.session_bytes == sum(blocks(path) for path in one.glob("session.db*"))
    assert first.history_bytes == blocks(one / "history.db") > 0
    assert found.folders[two.name].total_bytes == occupied(two)
    assert found.trash_bytes == occupied(trashed.parent)
    assert found.other_bytes == blocks(tmp_path) + blocks(tmp_path / "owner.lock")
    assert found.total_bytes == du(tmp_path)
    assert (dict(found.unreadable), found.elsewhere) == ({}, 0)


def test_the_newest_write_is_that_of_a_file_of_ours(tmp_path: Path) -> None:
    """Not of the shared-memory file, which changes when somebody reads."""
    folder = fill(tmp_path / "loja-bcdfgh")
    for name in NAMES:
        os.utime(folder / name, (1_000, 1_000))
    os.utime(folder / "history.db", (2_000, 2_000.5))
    os.utime(folder / "session.db-shm", (3_000, 3_000))
    assert measure(tmp_path).folders["loja-bcdfgh"].last_write == 2_000.5


def test_an_empty_folder_was_never_written(tmp_path: Path) -> None:
    """None, not the epoch."""
    (tmp_path / "loja-bcdfgh").mkdir()
    assert measure(tmp_path).folders["loja-bcdfgh"].last_write is None


def test_holes_cost_nothing(tmp_path: Path) -> None:
    """A file of 64 MB with one block written counts as that block."""
    folder = fill(tmp_path / "loja-bcdfgh")
    with (folder / "session.db").open("r+b") as file:
        file.seek(64 * MB)
        file.write(b"x" * 4096)
    usage = measure(tmp_path).folders["loja-bcdfgh"]
    assert usage.session_bytes < MB
    assert usage.total_bytes == occupied(folder)


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    """Wherever the names are; with the first of them."""
    first, second = fill(tmp_path / "a-bcdfgh"), fill(tmp_path / "b-bcdfgh")
    (first / "session.db").write_bytes(b"x" * MB)
    (second / "session.db").unlink()
    os.link(first / "session.db", second / "session.db")
    os.link(first / "session.db", tmp_path / "backup")
    found = measure(tmp_path)
    assert found.folders["a-bcdfgh"].session_bytes >= MB > found.folders["b-bcdfgh"].session_bytes
    assert found.total_bytes == du(tmp_path)


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Neither one to a big file, nor one to a folder, nor one to itself; as an instance or inside one."""
    outside = fill(tmp_path / "outside", size=3 * MB)
    auth = tmp_path / "auth"
    folder = fill(auth / "loja-bcdfgh")
    (auth / "link-bcdfgh").symlink_to(outside)
    (auth / ".trash").symlink_to(outside)
    (folder / "more").symlink_to(outside)
    (folder / "loop").symlink_to(auth)
    (folder / "session.db.old").symlink_to(outside / "session.db")
    found = measure(auth)
    assert set(found.folders) == {"loja-bcdfgh"}
    assert found.total_bytes == occupied(auth) < MB
    assert found.unreadable == {}


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between being listed and being entered: it counts as gone. (The listing here sees a folder.)"""
    outside = fill(tmp_path / "outside", size=3 * MB)
    (tmp_path / "auth").mkdir()
    (tmp_path / "auth" / "link-bcdfgh").symlink_to(outside)
    monkeypatch.setattr("core.hosting.usage.scan._Scan.is_folder", lambda _self, entry: entry.is_dir())
    found = measure(tmp_path / "auth")
    assert (dict(found.folders), dict(found.unreadable)) == ({}, {})
    assert found.total_bytes < MB


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """A mounted disk often is one."""
    folder = fill(tmp_path / "disk" / "loja-bcdfgh")
    (tmp_path / "auth").symlink_to(tmp_path / "disk")
    assert measure(tmp_path / "auth").folders["loja-bcdfgh"].total_bytes == occupied(folder)


def test_strange_entries_are_counted_and_harm_nothing(tmp_path: Path) -> None:
    """Pipes, names that are no text, folders in folders, an instance's name on a file."""
    folder = fill(tmp_path / "loja-bcdfgh")
    os.mkfifo(folder / "pipe")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_bytes(b"x" * 10_000)
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "deeper" / "session.db").write_bytes(b"x" * MB)
    (tmp_path / "arquivo-bcdfgh").write_bytes(b"x")
    found = measure(tmp_path)
    assert found.folders["loja-bcdfgh"].session_bytes < MB, "only its own session.db is the session"
    assert set(found.folders) == {"loja-bcdfgh"}
    assert found.total_bytes == du(tmp_path)


def test_a_bottomless_folder_ends_somewhere(tmp_path: Path) -> None:
    """No descriptors without end: what lies too deep is told by its code."""
    (tmp_path / "loja-bcdfgh" / "/".join("d" * 60)).mkdir(parents=True)
    found = measure(tmp_path)
    assert found.unreadable == {"too-deep": 1}


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """As another user, who may not look into one of two: one error, by its name. The system's own is none."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder that this test may not read")
    with tempfile.TemporaryDirectory() as name:
        auth = Path(name)
        fill(auth / "aberta-bcdfgh")
        fill(auth / "fechada-bcdfgh").chmod(0o700)
        (auth / "lost+found").mkdir(mode=0o700)
        auth.chmod(0o755)
        (auth / "aberta-bcdfgh").chmod(0o755)
        code = (
            "import json, sys, pathlib; from core.hosting.usage.scan import measure;"
            "import os; os.setgid(65534); os.setuid(65534);"
            "m = measure(pathlib.Path(sys.argv[1]));"
            "print(json.dumps([sorted(m.folders), m.unreadable, m.total_bytes]))"
        )
        told = subprocess.run(
            [sys.executable, "-c", code, name], cwd=ROOT, capture_output=True, text=True, check=True
        )
        folders, unreadable, total = json.loads(told.stdout)
        assert (folders, unreadable) == (["aberta-bcdfgh"], {"EACCES": 1})
        expected = blocks(auth) + occupied(auth / "aberta-bcdfgh") + blocks(auth / "lost+found")
        assert total == expected


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_bytes(b"")])
def test_without_a_folder_there_is_no_figure(tmp_path: Path, make: object) -> None:
    """Not zero bytes, which would look like a loss of everything."""
    make(tmp_path / "auth")  # type: ignore[operator]
    with pytest.raises(OSError, match="auth"):
        measure(tmp_path / "auth")


@contextmanager
def churning(auth: Path) -> Iterator[None]:
    """Another thread that makes and deletes whole instances for as long as the block lasts."""
    done, started = threading.Event(), threading.Event()

    def churn() -> None:
        number = 0
        while not done.is_set():
            folder = fill(auth / f"nova-{number % 20}", size=100)
            started.set()
            for name in NAMES:
                (folder / name).unlink()
            (folder / "instance.json").symlink_to(auth)
            shutil.rmtree(folder)
            number += 1

    other = threading.Thread(target=churn)
    other.start()
    try:
        assert started.wait(5)
        yield
    finally:
        done.set()
        other.join()


def test_files_that_vanish_meanwhile_are_no_error(tmp_path: Path) -> None:
    """Two hundred measurements beside a thread that deletes: what stays is counted the same each time."""
    staying = fill(tmp_path / "loja-bcdfgh")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with churning(tmp_path):
        found: list[Measured] = [measure(tmp_path) for _ in range(200)]
    assert {each.folders["loja-bcdfgh"].total_bytes for each in found} == {occupied(staying)}
    assert [each.unreadable for each in found if each.unreadable] == []
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["", "a-b", "c-d", ".trash/a-b-1700000000", ".trash", "Other", "a-b/sub"]),
            st.sampled_from([*NAMES, "x"]),
        ),
        st.integers(0, 60_000),
    )
)
def test_the_parts_are_the_whole(files: dict[tuple[str, str], int]) -> None:
    """Whatever lies where: the sum is what du says, and no part is larger than its whole."""
    with tempfile.TemporaryDirectory() as name:
        auth = Path(name)
        for (folder, file), size in files.items():
            (auth / folder).mkdir(parents=True, exist_ok=True)
            (auth / folder / file).write_bytes(b"x" * size)
        found = measure(auth)
        assert found.total_bytes == du(auth)
        for each in found.folders.values():
            assert 0 <= each.session_bytes + each.history_bytes <= each.total_bytes


def test_the_disk_is_the_one_that_holds_the_folder(tmp_path: Path) -> None:
    """As `df` says: the size whole, and what an ordinary user may still write."""
    space = disk_space(tmp_path)
    total, _, _ = shutil.disk_usage(tmp_path)
    assert space.size_bytes == total
    assert 0 < space.free_bytes < total
    assert 0 <= space.free_inodes <= space.inodes


def test_a_disk_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """Not a disk without room."""
    with pytest.raises(FileNotFoundError) as caught:
        disk_space(tmp_path / "gone")
    assert caught.value.errno == errno.ENOENT
