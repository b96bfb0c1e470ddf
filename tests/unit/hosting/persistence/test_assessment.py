"""The persistence light on every kind of host: red at once, amber until proven, green only after a change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.hosting.persistence.assessment import PersistenceFacts, assess
from core.hosting.persistence.host import Host, boot_id, read_host
from core.hosting.persistence.mounts import MountEntry, mount_of, parse_mountinfo
from core.hosting.persistence.start_history import (
    BOOTS_FILE,
    KEPT,
    StartHistory,
    StartRecord,
    append,
    changed,
    load,
    save,
)
from core.hosting.persistence.start_recorder import MOUNTS_AGE_S, StartRecorder
from core.models.instance import InstanceRecord
from core.models.persistence import HostKind, PersistenceStatus, PersistenceView
from core.settings import Settings
from tests.unit.hosting import mount_tables as tables

RENDER = {"RENDER": "true", "RENDER_INSTANCE_ID": "srv-a-b-1", "RENDER_GIT_COMMIT": "c0ffee"}
FLY = {"FLY_APP_NAME": "x", "FLY_MACHINE_ID": "e784", "FLY_MACHINE_VERSION": "01H", "FLY_IMAGE_REF": "r/x:1"}
RAILWAY = {"RAILWAY_DEPLOYMENT_ID": "d1", "RAILWAY_REPLICA_ID": "r1", "RAILWAY_PROJECT_ID": "p"}
KUBERNETES = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "app-0"}


def root(
    tmp_path: Path, table: str, *, docker: bool = False, boot_id: str = "b1", cgroup: str = "0::/\n"
) -> Path:
    """A root folder with what a host shows below it."""
    folder = tmp_path / "root"
    for name, text in {
        "proc/self/mountinfo": table,
        "proc/self/cgroup": cgroup,
        "proc/sys/kernel/random/boot_id": boot_id + "\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if docker:
        (folder / ".dockerenv").touch()
    return folder


def sighted(
    host: Host, table: str | None, auth_dir: str, *, history: StartHistory | None = None, given: bool = True
) -> PersistenceView:
    """The light of a folder that was opened and recorded, without touching it."""
    mounts = None if table is None else parse_mountinfo(table)
    return assess(
        PersistenceFacts(
            host=host,
            auth_dir=auth_dir,
            path=auth_dir,
            given=given,
            default_is_lost=host.kind is HostKind.RENDER and not given,
            mounts=mounts,
            history=history or append(None, StartRecord(1.0, "m", "d", "", 0, 0)),
            opened=True,
            recorded=True,
        )
    )


@pytest.mark.parametrize(
    ("environment", "table", "docker", "kind"),
    [
        (RENDER, tables.RENDER_DISK, False, HostKind.RENDER),
        (FLY, tables.FLY_VOLUME, True, HostKind.FLY),
        (RAILWAY, tables.RAILWAY_VOLUME, False, HostKind.RAILWAY),
        (KUBERNETES, tables.KUBERNETES_PVC, False, HostKind.KUBERNETES),
        ({}, tables.DOCKER_NAMED, True, HostKind.DOCKER),
        ({}, tables.DOCKER_NAMED, False, HostKind.DOCKER),  # an overlay at the root is a container's
        ({"DYNO": "web.1"}, tables.LAPTOP_EXT4, False, HostKind.DOCKER),
        ({"container": "lxc"}, tables.LAPTOP_EXT4, False, HostKind.LOCAL),
        ({}, tables.LAPTOP_EXT4, False, HostKind.LOCAL),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, tables.WSL, False, HostKind.LOCAL),
    ],
)
def test_the_host_is_known_by_its_signs(
    tmp_path: Path, environment: Mapping[str, str], table: str, docker: bool, kind: HostKind
) -> None:
    """Variables first, since every one of them is a container too."""
    assert read_host(environment, root(tmp_path, table, docker=docker)).kind is kind


def test_an_unknown_system_is_ones_own_and_has_no_identity(tmp_path: Path) -> None:
    """macOS, Windows: no /proc."""
    assert read_host({}, tmp_path) == Host(HostKind.LOCAL, machine="", deploy="")


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (RENDER, RENDER, False),
        (RENDER, {**RENDER, "RENDER_INSTANCE_ID": "srv-a-b-2"}, True),
        (RENDER, {**RENDER, "RENDER_GIT_COMMIT": "decade"}, True),
        (RENDER, {"RENDER": "true"}, False),  # unknown proves nothing
        (FLY, {**FLY, "FLY_MACHINE_VERSION": "01J"}, True),
        (FLY, {**FLY, "FLY_REGION": "gru"}, False),
        (RAILWAY, {**RAILWAY, "RAILWAY_DEPLOYMENT_ID": "d2"}, True),
        (KUBERNETES, {**KUBERNETES, "HOSTNAME": "app-1"}, True),
    ],
)
def test_what_a_deploy_changes(
    tmp_path: Path, before: Mapping[str, str], after: Mapping[str, str], differs: bool
) -> None:
    """The host's own names for machine and deploy, told apart by hashes that do not show them."""
    folder = root(tmp_path, tables.KUBERNETES_PVC)
    one, two = (_boot(read_host(environment, folder)) for environment in (before, after))
    assert changed(one, two) is differs
    assert not any(value in f"{one}{two}" for value in ("srv-a-b", "c0ffee", "e784", "app-0"))


def test_a_pod_of_the_same_name_is_another_pod(tmp_path: Path) -> None:
    """A StatefulSet's pod keeps its name; its uid, seen in what is mounted, is new."""
    one = read_host(KUBERNETES, root(tmp_path / "1", tables.KUBERNETES_PVC))
    other = tables.KUBERNETES_PVC.replace("0b1c2d3e", "ffffffff")
    assert one.machine != read_host(KUBERNETES, root(tmp_path / "2", other)).machine


def test_a_container_is_known_by_its_id_not_by_its_given_name(tmp_path: Path) -> None:
    """A fixed host name says nothing; the id comes from its mounts, else from its control group."""
    named = {"HOSTNAME": "whatsapp"}
    one = read_host(named, root(tmp_path / "1", tables.DOCKER_NAMED))
    two = read_host(named, root(tmp_path / "2", tables.DOCKER_NAMED.replace("4f" * 32, "5e" * 32)))
    bare = tables.RAILWAY_VOLUME
    three = read_host(named, root(tmp_path / "3", bare, cgroup=f"4:memory:/docker/{'4f' * 32}\n"))
    nothing = read_host(named, root(tmp_path / "4", bare))
    assert one.machine == three.machine
    assert len({one.machine, two.machine, nothing.machine}) == 3


def test_a_reboot_changes_ones_own_machine(tmp_path: Path) -> None:
    """And nothing else does."""
    before, after = (read_host({}, root(tmp_path / b, tables.LAPTOP_EXT4, boot_id=b)) for b in ("b1", "b2"))
    assert changed(_boot(before), _boot(after))
    assert not changed(_boot(before), _boot(before))


_PROVEN = append(append(None, StartRecord(1.0, "m1", "", "", 0, 0)), StartRecord(2.0, "m2", "", "", 1, 1))


@pytest.mark.parametrize(
    ("kind", "table", "auth_dir", "reason"),
    [
        (HostKind.RENDER, tables.RENDER_WITHOUT_DISK, "/data/whatsapp_auth", "covered-by-root"),
        (HostKind.RENDER, tables.RENDER_DISK, "/dados/whatsapp_auth", "covered-by-root"),
        (HostKind.DOCKER, tables.DOCKER_OVERLAY, "/app/data/whatsapp_auth", "covered-by-root"),
        (HostKind.DOCKER, tables.DOCKER_TMPFS, "/data/whatsapp_auth", "temporary-file-system"),
        (HostKind.KUBERNETES, tables.KUBERNETES_EMPTY_DIR, "/data/x", "temporary-file-system"),
        (HostKind.KUBERNETES, tables.KUBERNETES_EMPTY_DIR_MEMORY, "/data/x", "temporary-file-system"),
        (HostKind.FLY, tables.FLY_WITHOUT_VOLUME, "/data/x", "covered-by-root"),
        (HostKind.LOCAL, tables.LIVE_SYSTEM, "/home/ana", "temporary-file-system"),
        (HostKind.LOCAL, tables.LAPTOP_EXT4, "/run/app", "temporary-file-system"),
        (HostKind.LOCAL, tables.LAPTOP_EXT4, "/tmp/auth", "temporary-folder"),
        (HostKind.LOCAL, tables.WSL, "/tmp/auth", "temporary-folder"),
        (HostKind.LOCAL, tables.PRIVATE_TMP, "/tmp/auth", "temporary-folder"),
        (HostKind.LOCAL, tables.PRIVATE_TMP, "/srv/x/auth", "temporary-folder"),
        (HostKind.LOCAL, None, "/private/var/folders/zz/T/auth", "temporary-folder"),
    ],
)
def test_what_is_certainly_lost_is_red_whatever_is_on_record(
    kind: HostKind, table: str | None, auth_dir: str, reason: str
) -> None:
    """A marker found there can have come with the image; it must not turn the light green."""
    for history in (None, _PROVEN):
        view = sighted(Host(kind, "m", "d"), table, auth_dir, history=history)
        assert (view.status, view.reason, view.empty_since) == (PersistenceStatus.RED, reason, None)


def test_the_default_folder_on_render_is_red() -> None:
    """Even where a disk is mounted, since the sessions are not on it."""
    view = sighted(Host(HostKind.RENDER, "m", "d"), tables.RENDER_DISK, "/tmp/whatsapp_auth", given=False)
    assert (view.status, view.reason, view.auth_dir_given) == (
        PersistenceStatus.RED,
        "auth-dir-not-set",
        False,
    )


@pytest.mark.parametrize(
    ("kind", "table", "auth_dir", "reason", "proven"),
    [
        (HostKind.RENDER, tables.RENDER_DISK, "/data/whatsapp_auth", "not-proven", "outlived-deploy"),
        (HostKind.DOCKER, tables.DOCKER_NAMED, "/data/a", "not-proven", "outlived-deploy"),
        (HostKind.DOCKER, tables.DOCKER_BIND, "/data/a", "not-proven", "outlived-deploy"),
        (HostKind.DOCKER, tables.DOCKER_ANONYMOUS, "/data/a", "anonymous-volume", "outlived-deploy"),
        (HostKind.KUBERNETES, tables.KUBERNETES_PVC, "/data/a", "not-proven", "outlived-deploy"),
        (HostKind.FLY, tables.FLY_VOLUME, "/data/a", "not-proven", "outlived-deploy"),
        (HostKind.RAILWAY, tables.RAILWAY_VOLUME, "/data/a", "not-proven", "outlived-deploy"),
        (HostKind.LOCAL, tables.LAPTOP_EXT4, "/home/ana/a", "own-machine", "outlived-reboot"),
        (HostKind.LOCAL, tables.LAPTOP_EXT4, "/opt/a", "own-machine", "outlived-reboot"),
        (HostKind.LOCAL, tables.LAPTOP_BTRFS, "/opt/a", "own-machine", "outlived-reboot"),
        (HostKind.LOCAL, tables.LAPTOP_ZFS, "/home/ana/a", "own-machine", "outlived-reboot"),
        (HostKind.LOCAL, tables.WSL, "/home/ana/a", "own-machine", "outlived-reboot"),
        (HostKind.LOCAL, tables.WITH_BLANKS, "/media/ana/My Disk\t\\x/a", "own-machine", "outlived-reboot"),
        (HostKind.LOCAL, None, "/Users/ana/a", "own-machine-unread", "outlived-reboot"),
    ],
)
def test_what_may_last_is_amber_until_a_change_proves_it(
    kind: HostKind, table: str | None, auth_dir: str, reason: str, proven: str
) -> None:
    """A first start proves nothing, a restart on the same machine proves only restarts."""
    host = Host(kind, "m", "d")
    first = sighted(host, table, auth_dir)
    assert (first.status, first.reason, first.restarts, first.deploys) == (
        PersistenceStatus.AMBER,
        reason,
        0,
        0,
    )
    same = append(append(None, StartRecord(1.0, "m", "d", "", 0, 0)), StartRecord(2.0, "m", "d", "", 0, 0))
    again = sighted(host, table, auth_dir, history=same)
    expected = "restarts-only" if reason == "not-proven" else reason
    assert (again.status, again.reason, again.restarts, again.deploys) == (
        PersistenceStatus.AMBER,
        expected,
        1,
        0,
    )
    after = sighted(host, table, auth_dir, history=_PROVEN)
    assert (after.status, after.reason, after.restarts, after.deploys) == (
        PersistenceStatus.GREEN,
        proven,
        1,
        1,
    )
    assert after.proven_since == 1.0


def test_a_container_whose_mounts_are_not_told_is_unknown() -> None:
    """Not red, not amber: nobody knows. A proof still counts."""
    host = Host(HostKind.DOCKER, "m", "")
    assert sighted(host, None, "/data/a").status is PersistenceStatus.UNKNOWN
    assert sighted(host, None, "/data/a").reason == "mounts-unreadable"
    assert sighted(host, None, "/data/a", history=_PROVEN).status is PersistenceStatus.GREEN


# -- the record ----------------------------------------------------------------------------------------------
class Scene:
    """Starts on one folder, with a clock that ticks a second a start."""

    def __init__(self, auth_dir: Path) -> None:
        self.auth_dir = auth_dir
        self.now = 1_000.0
        self.reads = 0
        self.table = f"1 0 8:1 / / rw - overlay overlay rw\n2 1 8:2 / {auth_dir} rw - fuse.disk disk rw\n"
        auth_dir.mkdir(exist_ok=True)

    def start(self, machine: str = "m1", ids: Sequence[str] = (), *, record: bool = True) -> StartRecorder:
        for one in ids:
            (self.auth_dir / one).mkdir(exist_ok=True)
            (self.auth_dir / one / "instance.json").write_text("{}")
        self.now += 1
        settings = Settings(self.auth_dir, False, "en", "INFO", 50, auth_dir_as_given=str(self.auth_dir))
        host = Host(HostKind.RENDER, machine, "")
        witness = StartRecorder(settings, host, clock=lambda: self.now, mounts=self._mounts)
        if record:
            present = sorted(
                path.name for path in self.auth_dir.iterdir() if (path / "instance.json").exists()
            )
            witness.record([InstanceRecord(one, one, 1.0, True, linked=True) for one in present])
        return witness

    def _mounts(self) -> tuple[MountEntry, ...]:
        self.reads += 1
        return parse_mountinfo(self.table)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "auth")


def test_starts_are_counted_and_a_changed_machine_turns_it_green(scene: Scene) -> None:
    """Amber, amber with restarts, green; the counts are of this folder."""
    seen = [scene.start(machine).view() for machine in ("m1", "m1", "m2", "m2", "m1")]
    assert [(view.status.value, view.reason, view.restarts, view.deploys) for view in seen] == [
        ("amber", "not-proven", 0, 0),
        ("amber", "restarts-only", 1, 0),
        ("green", "outlived-deploy", 2, 1),
        ("green", "outlived-deploy", 3, 1),
        ("green", "outlived-deploy", 4, 2),
    ]
    assert {view.proven_since for view in seen} == {1_001.0}


def test_before_the_folder_is_open_nothing_is_claimed_but_what_the_mounts_say(scene: Scene) -> None:
    """Unknown over a disk; red at once where there is none, since such a folder may never open."""
    assert scene.start(record=False).view().reason == "opening"
    scene.table = "1 0 8:1 / / rw - overlay overlay rw\n"
    assert scene.start(record=False).view().reason == "covered-by-root"
    assert not (scene.auth_dir / BOOTS_FILE).exists()


def test_an_emptied_disk_is_told_until_something_lies_on_it(scene: Scene) -> None:
    """Since the start that found it empty, also after restarts; a first instance ends it for good."""
    assert scene.start().view().empty_since == 1_001.0
    assert scene.start("m2").view().empty_since == 1_001.0
    assert scene.start(ids=["loja-1"]).view().empty_since is None
    (scene.auth_dir / "loja-1" / "instance.json").unlink()
    assert scene.start().view().empty_since is None


def test_instances_without_a_marker_are_no_empty_disk(scene: Scene) -> None:
    """An upgrade from a version that kept no record, or a marker that was removed by hand."""
    assert scene.start(ids=["loja-1"]).view().empty_since is None


def test_instances_that_vanished_are_told_and_deleted_ones_are_not(scene: Scene) -> None:
    """Known before, now neither here nor in the trash; an orderly end notes what was erased on purpose."""
    scene.start(ids=["loja-1", "casa-2", "sede-3", "bar-4"])
    trash = scene.auth_dir / ".trash"
    trash.mkdir()
    (scene.auth_dir / "casa-2").rename(trash / "casa-2-1700000000")
    (scene.auth_dir / "sede-3" / "instance.json").unlink()
    witness = scene.start()
    history = witness.facts().history
    assert history is not None
    assert history.gone == ("sede-3",)
    (scene.auth_dir / "bar-4" / "instance.json").unlink()
    witness.close()
    history = scene.start().facts().history
    assert history is not None
    assert (history.gone, history.known) == ((), ("casa-2", "loja-1"))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"[]", b"{}", b'{"version": 99}', b"[" * 100_000, b'{"version": 1, "recent": []}'],
)
def test_a_damaged_record_is_set_aside_and_proves_nothing(scene: Scene, content: bytes) -> None:
    """Kept under another name, never deleted; the count begins anew and the folder is not called empty."""
    scene.start("m1")
    (scene.auth_dir / BOOTS_FILE).write_bytes(content)
    view = scene.start("m2").view()
    assert (view.status, view.restarts, view.empty_since) == (PersistenceStatus.AMBER, 0, None)
    (kept,) = scene.auth_dir.glob(f"{BOOTS_FILE}.corrupt-*")
    assert kept.read_bytes() == content
    assert scene.start("m3").view().status is PersistenceStatus.GREEN


@pytest.mark.parametrize("field", ["first", "recent", "restarts", "deploys", "moved", "known"])
@pytest.mark.parametrize("value", [None, "x", -1, [], {}, [1], [{"at": 1e999}]])
def test_no_wrong_field_passes(scene: Scene, field: str, value: object) -> None:
    """Each field has its type; a folder with a wrong one starts all the same."""
    scene.start(ids=["loja-1"])
    path = scene.auth_dir / BOOTS_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    history, damaged = load(scene.auth_dir)
    assert damaged is (history is None)
    assert damaged or (field == "known" and value == [])


def test_a_disk_that_takes_nothing_costs_the_entry_not_the_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was proven stays proven, what was not is said to be not on record; the old file is whole."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.store.json_file.write_atomic", full)
    view = scene.start("m1").view()
    assert (view.status, view.reason) == (PersistenceStatus.AMBER, "not-recorded")
    monkeypatch.undo()
    scene.start("m1")
    before = (scene.auth_dir / BOOTS_FILE).read_bytes()
    monkeypatch.setattr("core.store.json_file.write_atomic", full)
    witness = scene.start("m2")
    assert (witness.view().status, witness.view().deploys) == (PersistenceStatus.GREEN, 1)
    witness.close()
    assert (scene.auth_dir / BOOTS_FILE).read_bytes() == before


def test_the_record_stays_small(scene: Scene) -> None:
    """First, newest and counts: a thousand starts are not a thousand entries."""
    history = None
    for number in range(1_000):
        history = append(
            history, StartRecord(float(number), f"m{number % 2}", "", "", 1, 1), known=("loja-1",)
        )
    assert history is not None
    save(scene.auth_dir, history)
    assert load(scene.auth_dir) == (history, False)
    assert (history.first.at, history.restarts, history.deploys) == (0.0, 999, 999)
    assert [boot.at for boot in history.recent] == [float(n) for n in range(1_000 - KEPT, 1_000)]
    assert (scene.auth_dir / BOOTS_FILE).stat().st_size < 16_000


def test_a_copied_folder_has_to_prove_its_new_disk() -> None:
    """What the old disk survived says nothing of this one; unknown disks are not held against it."""
    old = append(
        append(None, StartRecord(1.0, "m1", "", "disk-a", 1, 1)), StartRecord(2.0, "m2", "", "disk-a", 1, 1)
    )
    moved = append(old, StartRecord(3.0, "m3", "", "disk-b", 1, 1), known=("loja-1",))
    view = sighted(Host(HostKind.RENDER, "m3", ""), tables.RENDER_DISK, "/data/a", history=moved)
    assert (view.status, view.reason, view.deploys) == (PersistenceStatus.AMBER, "disk-changed", 0)
    proven = append(moved, StartRecord(4.0, "m4", "", "disk-b", 1, 1), known=("loja-1",))
    assert (
        sighted(Host(HostKind.RENDER, "m4", ""), tables.RENDER_DISK, "/data/a", history=proven).deploys == 1
    )
    assert append(old, StartRecord(3.0, "m3", "", "", 1, 1)).deploys == 2


def test_the_light_is_cheap_and_follows_the_mounts(scene: Scene) -> None:
    """The kernel's table is read again only after some time; the folder itself never."""
    witness = scene.start()
    reads = scene.reads
    for _ in range(100):
        assert witness.view().status is PersistenceStatus.AMBER
    assert scene.reads == reads
    scene.table = "1 0 8:1 / / rw - overlay overlay rw\n"
    (scene.auth_dir / BOOTS_FILE).unlink()
    scene.auth_dir.rmdir()
    scene.now += MOUNTS_AGE_S
    assert witness.view().reason == "covered-by-root"
    assert scene.reads == reads + 1


def test_links_are_followed_once_the_folder_is_open(tmp_path: Path) -> None:
    """AUTH_DIR may be a link to a disk, or on a disk and lead away from it."""
    scene = Scene(tmp_path / "disk")
    link = tmp_path / "link"
    link.symlink_to(scene.auth_dir)
    settings = Settings(link, False, "en", "INFO", 50, auth_dir_as_given=str(link))
    host = Host(HostKind.RENDER, "m", "")
    witness = StartRecorder(settings, host, mounts=lambda: parse_mountinfo(scene.table))
    assert witness.view().reason == "covered-by-root"
    witness.record([])
    mount = witness.view().mount
    assert mount is not None
    assert (witness.view().reason, mount.point) == ("not-proven", str(scene.auth_dir))
    assert mount_of(parse_mountinfo(scene.table), str(link)) is not None


def _boot(host: Host) -> StartRecord:
    return StartRecord(1.0, host.machine, host.deploy, "", 0, 0)


def test_a_run_of_the_machine_has_a_name(tmp_path: Path) -> None:
    """The kernel's; empty where there is none."""
    assert boot_id(root(tmp_path / "a", tables.LAPTOP_EXT4, boot_id="b1")) == "b1"
    assert boot_id(tmp_path / "nothing") == ""
