"""The folder of the sessions on real small disks: full, read-only, denied, gone, too open."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.hosting.checks import disk as probe
from core.hosting.checks.deadline import DeadlinePool
from core.hosting.checks.disk import disk_checks, disk_space, disk_write, inodes, permissions
from core.models.diagnostics import Check, SelfCheck, Verdict
from core.settings import ROOT
from tests.support.unprivileged import command_as_nobody, why_not

AS_ROOT = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root")
MountDisk = Callable[[str], Path]


def of(check: Check) -> tuple[Verdict, str]:
    return check.verdict, check.reason


@pytest.fixture
def mount_disk(tmp_path: Path) -> Iterator[MountDisk]:
    """Mounts a tmpfs with these options; all are gone with the test."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        where = tmp_path / f"disk-{len(mounted)}"
        where.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"{options},mode=700", "none", str(where)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("this machine does not let us mount")
        mounted.append(where)
        return where

    yield mount
    for where in mounted:
        subprocess.run(["umount", str(where)], check=True)


def test_a_sound_folder_is_good_and_left_as_it_was(tmp_path: Path) -> None:
    """The four checks in their order, with a time in milliseconds; nothing stays behind."""
    tmp_path.chmod(0o700)
    checks = disk_checks(tmp_path, DeadlinePool())
    assert [check.code for check in checks] == ["disk-write", "disk-space", "inodes", "permissions"]
    assert of(checks[0]) == (Verdict.GOOD, "")
    assert 0 < float(checks[0].value.removesuffix(" ms")) < 250
    assert checks[3].value == f"0700, uid {os.geteuid()}"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_told_by_each(tmp_path: Path) -> None:
    """Removed underneath, or never mounted."""
    found = {of(check) for check in disk_checks(tmp_path / "gone", DeadlinePool())}
    assert found == {(Verdict.BAD, "auth-dir-missing")}


@AS_ROOT
def test_a_disk_fills_up(mount_disk: MountDisk) -> None:
    """Warned of at 80 %, bad at 95 %, and when nothing goes in any more the write says so."""
    disk = mount_disk("size=4m")
    seen = []
    for number in range(64):
        seen.append(disk_space(disk))
        try:
            (disk / f"{number}").write_bytes(bytes(65_536))
        except OSError:
            break
    reasons = [check.reason for check in seen]
    assert list(dict.fromkeys(reasons)) == ["", "disk-80", "disk-95"]
    assert seen[0].value == "0% (0 B / 4.0 MB)"
    (disk / "rest").touch()
    assert of(disk_space(disk)) == (Verdict.BAD, "disk-95")
    assert of(disk_write(disk)) == (Verdict.BAD, "disk-full")
    assert not list(disk.glob(".*")), "a failed probe leaves nothing"
    (disk / "0").unlink()
    assert of(disk_write(disk)) == (Verdict.GOOD, "")


@AS_ROOT
def test_a_disk_runs_out_of_files(mount_disk: MountDisk) -> None:
    """Long before it runs out of room."""
    disk = mount_disk("size=4m,nr_inodes=100")
    reasons = []
    for number in range(97):
        reasons.append(inodes(disk).reason)
        (disk / f"{number}").touch()
    assert list(dict.fromkeys(reasons)) == ["", "inodes-80", "inodes-95"]
    assert of(disk_space(disk)) == (Verdict.GOOD, "")


@AS_ROOT
def test_a_disk_that_does_not_count_files_is_unknown(mount_disk: MountDisk) -> None:
    """btrfs is one; a tmpfs can be."""
    assert of(inodes(mount_disk("size=1m,nr_inodes=0"))) == (Verdict.UNKNOWN, "inodes-not-counted")


@AS_ROOT
def test_a_read_only_disk_is_told(mount_disk: MountDisk) -> None:
    """A disk with errors is remounted like this; what is on it can still be looked at."""
    disk = mount_disk("size=1m,ro")
    assert of(disk_write(disk)) == (Verdict.BAD, "auth-dir-read-only")
    assert of(permissions(disk)) == (Verdict.GOOD, "")


@AS_ROOT
def test_another_users_folder_is_denied_and_not_ours(tmp_path: Path) -> None:
    """Seen by a process that is not root: what Docker's root made, a native service cannot write."""
    if reason := why_not(ROOT, {"PATH": "/usr/bin:/bin"}):
        pytest.skip(reason)
    with_way = Path("/tmp") / f"probe-{os.getpid()}"
    with_way.mkdir(mode=0o755)
    try:
        code = (
            "import sys, pathlib\nfrom core.hosting.checks.disk import *\n"
            "folder = pathlib.Path(sys.argv[1])\n"
            "for check in (disk_write(folder), permissions(folder)): print(check.verdict, check.reason)"
        )
        done = subprocess.run(
            command_as_nobody([sys.executable, "-c", code, str(with_way)]),
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        with_way.rmdir()
    assert done.stdout.splitlines() == ["bad auth-dir-denied", "bad permissions-not-ours"]


@pytest.mark.parametrize(
    ("path", "mode", "label"),
    [
        (".", 0o755, ". 0755"),
        ("loja-segredo-k7m2xq", 0o750, "… 0750"),
        ("loja-segredo-k7m2xq/session.db", 0o644, "…/session.db 0644"),
    ],
)
def test_what_others_can_read_is_named_but_no_instance_is(
    tmp_path: Path, path: str, mode: int, label: str
) -> None:
    """An instance's folder carries its name, and the value goes into reports."""
    inner = tmp_path / "loja-segredo-k7m2xq"
    inner.mkdir(mode=0o700)
    (inner / "session.db").touch(mode=0o600)
    tmp_path.chmod(0o700)
    assert of(permissions(tmp_path)) == (Verdict.GOOD, "")
    (tmp_path / path).chmod(mode)
    check = permissions(tmp_path)
    assert of(check) == (Verdict.WARNING, "permissions-too-open")
    assert f"; 1: {label} uid" in check.value
    assert "segredo" not in check.value


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """What it leads to is not ours to judge."""
    tmp_path.chmod(0o700)
    (tmp_path / "link").symlink_to("/etc")
    assert of(permissions(tmp_path)) == (Verdict.GOOD, "")


def test_a_disk_that_hangs_costs_no_more_than_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call into a dead network disk never returns; here one that waits stands for it."""
    release = threading.Event()

    def hang(_folder: Path) -> Check:
        release.wait(30)
        return Check(SelfCheck.DISK_WRITE, Verdict.GOOD)

    monkeypatch.setattr(probe, "disk_write", hang)
    tmp_path.chmod(0o700)
    try:
        checks = disk_checks(tmp_path, DeadlinePool(timeout_s=0.3))
    finally:
        release.set()
    assert of(checks[0]) == (Verdict.BAD, "disk-hangs")
    assert of(checks[3]) == (Verdict.GOOD, "")
