"""The guide's live checks: each tells its own trouble, in a stable order, and none of another's."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.hosting.checks.deadline import DeadlinePool
from core.hosting.persistence import folder_checks
from core.hosting.persistence.host import Host
from core.hosting.persistence.mounts import parse_mountinfo
from core.hosting.persistence.start_recorder import StartRecorder
from core.models.diagnostics import Check, Verdict
from core.models.instance import InstanceRecord, InstanceState, InstanceView
from core.models.persistence import GuideCheck, HostKind
from core.models.storage import StorageView
from core.services import persistence
from core.settings import Settings
from tests.unit.hosting import mount_tables as tables
from tests.unit.services.conftest import view

GUIDE = (
    *("disk-attached", "mounted-where", "auth-dir-set", "auth-dir-on-disk"),
    *("writable", "redeployed", "sessions-restored"),
)
LOST = (
    *("mounted-where", "auth-dir-set", "auth-dir-on-disk", "path-in-use"),
    *("marker-kept", "sessions-restored", "unlinked-by-phone", "single-owner"),
)
PERMISSION = ("folder-exists", "folder-owner", "mount-writable", "mount-path", "disk-room", "writable")


@dataclass
class Place:
    """A folder on a made-up host; the folder is real."""

    auth_dir: Path
    kind: HostKind = HostKind.RENDER
    table: str | None = None
    as_given: str | None = None
    default_is_lost: bool = False
    machine: str = "m1"
    opened: bool = True
    storage: StorageView = StorageView("", ready=True)  # noqa: RUF009  # frozen
    views: tuple[InstanceView, ...] = ()
    linked: int = 0
    checks: DeadlinePool | None = None

    def ask(
        self, question: Callable[[], tuple[Check, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> dict[str, Check]:
        """One start of a process there, and its answers by code."""
        given = str(self.auth_dir) if self.as_given is None else self.as_given
        settings = Settings(self.auth_dir, self.default_is_lost, "en", "INFO", 50, auth_dir_as_given=given)
        table = self.on_disk() if self.table is None else self.table
        mounts = None if table == "none" else parse_mountinfo(table)
        start_recorder = StartRecorder(settings, Host(self.kind, self.machine, ""), mounts=lambda: mounts)
        if self.opened:
            self.auth_dir.mkdir(exist_ok=True)
            for number in range(self.linked):
                (self.auth_dir / f"i-{number}").mkdir(exist_ok=True)
                (self.auth_dir / f"i-{number}" / "instance.json").touch()
            start_recorder.record(
                [InstanceRecord(f"i-{n}", "x", 1.0, True, linked=True) for n in range(self.linked)]
            )
        registry = SimpleNamespace(storage=lambda: self.storage, views=lambda: self.views)
        runtime = SimpleNamespace(
            settings=settings,
            registry=registry,
            start_recorder=start_recorder,
            checks=self.checks or DeadlinePool(),
        )
        monkeypatch.setattr(persistence, "current", lambda: runtime)
        answers = question()
        return {check.code: check for check in answers}

    def on_disk(self) -> str:
        """A table with a disk at the folder's parent."""
        point = str(self.auth_dir.parent).replace(" ", "\\040")
        return tables.RENDER_WITHOUT_DISK + f"60 1 259:3 / {point} rw - fuse.disk /dev/disk rw\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "auth")


def test_all_is_well_after_a_deploy_that_restored(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step good, in the guide's order, each with what was measured."""
    place.linked = 2
    place.ask(persistence.guide, monkeypatch)
    place.machine = "m2"
    checks = place.ask(persistence.guide, monkeypatch)
    assert tuple(checks) == GUIDE
    assert {check.verdict for check in checks.values()} == {Verdict.GOOD}
    assert {check.reason for check in checks.values()} == {""}
    where = str(place.auth_dir.parent)
    assert [checks[code].value for code in GUIDE if code != "writable"] == [
        *("fuse.disk /dev/disk", where, str(place.auth_dir), where, "1", "2")
    ]
    assert re.fullmatch(r"\d+\.\d ms", checks["writable"].value)
    assert not list(place.auth_dir.glob("*probe*"))
    lost = place.ask(persistence.lost_sessions_checks, monkeypatch)
    assert (tuple(lost), {check.verdict for check in lost.values()}) == (LOST, {Verdict.GOOD})
    rights = place.ask(persistence.permission_checks, monkeypatch)
    assert (tuple(rights), {check.verdict for check in rights.values()}) == (PERMISSION, {Verdict.GOOD})


def test_a_first_start_is_told_apart_from_trouble(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was redeployed yet and nothing could be restored: no bad verdict, no good one either."""
    checks = place.ask(persistence.guide, monkeypatch)
    assert reasons(checks) == {"redeployed": "not-redeployed", "sessions-restored": "folder-empty"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", checks["sessions-restored"].value)
    place.views = (view(),)
    assert reasons(place.ask(persistence.guide, monkeypatch)) == {
        "redeployed": "restarts-only",
        "sessions-restored": "nothing-to-restore",
    }


@pytest.mark.parametrize(
    ("kind", "table", "given", "lost_default", "expected"),
    [
        (
            HostKind.RENDER,
            tables.RENDER_WITHOUT_DISK,
            None,
            False,
            {
                "disk-attached": "no-disk",
                "mounted-where": "no-disk",
                "auth-dir-on-disk": "covered-by-root",
                "redeployed": "covered-by-root",
            },
        ),
        (
            HostKind.RENDER,
            tables.RENDER_DISK,
            "",
            True,
            {
                "mounted-where": "disk-elsewhere",
                "auth-dir-set": "auth-dir-not-set",
                "auth-dir-on-disk": "auth-dir-not-set",
                "redeployed": "auth-dir-not-set",
            },
        ),
        (
            HostKind.RENDER,
            tables.RENDER_DISK,
            None,
            False,
            {
                "mounted-where": "disk-elsewhere",
                "auth-dir-on-disk": "disk-elsewhere",
                "redeployed": "covered-by-root",
            },
        ),
        (
            HostKind.DOCKER,
            "none",
            "",
            False,
            {
                "disk-attached": "mounts-unreadable",
                "mounted-where": "mounts-unreadable",
                "auth-dir-set": "auth-dir-default",
                "auth-dir-on-disk": "mounts-unreadable",
                "redeployed": "mounts-unreadable",
            },
        ),
    ],
)
def test_each_step_names_what_is_wrong(  # one column each
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    kind: HostKind,
    table: str,
    given: str | None,
    lost_default: bool,
    expected: dict[str, str],
) -> None:
    """A missing disk, a disk elsewhere, a missing variable: different steps fail for different reasons."""
    place.kind, place.table, place.as_given, place.default_is_lost = kind, table, given, lost_default
    found = reasons(place.ask(persistence.guide, monkeypatch))
    found.pop("sessions-restored")
    assert found == expected


def test_the_wrong_disk_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one sees what AUTH_DIR should begin with."""
    place.table = tables.RENDER_DISK
    assert place.ask(persistence.guide, monkeypatch)["auth-dir-on-disk"].value == "/data"


def test_ones_own_machine_needs_no_variable(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its default folder lasts; what is left to prove is a reboot, where boots can be told apart."""
    place.kind, place.as_given = HostKind.LOCAL, ""
    checks = place.ask(persistence.guide, monkeypatch)
    assert checks["auth-dir-set"].verdict is Verdict.GOOD
    assert checks["redeployed"].reason == "not-rebooted"
    place.machine = ""
    checks = place.ask(persistence.guide, monkeypatch)
    assert (checks["redeployed"].verdict, checks["redeployed"].reason) == (Verdict.UNKNOWN, "machine-unknown")


def test_a_folder_that_is_not_open_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown where only an open folder tells, bad where the reason is known; nothing is written."""
    place.opened, place.storage = (
        False,
        StorageView("", ready=False, problem="auth-dir-locked", detail="pid 7"),
    )
    checks = place.ask(persistence.guide, monkeypatch)
    assert reasons(checks) == {
        "writable": "auth-dir-locked",
        "redeployed": "opening",
        "sessions-restored": "opening",
    }
    lost = place.ask(persistence.lost_sessions_checks, monkeypatch)
    assert (lost["single-owner"].verdict, lost["single-owner"].value) == (Verdict.BAD, "pid 7")
    assert lost["unlinked-by-phone"].reason == lost["marker-kept"].reason == "opening"
    assert not place.auth_dir.exists()


@pytest.mark.parametrize(
    ("reason", "state", "code", "expected"),
    [
        ("wa-logged-out", InstanceState.LOGGED_OUT, "unlinked-by-phone", "unlinked-by-phone"),
        ("wa-stream-replaced", InstanceState.FAILED, "single-owner", "replaced-elsewhere"),
        ("wa-running-elsewhere", InstanceState.FAILED, "single-owner", "replaced-elsewhere"),
        ("session-missing", InstanceState.LOGGED_OUT, "sessions-restored", "session-missing"),
        ("session-corrupt", InstanceState.FAILED, "sessions-restored", "session-missing"),
    ],
)
def test_a_session_lost_for_another_reason_than_the_disk_is_told(  # one column each
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
    state: InstanceState,
    code: str,
    expected: str,
) -> None:
    """Only in its own check, with how many; what was logged out here on purpose is none."""
    place.linked = 1
    place.ask(persistence.guide, monkeypatch)
    place.views = (replace(view(state=state), reason=reason), replace(view(), reason="logged-out-here"))
    checks = place.ask(persistence.lost_sessions_checks, monkeypatch)
    assert reasons(checks) == {code: expected}
    assert checks[code].value == "1"


def test_a_marker_says_what_became_of_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """First start with instances, damaged, kept."""
    place.views = (view(),)
    (place.auth_dir / "i-0").mkdir(parents=True)
    (place.auth_dir / "i-0" / "instance.json").touch()
    ask = persistence.lost_sessions_checks
    assert place.ask(ask, monkeypatch)["marker-kept"].reason == "first-start"
    assert place.ask(ask, monkeypatch)["marker-kept"].verdict is Verdict.GOOD
    (place.auth_dir / "boots.json").write_text("{")
    assert place.ask(ask, monkeypatch)["marker-kept"].reason == "marker-damaged"
    (place.auth_dir / "i-0" / "instance.json").unlink()
    gone = place.ask(ask, monkeypatch)["sessions-restored"]
    assert (gone.verdict, gone.reason, gone.value) == (Verdict.BAD, "instances-gone", "1")


def test_a_link_and_a_slash_are_pointed_out(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither breaks anything here; both mislead whoever compares paths."""
    (tmp_path / "real").mkdir()
    place.auth_dir.symlink_to(tmp_path / "real")
    found = place.ask(persistence.lost_sessions_checks, monkeypatch)["path-in-use"]
    assert (found.reason, found.value) == ("path-is-link", str(tmp_path / "real"))
    place.as_given = f"{place.auth_dir}/"
    found = place.ask(persistence.permission_checks, monkeypatch)["mount-path"]
    assert (found.verdict, found.reason) == (Verdict.WARNING, "path-ends-with-slash")


def test_the_part_of_the_path_that_is_in_the_way_is_named(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder above that is missing, or that is a file."""
    place.opened, place.auth_dir = False, tmp_path / "data" / "auth"
    ask = persistence.permission_checks
    missing = place.ask(ask, monkeypatch)
    found = missing["folder-exists"]
    assert (found.reason, found.value) == ("auth-dir-missing", str(tmp_path / "data"))
    assert {missing[code].reason for code in ("folder-owner", "disk-room", "writable")} == {
        "auth-dir-missing"
    }
    (tmp_path / "data").touch()
    found = place.ask(ask, monkeypatch)["folder-exists"]
    assert (found.reason, found.value) == ("auth-dir-not-a-folder", str(tmp_path / "data"))


def test_a_disk_mounted_read_only_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel says it, whoever owns the folder."""
    place.table = place.on_disk().replace("rw - fuse.disk", "ro - fuse.disk")
    found = place.ask(persistence.permission_checks, monkeypatch)
    assert reasons(found) == {"mount-writable": "auth-dir-read-only"}


@pytest.mark.parametrize(
    ("owner", "mode", "reason"),
    [
        (0, 0o700, "owned-by-other"),
        (0, 0o755, "owned-by-other"),
        (0, 0o777, ""),
        (1234, 0o700, ""),
        (1234, 0o500, "auth-dir-denied"),
    ],
)
def test_whose_folder_it_is_and_what_its_mode_lets_us(
    place: Place, monkeypatch: pytest.MonkeyPatch, owner: int, mode: int, reason: str
) -> None:
    """Seen by the user 1234: the folder of somebody else, our own, and one open to all."""
    place.auth_dir.mkdir()
    place.auth_dir.chmod(mode)
    real = Path.stat

    def stat(path: Path, **how: Any) -> os.stat_result:
        told = real(path, **how)
        return os.stat_result((*told[:4], owner, owner, *told[6:])) if path == place.auth_dir else told

    place.ask(persistence.guide, monkeypatch)
    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(os, "getegid", lambda: 1234)
    monkeypatch.setattr(os, "getgroups", lambda: [1234])
    monkeypatch.setattr(os, "access", lambda path, how: how == os.X_OK)
    found = place.ask(persistence.permission_checks, monkeypatch)["folder-owner"]
    assert (found.reason, found.value) == (reason, f"uid 1234, folder {owner}:{owner} {mode:04o}")


@pytest.mark.parametrize(("field", "reason"), [("f_bavail", "disk-full"), ("f_favail", "inodes-full")])
def test_no_room_looks_like_no_permission_and_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch, field: str, reason: str
) -> None:
    """Blocks and inodes run out apart."""
    place.ask(persistence.guide, monkeypatch)
    sizes = {"f_blocks": 9, "f_bavail": 5, "f_frsize": 1024, "f_files": 9, "f_favail": 5, "f_fsid": 1}
    sizes |= {"f_bfree": 5, "f_ffree": 5}
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(**{**sizes, field: 0}))
    found = place.ask(persistence.permission_checks, monkeypatch)["disk-room"]
    assert (found.verdict, found.reason) == (Verdict.BAD, reason)


def test_an_empty_folder_is_not_called_empty_once_an_instance_was_made(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The light follows what there is now, not what the start found."""
    place.ask(persistence.guide, monkeypatch)
    assert persistence.persistence().empty_since is not None
    place.views = (view(),)
    assert persistence.persistence().empty_since is None


def reasons(checks: dict[str, Check]) -> dict[str, str]:
    """Of those that have one."""
    return {code: check.reason for code, check in checks.items() if check.reason}


def test_a_disk_that_hangs_does_not_hold_the_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guide and the checks of permission are answered; those that asked the disk say that it hangs."""
    place.ask(persistence.guide, monkeypatch)
    release = threading.Event()

    def hang(*_: object) -> Check:
        release.wait(30)
        return Check(GuideCheck.WRITABLE, Verdict.GOOD)

    place.checks = DeadlinePool(timeout_s=0.2)
    for name in ("writable", "exists", "owner", "room"):
        monkeypatch.setattr(folder_checks, name, hang)
    try:
        found = place.ask(persistence.guide, monkeypatch)
        rights = place.ask(persistence.permission_checks, monkeypatch)
    finally:
        release.set()
    assert tuple(found) == GUIDE
    assert (found["writable"].verdict, found["writable"].reason) == (Verdict.BAD, "disk-hangs")
    assert found["mounted-where"].verdict is Verdict.GOOD
    hanging = ("folder-exists", "folder-owner", "disk-room", "writable")
    assert [code for code, check in rights.items() if check.reason == "disk-hangs"] == list(hanging)
