"""Starts recorded in the folder of the sessions, and what this process knows of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.hosting.persistence.host import Host
from core.hosting.persistence.mounts import MountEntry, mount_of, parse_mountinfo
from core.hosting.persistence.start_history import (
    BOOTS_FILE,
    KEPT,
    StartRecord,
    append,
    load,
    save,
)
from core.hosting.persistence.start_recorder import MOUNTS_AGE_S, StartRecorder
from core.models.instance import InstanceRecord
from core.models.persistence import HostKind, PersistenceStatus
from core.settings import Settings


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
        recorder = StartRecorder(settings, host, clock=lambda: self.now, mounts=self._mounts)
        if record:
            present = sorted(
                path.name for path in self.auth_dir.iterdir() if (path / "instance.json").exists()
            )
            recorder.record([InstanceRecord(one, one, 1.0, True, linked=True) for one in present])
        return recorder

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
    recorder = scene.start()
    history = recorder.facts().history
    assert history is not None
    assert history.gone == ("sede-3",)
    (scene.auth_dir / "bar-4" / "instance.json").unlink()
    recorder.close()
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
    recorder = scene.start("m2")
    assert (recorder.view().status, recorder.view().deploys) == (PersistenceStatus.GREEN, 1)
    recorder.close()
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


def test_the_light_is_cheap_and_follows_the_mounts(scene: Scene) -> None:
    """The kernel's table is read again only after some time; the folder itself never."""
    recorder = scene.start()
    reads = scene.reads
    for _ in range(100):
        assert recorder.view().status is PersistenceStatus.AMBER
    assert scene.reads == reads
    scene.table = "1 0 8:1 / / rw - overlay overlay rw\n"
    (scene.auth_dir / BOOTS_FILE).unlink()
    scene.auth_dir.rmdir()
    scene.now += MOUNTS_AGE_S
    assert recorder.view().reason == "covered-by-root"
    assert scene.reads == reads + 1


def test_links_are_followed_once_the_folder_is_open(tmp_path: Path) -> None:
    """AUTH_DIR may be a link to a disk, or on a disk and lead away from it."""
    scene = Scene(tmp_path / "disk")
    link = tmp_path / "link"
    link.symlink_to(scene.auth_dir)
    settings = Settings(link, False, "en", "INFO", 50, auth_dir_as_given=str(link))
    host = Host(HostKind.RENDER, "m", "")
    recorder = StartRecorder(settings, host, mounts=lambda: parse_mountinfo(scene.table))
    assert recorder.view().reason == "covered-by-root"
    recorder.record([])
    mount = recorder.view().mount
    assert mount is not None
    assert (recorder.view().reason, mount.point) == ("not-proven", str(scene.auth_dir))
    assert mount_of(parse_mountinfo(scene.table), str(link)) is not None
