"""Self-checks of the machine or container: clock, time zone, file descriptors, memory."""

from __future__ import annotations

import os
import sys
import time
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from core.hosting.checks.memory import limit_files
from core.models.diagnostics import Check, CheckReason, SelfCheck, SelfCheckReason, Verdict

WARNED_FROM: Final = 0.80
BAD_FROM: Final = 0.95
CLOCK_JUMP_S: Final = 10.0
_BESIDE: Final = {
    "memory.max": ("memory.current", "inactive_file"),
    "memory.limit_in_bytes": ("memory.usage_in_bytes", "total_inactive_file"),
}
"""Where the use stands beside a limit, and what of it can be given up. Source: kernel.org, admin-guide."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that the processes here may use together, and use now."""

    limit: int
    used: int


def memory(root: Path = Path("/")) -> Memory | None:
    """Return the container's limit and use, or the machine's when no limit is tighter; None if not told.

    Files that the kernel merely keeps at hand are not counted: it gives them up. Of several limits the one
    with the least room counts. ``root`` holds ``proc`` and ``sys``.
    """
    machine = _machine_memory(root / "proc" / "meminfo")
    groups = [group for file in limit_files(root) if (group := _group(file)) is not None]
    tighter = [group for group in groups if machine is None or group.limit < machine.limit]
    return min(tighter, key=lambda group: group.limit - group.used, default=machine)


def _machine_memory(path: Path) -> Memory | None:
    try:
        lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
        figures = {words[0]: int(words[1]) * 1024 for words in lines if len(words) > 1}
        return Memory(figures["MemTotal:"], figures["MemTotal:"] - figures["MemAvailable:"])
    except (OSError, ValueError, KeyError):
        return None


def _group(limit_file: Path) -> Memory | None:
    """Limit and use of one control group; None when it has no limit or is not there."""
    use, kept = _BESIDE[limit_file.name]
    try:
        limit = int(limit_file.read_text(encoding="ascii"))
        used = int(limit_file.with_name(use).read_text(encoding="ascii"))
        stat = limit_file.with_name("memory.stat").read_text(encoding="ascii")
    except (OSError, ValueError):  # "max", or no such group here
        return None
    figures = dict(line.split(" ", 1) for line in stat.splitlines() if " " in line)
    return Memory(limit, max(0, used - int(figures.get(kept, "0"))))


def memory_use(memory: Memory | None) -> Check:
    """Check how much of the memory is used."""
    if memory is None or memory.limit <= 0:
        return Check(SelfCheck.MEMORY, Verdict.UNKNOWN, CheckReason.NOT_TOLD)
    value = f"{_percent(memory.used / memory.limit)} ({size(memory.used)} / {size(memory.limit)})"
    return Check(
        SelfCheck.MEMORY,
        *grade(memory.used / memory.limit, SelfCheckReason.MEMORY_80, SelfCheckReason.MEMORY_95),
        value,
    )


def descriptors() -> Check:
    """Check how many of its file descriptors this process uses."""
    if sys.platform == "win32":
        return Check(SelfCheck.FILE_DESCRIPTORS, Verdict.UNKNOWN, CheckReason.NOT_TOLD)
    import resource  # noqa: PLC0415  # not on Windows

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        used = len(os.listdir("/dev/fd"))  # noqa: PTH208  # names are enough
    except OSError:
        return Check(SelfCheck.FILE_DESCRIPTORS, Verdict.UNKNOWN, CheckReason.NOT_TOLD)
    if limit == resource.RLIM_INFINITY:
        return Check(SelfCheck.FILE_DESCRIPTORS, Verdict.GOOD, value=str(used))
    return Check(
        SelfCheck.FILE_DESCRIPTORS,
        *grade(used / limit, SelfCheckReason.DESCRIPTORS_80, SelfCheckReason.DESCRIPTORS_95),
        f"{used} / {limit}",
    )


def grade(share: float, warning: SelfCheckReason, bad: SelfCheckReason) -> tuple[Verdict, str]:
    """Return verdict and reason for something of which ``share`` is used."""
    if share >= BAD_FROM:
        return Verdict.BAD, bad
    if share >= WARNED_FROM:
        return Verdict.WARNING, warning
    return Verdict.GOOD, ""


class ClockWatch:
    """A comparison of the wall clock with one that cannot be set, from its construction on."""

    def __init__(self) -> None:
        self._offset = time.time() - _steady()

    def check(self, not_before: date | None) -> Check:
        """Check that the clock was not set since, and shows no day before ``not_before``.

        A clock that was a little wrong all the time looks right from here.
        """
        now = datetime.now(UTC)
        if not_before is not None and now.date() < not_before:
            return Check(
                SelfCheck.CLOCK,
                Verdict.BAD,
                SelfCheckReason.CLOCK_IN_THE_PAST,
                f"{now:%Y-%m-%d %H:%M:%S} UTC",
            )
        jumped = time.time() - _steady() - self._offset
        if abs(jumped) > CLOCK_JUMP_S:
            return Check(SelfCheck.CLOCK, Verdict.WARNING, SelfCheckReason.CLOCK_JUMPED, f"{jumped:+.0f} s")
        return Check(SelfCheck.CLOCK, Verdict.GOOD, value=f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _steady() -> float:
    """Return seconds that run through a suspend, where the system has such a clock."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def time_zone(environment: Mapping[str, str] = os.environ) -> Check:
    """Check the zone of the log's times; libc takes UTC silently when ``TZ`` names none that it has."""
    name = environment.get("TZ", "").removeprefix(":")
    here = datetime.now(UTC).astimezone()
    value = f"{name or here.tzname()} (UTC{here:%z})"
    if "/" in name and not name.startswith("/"):
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return Check(SelfCheck.TIME_ZONE, Verdict.WARNING, SelfCheckReason.TIME_ZONE_UNKNOWN, value)
    return Check(SelfCheck.TIME_ZONE, Verdict.GOOD, value=value)


def size(count: float) -> str:
    """Return ``count`` bytes for readers of any language: ``512 MB``, ``1.5 GB`` (1 GB = 1024 MB)."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.1f} {unit}" if 0 < count < 10 and unit != "B" else f"{count:.0f} {unit}"
        count /= 1024
    raise AssertionError  # the last unit always returns


def _percent(share: float) -> str:
    return f"{share:.0%}"
