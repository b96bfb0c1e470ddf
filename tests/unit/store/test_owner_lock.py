"""One owner of AUTH_DIR, and plain words when it cannot be owned."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import StorageUnavailableError
from core.store.owner_lock import OwnerLock, is_owned
from tests.support.polling import eventually

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

_HOLDER = """
import pathlib, subprocess, sys
from core.store.owner_lock import OwnerLock
lock = OwnerLock(pathlib.Path(sys.argv[1]))
if "heir" in sys.argv:
    heir = subprocess.Popen(["sleep", "60"], pass_fds=[lock.descriptor])
    print(heir.pid, flush=True)
else:
    print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def holder(auth_dir: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that owns the folder, and the line it printed; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(auth_dir), *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def refusal(auth_dir: Path) -> StorageUnavailableError:
    """What an attempt to own the folder is refused with; nothing stays open afterwards."""
    before = open_files()
    with pytest.raises(StorageUnavailableError) as caught:
        OwnerLock(auth_dir)
    assert open_files() <= before
    return caught.value


def open_files() -> int:
    return int(psutil.Process().num_fds()) if hasattr(psutil.Process, "num_fds") else 0


def test_missing_folders_are_made_private(tmp_path: Path) -> None:
    """The first start needs no preparation; parents are made, the folder itself is 0700, the lock 0600."""
    auth_dir = tmp_path / "a" / "b" / "auth"
    lock = OwnerLock(auth_dir)
    assert stat.S_IMODE(auth_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((auth_dir / "owner.lock").stat().st_mode) == 0o600
    assert [path.name for path in auth_dir.iterdir()] == ["owner.lock"], "no probe is left"
    lock.release()


def test_the_lock_says_who_holds_it(tmp_path: Path) -> None:
    """Process id, host and time, for whoever finds the folder taken."""
    lock = OwnerLock(tmp_path)
    card = json.loads((tmp_path / "owner.lock").read_bytes())
    assert card["pid"] == os.getpid()
    assert set(card) == {"pid", "host", "since"}
    lock.release()


def test_a_second_process_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    """Two owners would throw each other off WhatsApp; free again as soon as the first is gone, however."""
    with holder(tmp_path) as (process, _):
        error = refusal(tmp_path)
        assert error.code == "auth-dir-locked"
        assert error.detail.startswith(f"pid {process.pid}, ")
        assert refusal(tmp_path).detail == error.detail, "a refused attempt does not touch the card"
        process.kill()
        process.wait()
        OwnerLock(tmp_path).release()


def test_the_same_process_cannot_own_it_twice(tmp_path: Path) -> None:
    """A second registry in one process is refused like any other."""
    lock = OwnerLock(tmp_path)
    assert refusal(tmp_path).code == "auth-dir-locked"
    lock.release()
    lock.release()
    assert lock.descriptor == -1
    OwnerLock(tmp_path).release()


def test_an_heir_keeps_the_folder_until_it_is_gone(tmp_path: Path) -> None:
    """A worker that outlives its parent for a moment still uses the session: nobody else may open it."""
    with holder(tmp_path, "heir") as (process, pid):
        heir = psutil.Process(int(pid))
        try:
            process.kill()
            process.wait()
            assert refusal(tmp_path).code == "auth-dir-locked"
        finally:
            heir.kill()
        eventually(lambda: taken(tmp_path), timeout=5, seen=lambda: "still locked").release()


def taken(auth_dir: Path) -> OwnerLock | None:
    try:
        return OwnerLock(auth_dir)
    except StorageUnavailableError:
        return None


@pytest.mark.parametrize(
    "garbage", [b"", b"\0\xff", b"{}", b"[]", b"null", b'{"pid":"x","host":1}', b"[" * 100_000]
)
def test_an_old_lock_file_is_no_obstacle(tmp_path: Path, garbage: bytes) -> None:
    """Only the lock counts, not what a crash left in the file; while it is held, garbage is just no name."""
    (tmp_path / "owner.lock").write_bytes(garbage)
    lock = OwnerLock(tmp_path)
    assert json.loads((tmp_path / "owner.lock").read_bytes())["pid"] == os.getpid()
    (tmp_path / "owner.lock").write_bytes(garbage)
    error = refusal(tmp_path)
    assert (error.code, error.detail) == ("auth-dir-locked", "")
    lock.release()


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    """The file stays as it is."""
    (tmp_path / "auth").write_text("mine")
    assert refusal(tmp_path / "auth").code == "auth-dir-not-a-folder"
    assert (tmp_path / "auth").read_text() == "mine"


def test_a_file_in_the_place_of_a_parent_is_told(tmp_path: Path) -> None:
    """Also when the folder could never be made."""
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "auth").code == "auth-dir-not-a-folder"


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    """A mount that is not there yet, for example."""
    (tmp_path / "auth").symlink_to(tmp_path / "unmounted")
    assert refusal(tmp_path / "auth").code == "auth-dir-not-a-folder"


def test_a_link_to_a_folder_is_fine(tmp_path: Path) -> None:
    """A mounted folder may be a link and stays one."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "auth").symlink_to(tmp_path / "disk")
    OwnerLock(tmp_path / "auth").release()
    assert (tmp_path / "auth").is_symlink()


def test_a_name_that_no_disk_can_hold_is_told(tmp_path: Path) -> None:
    """No error of the system comes through untranslated."""
    assert refusal(tmp_path / ("x" * 300)).code == "auth-dir-error"


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere; the next test is root's")
def test_a_folder_without_the_right_to_write_is_told(tmp_path: Path) -> None:
    """Both: one that exists, and one that would have to be made in it."""
    tmp_path.chmod(0o500)
    try:
        assert refusal(tmp_path).code == "auth-dir-denied"
        assert refusal(tmp_path / "auth").code == "auth-dir-denied"
    finally:
        tmp_path.chmod(0o700)


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system mounted read-only, with a folder and a lock file in it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if not AS_ROOT or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting needs root")
    try:
        (disk / "auth").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_read_only_disk_is_told(read_only_disk: Path) -> None:
    """With the folder there, with the folder missing, and with an old lock file in it."""
    assert refusal(read_only_disk / "auth").code == "auth-dir-read-only"
    assert refusal(read_only_disk / "missing").code == "auth-dir-read-only"


def test_a_full_disk_is_told(read_only_disk: Path) -> None:
    """Creating files works, writing into them does not: found before a session would need it.

    The lock file of the last run has its place already, so taking the lock alone would not notice.
    """
    subprocess.run(["mount", "-o", "remount,rw", str(read_only_disk)], check=True)
    OwnerLock(read_only_disk / "auth").release()
    with contextlib.suppress(OSError), (read_only_disk / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(b"x" * 4096):
            pass
    error = refusal(read_only_disk / "auth")
    assert error.code == "disk-full"
    assert not list((read_only_disk / "auth").glob(".*")), "no probe is left on the full disk"


def test_whether_a_process_owns_the_folder_can_be_asked(tmp_path: Path) -> None:
    """Without taking or changing anything; a folder that was never used belongs to nobody."""
    assert not is_owned(tmp_path)
    assert not is_owned(tmp_path / "none")
    lock = OwnerLock(tmp_path)
    card = (tmp_path / "owner.lock").read_bytes()
    assert is_owned(tmp_path)
    lock.release()
    assert not is_owned(tmp_path)
    assert (tmp_path / "owner.lock").read_bytes() == card
    OwnerLock(tmp_path).release()
