"""Where the process runs, and what a restart, a reboot or a deploy changes there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.hosting.persistence.host import Host, boot_id, read_host
from core.hosting.persistence.start_history import (
    StartRecord,
    changed,
)
from core.models.persistence import HostKind
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


def _boot(host: Host) -> StartRecord:
    return StartRecord(1.0, host.machine, host.deploy, "", 0, 0)


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


def test_a_run_of_the_machine_has_a_name(tmp_path: Path) -> None:
    """The kernel's; empty where there is none."""
    assert boot_id(root(tmp_path / "a", tables.LAPTOP_EXT4, boot_id="b1")) == "b1"
    assert boot_id(tmp_path / "nothing") == ""
