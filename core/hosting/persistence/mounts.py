"""Which mount covers a path, read from ``/proc/self/mountinfo`` (proc(5))."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_FIXED_FIELDS: Final = 6
"""Id, parent, device, root, mount point, options; then optional fields up to a lone dash."""

MEMORY: Final = frozenset({"tmpfs", "ramfs", "rootfs", "devtmpfs"})
"""File systems that are gone with the machine or container."""
_LAYERED: Final = frozenset({"overlay", "overlayfs", "aufs", "fuse-overlayfs", "fuse.fuse-overlayfs"})
_DISKS: Final = frozenset(
    {
        *(
            "ext2",
            "ext3",
            "ext4",
            "xfs",
            "btrfs",
            "zfs",
            "f2fs",
            "jfs",
            "reiserfs",
            "bcachefs",
            "apfs",
            "hfs",
        ),
        *("vfat", "exfat", "ntfs", "ntfs3", "fuseblk"),
        *("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre", "9p", "virtiofs"),
    }
)
# What runtimes mount into every container, and where systems keep their own.
_SYSTEM: Final = ("/proc", "/sys", "/dev", "/etc", "/run", "/boot", "/snap", "/usr", "/var/lib/docker")


@dataclass(frozen=True, slots=True)
class MountEntry:
    """One line of the kernel's table."""

    id: int
    parent: int
    root: str
    """Which folder of the file system is mounted here; ``/`` unless it is a bind mount or a subvolume."""
    point: str
    file_system: str
    source: str
    read_only: bool

    @property
    def temporary(self) -> bool:
        """Return True when the file system itself ends with the machine, container or pod."""
        # An emptyDir on the node's disk looks like any bind mount but for its folder there.
        return (
            self.file_system in MEMORY
            or self.file_system in _LAYERED
            or "kubernetes.io~empty-dir" in self.root
        )

    @property
    def layered(self) -> bool:
        """Return True for the file system of a container's image with its changes on top."""
        return self.file_system in _LAYERED

    @property
    def looks_like_disk(self) -> bool:
        """Return True for a disk, volume or share that was mounted beside the system."""
        return (
            (self.file_system in _DISKS or self.file_system.startswith("fuse."))
            and self.point != "/"
            and not self.temporary
            and not any(is_below(self.point, folder) for folder in _SYSTEM)
        )


def read_mounts(root: Path = Path("/")) -> tuple[MountEntry, ...] | None:
    """Return the mounts that this process sees; None where the system does not tell (macOS, Windows).

    Never touches the mounted disks, so a hanging one cannot hold it up.
    """
    try:
        raw = (root / "proc/self/mountinfo").read_bytes()
    except OSError:
        return None
    return parse_mountinfo(os.fsdecode(raw))


def parse_mountinfo(text: str) -> tuple[MountEntry, ...]:
    """Return every mount in the order of the table, without the lines that are none."""
    return tuple(entry for line in text.split("\n") if (entry := _parse(line)) is not None)


def _parse(line: str) -> MountEntry | None:
    fields = line.split(" ")
    try:
        dash = fields.index("-", _FIXED_FIELDS)
        file_system, source, *more = fields[dash + 1 :]
        number, parent = int(fields[0]), int(fields[1])
    except ValueError:
        return None
    point = _plain(fields[4])
    if not point.startswith("/"):
        return None
    options = {*fields[5].split(","), *(more[0].split(",") if more else ())}
    return MountEntry(
        id=number,
        parent=parent,
        root=_plain(fields[3]),
        point=point,
        file_system=file_system,
        source="" if source == "none" else _plain(source),
        read_only="ro" in options,
    )


def _plain(field: str) -> str:
    """Decode a field: blanks, line ends and backslashes come as three octal digits."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field)


def mount_of(mounts: Iterable[MountEntry], path: str) -> MountEntry | None:
    """Return the mount that a file at ``path`` (absolute, without links) lies on, even if it does not exist.

    The longest mount point that is a prefix; of several on one point the last. A mount that a later one over
    a folder above it hides does not count.
    """
    above = {entry.id: entry for entry in mounts if is_below(path, entry.point)}
    best: MountEntry | None = None
    for entry in above.values():
        if (best is None or len(entry.point) >= len(best.point)) and not _hidden(entry, above):
            best = entry
    return best


def _hidden(entry: MountEntry, above: dict[int, MountEntry]) -> bool:
    """Return whether a folder above is mounted over: a mount made *through* that has it as its parent."""
    seen = set()
    while entry.id not in seen:
        seen.add(entry.id)
        if any(
            other.parent == entry.parent and len(other.point) < len(entry.point) for other in above.values()
        ):
            return True
        parent = above.get(entry.parent)
        if parent is None:
            return False
        entry = parent
    return False


def is_below(path: str, folder: str) -> bool:
    """Return whether ``path`` is ``folder`` or lies in it; both absolute, without links."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
