"""A control group with a limit of memory, as a small plan or a container has one: cgroup v1 or v2."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MB: Final = 1024 * 1024
_V2_OWN: Final = "memory.max"
_GONE_S: Final = 10.0


class NoGroupError(Exception):
    """No control group can be made here; the message says why."""


class MemoryGroup:
    """A group that processes can be started in. Threading: not safe; ``inside`` moves this whole process."""

    def __init__(self, folder: Path, *, version: int) -> None:
        self._folder = folder
        self._v2 = version == 2

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Be in it while the block lasts: what is started there stays in it with its children.

        For as short as possible: should the group run out of memory, this process is the largest in it.
        """
        before = _own_group(self._folder, v2=self._v2)
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (before / "cgroup.procs").write_text(str(os.getpid()))

    @property
    def most(self) -> int:
        """The most bytes that were ever taken, files in the page cache included."""
        return self._number("memory.peak" if self._v2 else "memory.max_usage_in_bytes")

    @property
    def now(self) -> int:
        """Bytes that are taken now, files in the page cache included."""
        return self._number("memory.current" if self._v2 else "memory.usage_in_bytes")

    @property
    def resident(self) -> int:
        """Bytes that cannot be given back: without the page cache."""
        table = self._table("memory.stat")
        return table["anon"] if self._v2 else table["total_rss"]

    @property
    def hits(self) -> int:
        """How often the limit was met, and files were let go of."""
        return self._table("memory.events")["max"] if self._v2 else self._number("memory.failcnt")

    @property
    def kills(self) -> int:
        """Processes that the kernel ended for want of memory."""
        return self._table("memory.events" if self._v2 else "memory.oom_control").get("oom_kill", 0)

    def pids(self) -> list[int]:
        """The processes in it."""
        return [int(line) for line in (self._folder / "cgroup.procs").read_text().split()]

    def _number(self, name: str) -> int:
        return int((self._folder / name).read_text())

    def _table(self, name: str) -> dict[str, int]:
        lines = (line.split() for line in (self._folder / name).read_text().splitlines())
        return {line[0]: int(line[1]) for line in lines}


@contextlib.contextmanager
def memory_group(limit: int) -> Iterator[MemoryGroup]:
    """A group of at most ``limit`` bytes, without swap, removed afterwards. Raises NoGroupError."""
    try:
        folder, version = _make(f"drill-{os.getpid()}")
    except OSError as error:
        raise NoGroupError(str(error)) from error
    try:
        try:
            _limit(folder, limit, v2=version == 2)
        except OSError as error:
            raise NoGroupError(str(error)) from error
        yield MemoryGroup(folder, version=version)
    finally:
        _remove(folder)


def _make(name: str) -> tuple[Path, int]:
    """Make the group; return its folder and the version of the interface."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, options = line.partition(" - ")
        point = Path(fields.split()[4])
        kind, *_, of_group = options.split()
        if kind == "cgroup" and "memory" in of_group.split(","):
            (point / name).mkdir()
            return point / name, 1
        if kind == "cgroup2" and "memory" in (point / "cgroup.controllers").read_text().split():
            (point / "cgroup.subtree_control").write_text("+memory")
            (point / name).mkdir()
            return point / name, 2
    raise OSError("no control groups for memory are mounted")


def _limit(folder: Path, limit: int, *, v2: bool) -> None:
    if v2:
        (folder / _V2_OWN).write_text(str(limit))
        swap = folder / "memory.swap.max"
        if swap.exists():
            swap.write_text("0")
        return
    (folder / "memory.limit_in_bytes").write_text(str(limit))
    both = folder / "memory.memsw.limit_in_bytes"
    if both.exists():
        both.write_text(str(limit))


def _own_group(folder: Path, *, v2: bool) -> Path:
    """Return the folder of the group that this process is in, in the hierarchy of ``folder``."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, names, path = line.split(":", 2)
        if (v2 and number == "0" and not names) or (not v2 and "memory" in names.split(",")):
            found = folder.parent / path.lstrip("/")
            # Inside a container the path may be the host's, which is not to be seen here.
            return found if found.is_dir() else folder.parent
    return folder.parent


def _remove(folder: Path) -> None:
    """Remove it; its last processes may take a moment to be gone."""
    deadline = time.monotonic() + _GONE_S
    while True:
        try:
            folder.rmdir()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
