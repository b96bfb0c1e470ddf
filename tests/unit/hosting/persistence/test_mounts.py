"""The mount that covers a path, on every kind of host, and out of any text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.persistence.mounts import MountEntry, is_below, mount_of, parse_mountinfo, read_mounts
from tests.unit.hosting import mount_tables as tables


@pytest.mark.parametrize(
    ("table", "path", "point", "file_system", "source"),
    [
        (tables.RENDER_DISK, "/data/whatsapp_auth", "/data", "ext4", "/dev/nvme2n1"),
        (tables.RENDER_WITHOUT_DISK, "/data/whatsapp_auth", "/", "overlay", "overlay"),
        (tables.RENDER_DISK, "/database", "/", "overlay", "overlay"),
        (tables.RENDER_DISK, "/dev/shm/x", "/dev/shm", "tmpfs", "shm"),
        (tables.DOCKER_NAMED, "/data", "/data", "ext4", "/dev/sda1"),
        (tables.FLY_VOLUME, "/data/a/b/c", "/data", "ext4", "/dev/vdc"),
        (tables.LAPTOP_EXT4, "/home/ana/app", "/home", "ext4", "/dev/mapper/home"),
        (tables.LAPTOP_BTRFS, "/home/ana", "/home", "btrfs", "/dev/nvme0n1p2"),
        (tables.LAPTOP_ZFS, "/home/ana/app", "/home/ana", "zfs", "rpool/USERDATA/ana"),
        (tables.LAPTOP_ZFS, "/home/bia", "/", "zfs", "rpool/ROOT/ubuntu_x"),
        (tables.WSL, "/home/ana", "/", "ext4", "/dev/sdd"),
        (tables.WSL, "/mnt/c/app", "/mnt/c", "9p", "C:\\"),
        (tables.WSL, "/mnt/wsl/x", "/mnt/wsl", "tmpfs", ""),
        (tables.WITH_BLANKS, "/media/ana/My Disk\t\\x/auth", "/media/ana/My Disk\t\\x", "ext4", "/dev/sdb1"),
        (tables.WITH_BLANKS, "/media/ana/My", "/", "ext4", "/dev/nvme0n1p2"),
    ],
)
def test_the_longest_mount_point_above_a_path_covers_it(
    table: str, path: str, point: str, file_system: str, source: str
) -> None:
    """Whether or not the path exists; a name that only begins alike is another folder."""
    entry = mount_of(parse_mountinfo(table), path)
    assert entry is not None
    assert (entry.point, entry.file_system, entry.source) == (point, file_system, source)


def test_of_two_mounts_on_one_point_the_last_counts() -> None:
    """Mounted over: what was there before cannot be seen any more."""
    table = tables.RENDER_DISK + "61 60 0:90 / /data rw - tmpfs tmpfs rw\n"
    entry = mount_of(parse_mountinfo(table), "/data/whatsapp_auth")
    assert entry is not None
    assert entry.file_system == "tmpfs"


def test_a_mount_that_a_later_one_hides_does_not_count() -> None:
    """/data/inner was mounted, then /data over it: a path below leads to the second, and to what it holds."""
    hidden = (
        "61 1 8:1 / /data/inner rw - ext4 /dev/old rw\n62 61 8:2 / /data/inner/deep rw - ext4 /dev/older rw\n"
    )
    over = "63 1 0:90 / /data rw - tmpfs tmpfs rw\n"
    mounts = parse_mountinfo(tables.RENDER_WITHOUT_DISK + hidden + over)
    for path in ("/data/inner/x", "/data/inner/deep/x"):
        entry = mount_of(mounts, path)
        assert entry is not None
        assert (entry.id, entry.file_system) == (63, "tmpfs")
    through = parse_mountinfo(
        tables.RENDER_WITHOUT_DISK + over + "64 63 8:1 / /data/inner rw - ext4 /dev/new rw\n"
    )
    entry = mount_of(through, "/data/inner/x")
    assert entry is not None
    assert entry.source == "/dev/new"


@pytest.mark.parametrize(
    ("table", "temporary"),
    [
        (tables.RENDER_DISK, False),
        (tables.RENDER_WITHOUT_DISK, True),
        (tables.DOCKER_TMPFS, True),
        (tables.KUBERNETES_PVC, False),
        (tables.KUBERNETES_EMPTY_DIR, True),
        (tables.KUBERNETES_EMPTY_DIR_MEMORY, True),
        (tables.DOCKER_BIND, False),
    ],
)
def test_what_ends_with_the_pod_is_known_as_such(table: str, temporary: bool) -> None:
    """An emptyDir on the node's disk too, which looks like any bind mount."""
    entry = mount_of(parse_mountinfo(table), "/data/whatsapp_auth")
    assert entry is not None
    assert entry.temporary is temporary


@pytest.mark.parametrize(
    ("table", "disks"),
    [
        (tables.RENDER_DISK, ["/data"]),
        (tables.RENDER_WITHOUT_DISK, []),
        (tables.DOCKER_OVERLAY, []),
        (tables.KUBERNETES_EMPTY_DIR, []),
        (tables.LAPTOP_EXT4, ["/home"]),
        (tables.WSL, ["/mnt/c"]),
    ],
)
def test_what_a_runtime_mounts_by_itself_is_no_disk(table: str, disks: list[str]) -> None:
    """/etc/hosts and its like lie on a real disk, but nobody attached it for sessions."""
    assert [entry.point for entry in parse_mountinfo(table) if entry.looks_like_disk] == disks


def test_a_read_only_mount_says_so() -> None:
    """In the options of the mount, or of the file system."""
    bind = mount_of(parse_mountinfo(tables.DOCKER_READ_ONLY), "/data")
    disk = mount_of(
        parse_mountinfo("1 0 8:1 / / rw,relatime - ext4 /dev/sda1 ro,errors=remount-ro\n"), "/data"
    )
    usual = mount_of(parse_mountinfo(tables.DOCKER_BIND), "/data")
    assert bind is not None
    assert disk is not None
    assert usual is not None
    assert (bind.read_only, disk.read_only, usual.read_only) == (True, True, False)


def test_the_kernels_own_table_is_understood_whole() -> None:
    """Every line of this machine's, and the root that the kernel itself names."""
    mounts = read_mounts()
    if mounts is None:
        pytest.skip("this system has no /proc")
    lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    assert len(mounts) == len(lines)
    entry = mount_of(mounts, "/proc/self")
    assert entry is not None
    assert entry.file_system == "proc"


def test_without_proc_it_is_unknown(tmp_path: Path) -> None:
    """macOS, Windows: None, which is not the same as no mounts."""
    assert read_mounts(tmp_path) is None


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    """A mount point in another encoding covers the path that the file system gives."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_bytes(b"1 0 8:1 / /\xe7\xe3o rw - ext4 /dev/sda1 rw\n")
    mounts = read_mounts(tmp_path)
    assert mounts is not None
    assert mount_of(mounts, os.fsdecode(b"/\xe7\xe3o/auth")) is not None


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """Whatever a kernel or a sandbox writes there: entries or nothing, never an error."""
    for entry in parse_mountinfo(text):
        assert entry.point.startswith("/")


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["1", "0", "rw", "/", "/data", "-", "ext4", "tmpfs", "8:1", "\\040", "shared:1", ""]
            ),
            max_size=14,
        ).map(" ".join)
    )
)
def test_no_line_breaks_it(lines: list[str]) -> None:
    """Lines of the right words in the wrong order."""
    parse_mountinfo("\n".join(lines))


_names = st.sampled_from(["a", "b", "ab", "c d", "ç", "data", "data2", "\\"])
_paths = st.lists(_names, max_size=4).map(lambda names: "/" + "/".join(names))


@given(st.lists(_paths, unique=True, max_size=12), _paths)
def test_always_the_longest_prefix(points: list[str], path: str) -> None:
    """Mounted in order of depth, as a boot does: the longest mount point that is a prefix, and no other."""
    points = sorted({"/", *points}, key=len)
    lines = []
    for number, point in enumerate(points):
        above = [place for place, other in enumerate(points[:number]) if is_below(point, other)]
        parent = max(above, key=lambda place: len(points[place])) + 1 if above else 0
        shown = point.replace("\\", "\\134").replace(" ", "\\040")
        lines.append(
            f"{number + 1} {parent} 8:{number} / {shown} rw shared:1 master:2 - ext4 /dev/x{number} rw"
        )
    mounts = parse_mountinfo("\n".join(lines))
    assert len(mounts) == len(points)
    entry = mount_of(mounts, path)
    assert entry is not None
    expected = max((point for point in points if (path + "/").startswith(point.rstrip("/") + "/")), key=len)
    assert entry.point == expected


def test_nothing_covers_a_path_without_mounts() -> None:
    """A sandbox may show an empty table."""
    assert mount_of((), "/data") is None
    assert mount_of([MountEntry(1, 0, "/", "/data", "ext4", "", read_only=False)], "/other") is None
