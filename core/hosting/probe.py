"""Self-checks of the folder of the sessions: does it take a write, has it room, who may read it."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from core.hosting.machine import graded, size
from core.models.check import Check, Verdict
from core.store.files import write_atomic
from core.store.owner import storage_error

SLOW_S: Final = 0.25
"""A durable write that takes longer makes pairing and sending feel slow."""
HANGS_S: Final = 5.0
SAMPLED: Final = 500
"""Files and folders whose permissions are looked at, at most."""
_PROBE: Final = ".diagnostics-probe"


def disk_checks(folder: Path, *, patience_s: float = HANGS_S) -> tuple[Check, ...]:
    """Every check of this module; one that a hanging disk does not answer in time is bad."""
    checks: dict[str, Callable[[Path], Check]] = {
        "disk-write": disk_write,
        "disk-space": disk_space,
        "inodes": inodes,
        "permissions": permissions,
    }
    deadline = time.monotonic() + patience_s
    waiting = [
        (code, _Answer(lambda check=check: check(folder)))  # type: ignore[misc]  # mypy and defaults
        for code, check in checks.items()
    ]
    return tuple(
        answer.within(deadline - time.monotonic()) or Check(code, Verdict.BAD, "disk-hangs")
        for code, answer in waiting
    )


class _Answer:
    """A check in a thread of its own: a call into a disk that hangs can be left, but not ended."""

    def __init__(self, ask: Callable[[], Check]) -> None:
        self._ask = ask
        self._check: Check | None = None
        self._thread = threading.Thread(target=self._run, name="disk-check", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._check = self._ask()

    def within(self, seconds: float) -> Check | None:
        self._thread.join(max(0.0, seconds))
        return self._check


def disk_write(folder: Path) -> Check:
    """Write 4 KiB as every record is written, durably, and remove it again."""
    probe = folder / f"{_PROBE}-{threading.get_ident()}"  # several visitors may ask at once
    begin = time.perf_counter()
    try:
        write_atomic(probe, os.urandom(4096))
        took = time.perf_counter() - begin
        probe.unlink()
    except OSError as error:
        return _refused("disk-write", error)
    value = f"{took * 1000:.1f} ms"
    if took > SLOW_S:
        return Check("disk-write", Verdict.WARNING, "disk-slow", value)
    return Check("disk-write", Verdict.GOOD, value=value)


def disk_space(folder: Path) -> Check:
    """How much of the disk is used, of what this process may use."""
    try:
        told = os.statvfs(folder)
    except OSError as error:
        return _refused("disk-space", error)
    used, free = (told.f_blocks - told.f_bfree) * told.f_frsize, told.f_bavail * told.f_frsize
    if used + free <= 0:
        return Check("disk-space", Verdict.UNKNOWN, "not-told")
    share = used / (used + free)
    return Check("disk-space", *graded("disk", share), f"{share:.0%} ({size(free)} / {size(used + free)})")


def inodes(folder: Path) -> Check:
    """How many of the files that the disk can hold are there."""
    try:
        told = os.statvfs(folder)
    except OSError as error:
        return _refused("inodes", error)
    used, free = told.f_files - told.f_ffree, told.f_favail
    if told.f_files == 0 or used + free <= 0:
        return Check("inodes", Verdict.UNKNOWN, "inodes-not-counted")
    share = used / (used + free)
    return Check(
        "inodes", *graded("inodes", share), f"{share:.0%} ({_grouped(free)} / {_grouped(used + free)})"
    )


def permissions(folder: Path) -> Check:
    """Whether only this process's user can read what is stored; some hundred files are looked at."""
    try:
        own = folder.stat()
        open_, foreign, seen = [], [], 1
        for path, found in ((folder, own), *islice(_below(folder), SAMPLED)):
            seen += 1
            if found.st_uid != os.geteuid():
                foreign.append(_label(folder, path, found))
            elif found.st_mode & 0o077:
                open_.append(_label(folder, path, found))
    except OSError as error:
        return _refused("permissions", error)
    value = f"{stat.S_IMODE(own.st_mode):04o}, uid {own.st_uid}"
    if foreign:
        return Check("permissions", Verdict.BAD, "permissions-not-ours", _worst(value, foreign))
    if open_:
        return Check("permissions", Verdict.WARNING, "permissions-too-open", _worst(value, open_))
    return Check("permissions", Verdict.GOOD, value=value)


def _below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What lies in the folder and in the folders in it; follows no link."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISLNK(found.st_mode) or entry.name == "lost+found":
                    continue
                yield Path(entry.path), found
                if stat.S_ISDIR(found.st_mode) and Path(entry.path).parent == folder:
                    yield from _inside(Path(entry.path))
            except FileNotFoundError:
                continue  # temporary files come and go


def _inside(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if not stat.S_ISLNK(found.st_mode):
                yield Path(entry.path), found


def _label(folder: Path, path: Path, found: os.stat_result) -> str:
    """An instance's folder carries its name, which a report must not: only what is below it is named."""
    what = "." if path == folder else f"…/{path.name}" if path.parent != folder else "…"
    return f"{what} {stat.S_IMODE(found.st_mode):04o} uid {found.st_uid}"


def _grouped(count: int) -> str:
    # Eight digits in one piece would look like a telephone number, to a report above all.
    return f"{count:,}".replace(",", " ")


def _worst(value: str, labels: list[str]) -> str:
    return f"{value}; {len(labels)}: {labels[0]}"


def _refused(code: str, error: OSError) -> Check:
    if error.errno == errno.ENOENT:
        return Check(code, Verdict.BAD, "auth-dir-missing")
    problem = storage_error(error)
    return Check(code, Verdict.BAD, problem.code, problem.detail)
