"""Self-checks of the machine or container: clock, time zone, file descriptors, memory."""

from __future__ import annotations

import os
import sys
import time
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from core.models.check import Check, Verdict

WARNED_FROM: Final = 0.80
BAD_FROM: Final = 0.95
CLOCK_JUMP_S: Final = 10.0
_UNLIMITED: Final = 1 << 60
"""cgroup v1 writes about 2**63 where there is no limit."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that the processes here may use together, and use now."""

    limit: int
    used: int


def memory(root: Path = Path("/")) -> Memory | None:
    """The container's limit and use, or the machine's when there is no tighter limit; None if not told.

    Files that the kernel merely keeps at hand are not counted: it gives them up. ``root`` holds ``proc`` and
    ``sys``. Source: Linux Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
    """
    machine = _machine_memory(root / "proc" / "meminfo")
    groups = [found for found in _groups(root) if machine is None or found.limit < machine.limit]
    return min(groups, key=lambda one: one.limit - one.used, default=machine)


def _machine_memory(path: Path) -> Memory | None:
    try:
        lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
        figures = {words[0]: int(words[1]) * 1024 for words in lines if len(words) > 1}
        return Memory(figures["MemTotal:"], figures["MemTotal:"] - figures["MemAvailable:"])
    except (OSError, ValueError, KeyError):
        return None


def _groups(root: Path) -> Iterator[Memory]:
    """Every group that this process belongs to and that has a limit: the tightest one counts."""
    try:
        memberships = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        memberships = []
    mounted = root / "sys/fs/cgroup"
    for membership in memberships:
        _, controllers, path = membership.split(":", 2)
        if controllers == "":
            names = ("memory.max", "memory.current", "inactive_file")
            yield from _group(mounted, path, names)
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _group(mounted / "memory", path, names)


def _group(top: Path, path: str, names: tuple[str, str, str]) -> Iterator[Memory]:
    # Inside a container the path may be the host's, and only the top is to be seen.
    inner = top / path.strip("/")
    for folder in (inner, *inner.parents):
        try:
            limit = int((folder / names[0]).read_text(encoding="ascii"))
            used = int((folder / names[1]).read_text(encoding="ascii"))
            kept = _figure(folder / "memory.stat", names[2])
        except (OSError, ValueError):  # "max", or no such group here
            pass
        else:
            if 0 < limit < _UNLIMITED:
                yield Memory(limit, max(0, used - kept))
        if folder == top:
            return


def _figure(path: Path, name: str) -> int:
    for line in path.read_text(encoding="ascii").splitlines():
        key, _, figure = line.partition(" ")
        if key == name:
            return int(figure)
    return 0


def memory_use(found: Memory | None) -> Check:
    """How much of the memory is used."""
    if found is None or found.limit <= 0:
        return Check("memory", Verdict.UNKNOWN, "not-told")
    value = f"{_percent(found.used / found.limit)} ({size(found.used)} / {size(found.limit)})"
    return Check("memory", *graded("memory", found.used / found.limit), value)


def descriptors() -> Check:
    """How many of its file descriptors this process uses."""
    if sys.platform == "win32":
        return Check("file-descriptors", Verdict.UNKNOWN, "not-told")
    import resource  # noqa: PLC0415  # not on Windows

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        used = len(os.listdir("/dev/fd"))  # noqa: PTH208  # names are enough
    except OSError:
        return Check("file-descriptors", Verdict.UNKNOWN, "not-told")
    if limit == resource.RLIM_INFINITY:
        return Check("file-descriptors", Verdict.GOOD, value=str(used))
    return Check("file-descriptors", *graded("descriptors", used / limit), f"{used} / {limit}")


def graded(what: str, share: float) -> tuple[Verdict, str]:
    """Verdict and reason for something of which ``share`` is used: ``what-80`` and ``what-95``."""
    if share >= BAD_FROM:
        return Verdict.BAD, f"{what}-95"
    if share >= WARNED_FROM:
        return Verdict.WARNING, f"{what}-80"
    return Verdict.GOOD, ""


class ClockWatch:
    """Compares the wall clock with one that nobody sets, from its construction on."""

    def __init__(self) -> None:
        self._offset = time.time() - _steady()

    def check(self, not_before: date | None) -> Check:
        """Whether the clock was set since, or shows a day before ``not_before``.

        A clock that was a little wrong all the time looks right from here.
        """
        now = datetime.now(UTC)
        if not_before is not None and now.date() < not_before:
            return Check("clock", Verdict.BAD, "clock-in-the-past", f"{now:%Y-%m-%d %H:%M:%S} UTC")
        jumped = time.time() - _steady() - self._offset
        if abs(jumped) > CLOCK_JUMP_S:
            return Check("clock", Verdict.WARNING, "clock-jumped", f"{jumped:+.0f} s")
        return Check("clock", Verdict.GOOD, value=f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _steady() -> float:
    """Runs through a suspend where the system has such a clock."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def time_zone(environment: Mapping[str, str] = os.environ) -> Check:
    """The zone of the times in the log; libc takes UTC without a word when ``TZ`` names none that it has."""
    name = environment.get("TZ", "").removeprefix(":")
    here = datetime.now(UTC).astimezone()
    value = f"{name or here.tzname()} (UTC{here:%z})"
    if "/" in name and not name.startswith("/"):
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return Check("time-zone", Verdict.WARNING, "time-zone-unknown", value)
    return Check("time-zone", Verdict.GOOD, value=value)


def size(count: float) -> str:
    """``count`` bytes for people who read any language: ``512 MB``, ``1.5 GB`` (1 GB = 1024 MB)."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.1f} {unit}" if 0 < count < 10 and unit != "B" else f"{count:.0f} {unit}"
        count /= 1024
    raise AssertionError  # the last unit always returns


def _percent(share: float) -> str:
    return f"{share:.0%}"
