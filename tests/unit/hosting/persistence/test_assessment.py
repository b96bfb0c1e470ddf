"""The persistence status on every kind of host: red at once, amber until proven, green after a change."""

from __future__ import annotations

import pytest

from core.hosting.persistence.assessment import PersistenceFacts, assess
from core.hosting.persistence.host import Host
from core.hosting.persistence.mounts import parse_mountinfo
from core.hosting.persistence.start_history import (
    StartHistory,
    StartRecord,
    append,
)
from core.models.persistence import HostKind, PersistenceStatus, PersistenceView
from tests.unit.hosting import mount_tables as tables


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
