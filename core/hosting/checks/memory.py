"""Memory: what a process alone costs, and what this container may use. Only Linux tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/")
_UNLIMITED: Final = 1 << 60
"""Version 1 writes "no limit" as a number near 2^63."""
_USED: Final = {"memory.max": "memory.current", "memory.limit_in_bytes": "memory.usage_in_bytes"}
"""Where a control group tells what it uses, by where it tells its limit."""


@dataclass(frozen=True, slots=True)
class MemoryRoom:
    """Memory of this machine or container, in bytes; None where the system does not tell."""

    limit_bytes: int | None
    """What the container may use; None when nothing limits it below the machine."""
    available_bytes: int | None
    """What the whole machine still has to give."""
    web_bytes: int | None
    """Proportional share of the web process, this one."""


def memory_room(root: Path = _ROOT) -> MemoryRoom:
    """Return the figures of this moment. ``root``: where ``proc`` and ``sys`` are found."""
    return MemoryRoom(
        limit_bytes=container_limit(root),
        available_bytes=_field(root / "proc" / "meminfo", "MemAvailable:"),
        web_bytes=_field(root / "proc" / "self" / "smaps_rollup", "Pss:"),
    )


def proportional_bytes(pid: int, root: Path = _ROOT) -> int | None:
    """Return what process ``pid`` costs: its own pages, and its share of those it shares with others (PSS).

    None when it is gone, is not ours to look at, or the system does not tell.
    """
    return _field(root / "proc" / str(pid) / "smaps_rollup", "Pss:")


def container_limit(root: Path = _ROOT) -> int | None:
    """Return the smallest memory limit on this process's control group and those above it.

    None when there is none below the machine's own memory. Sources: kernel.org, admin-guide/cgroup-v2 and
    cgroup-v1/memory.
    """
    machine = _field(root / "proc" / "meminfo", "MemTotal:") or _UNLIMITED
    limits = [limit for file in limit_files(root) if (limit := _number(file)) is not None]
    smallest = min(limits, default=machine)
    return smallest if smallest < machine else None


def free_memory(root: Path = _ROOT) -> int | None:
    """Return how many bytes more may be used, by the machine and by this container; None when neither tells.

    What only keeps files at hand counts as free. Sources: as of ``container_limit``.
    """
    rooms = [_field(root / "proc" / "meminfo", "MemAvailable:")]
    for file in limit_files(root):
        limit, used = _number(file), _number(file.with_name(_USED[file.name]))
        if limit is not None and used is not None:
            rooms.append(max(0, limit - used + _droppable(file.with_name("memory.stat"))))
    return min((room for room in rooms if room is not None), default=None)


def _droppable(file: Path) -> int:
    """Return the bytes of files that a control group keeps at hand and does not use."""
    for line in _text(file).splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file") and value.isdigit():
            return int(value)
    return 0


def limit_files(root: Path) -> list[Path]:
    """Return where a limit may stand; also in the root, which often is the container's own group."""
    mounts = root / "sys" / "fs" / "cgroup"
    files = []
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        inner = Path(path.lstrip("/"))
        if ".." in inner.parts:  # a group outside what this namespace shows
            continue
        for group in (inner, *inner.parents):
            if "memory" in controllers.split(","):
                files.append(mounts / "memory" / group / "memory.limit_in_bytes")
            elif number == "0" and not controllers:
                files.append(mounts / group / "memory.max")
                files.append(mounts / "unified" / group / "memory.max")
    return files


def _number(file: Path) -> int | None:
    """Return the limit in ``file``; None when there is no such file or it says ``max``."""
    text = _text(file).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _field(file: Path, name: str) -> int | None:
    """Return a field of a file of lines like ``Pss: 123 kB``, in bytes."""
    for line in _text(file).splitlines():
        if line.startswith(name):
            value = line[len(name) :].split()
            return int(value[0]) * 1024 if value and value[0].isdigit() else None
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
