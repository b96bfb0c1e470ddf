"""Self-checks of the folder of the sessions: does it take a write, has it room, who may read it."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from core.hosting.checks.deadline import DeadlinePool
from core.hosting.checks.machine import grade, size
from core.hosting.usage import scan
from core.models.diagnostics import Check, CheckReason, SelfCheck, SelfCheckReason, Verdict
from core.store.files import write_atomic
from core.store.owner_lock import storage_error

SLOW_S: Final = 0.25
"""A durable write that takes longer makes pairing and sending feel slow."""
SAMPLED: Final = 500
"""Files and folders whose permissions are looked at, at most."""
_PROBE: Final = ".diagnostics-probe"


def disk_checks(folder: Path, pool: DeadlinePool) -> tuple[Check, ...]:
    """Run every check of this module; one without an answer in time is bad for a hanging disk."""
    return pool.run(
        {
            SelfCheck.DISK_WRITE: lambda: disk_write(folder),
            SelfCheck.DISK_SPACE: lambda: disk_space(folder),
            SelfCheck.INODES: lambda: inodes(folder),
            SelfCheck.PERMISSIONS: lambda: permissions(folder),
        }
    )


def disk_write(folder: Path) -> Check:
    """Write 4 KiB as every record is written, durably, and remove it again."""
    probe = folder / f"{_PROBE}-{threading.get_ident()}"  # several visitors may ask at once
    begin = time.perf_counter()
    try:
        write_atomic(probe, os.urandom(4096))
        took = time.perf_counter() - begin
        probe.unlink()
    except OSError as error:
        return _refused(SelfCheck.DISK_WRITE, error)
    value = f"{took * 1000:.1f} ms"
    if took > SLOW_S:
        return Check(SelfCheck.DISK_WRITE, Verdict.WARNING, SelfCheckReason.DISK_SLOW, value)
    return Check(SelfCheck.DISK_WRITE, Verdict.GOOD, value=value)


def disk_space(folder: Path) -> Check:
    """Measure how much of the disk is used, of what this process may use."""
    try:
        space = scan.disk_space(folder)
    except OSError as error:
        return _refused(SelfCheck.DISK_SPACE, error)
    share = space.used_share
    if share is None:
        return Check(SelfCheck.DISK_SPACE, Verdict.UNKNOWN, CheckReason.NOT_TOLD)
    value = f"{share:.0%} ({size(space.used_bytes)} / {size(space.usable_bytes)})"
    return Check(SelfCheck.DISK_SPACE, *grade(share, SelfCheckReason.DISK_80, SelfCheckReason.DISK_95), value)


def inodes(folder: Path) -> Check:
    """Measure how many of the files that the disk can hold are there."""
    try:
        space = scan.disk_space(folder)
    except OSError as error:
        return _refused(SelfCheck.INODES, error)
    share, whole = space.used_inodes_share, space.usable_inodes
    if share is None:
        return Check(SelfCheck.INODES, Verdict.UNKNOWN, SelfCheckReason.INODES_NOT_COUNTED)
    value = f"{share:.0%} ({_grouped(whole - space.free_inodes)} / {_grouped(whole)})"
    return Check(SelfCheck.INODES, *grade(share, SelfCheckReason.INODES_80, SelfCheckReason.INODES_95), value)


def permissions(folder: Path) -> Check:
    """Check that only this process's user can read what is stored, in some hundred files."""
    try:
        own = folder.stat()
        open_, foreign, seen = [], [], 1
        for path, status in ((folder, own), *islice(_below(folder), SAMPLED)):
            seen += 1
            if status.st_uid != os.geteuid():
                foreign.append(_label(folder, path, status))
            elif status.st_mode & 0o077:
                open_.append(_label(folder, path, status))
    except OSError as error:
        return _refused(SelfCheck.PERMISSIONS, error)
    value = f"{stat.S_IMODE(own.st_mode):04o}, uid {own.st_uid}"
    if foreign:
        return Check(
            SelfCheck.PERMISSIONS, Verdict.BAD, SelfCheckReason.PERMISSIONS_NOT_OURS, _worst(value, foreign)
        )
    if open_:
        return Check(
            SelfCheck.PERMISSIONS, Verdict.WARNING, SelfCheckReason.PERMISSIONS_TOO_OPEN, _worst(value, open_)
        )
    return Check(SelfCheck.PERMISSIONS, Verdict.GOOD, value=value)


def _below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield what lies in the folder and in the folders in it; follow no link."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISLNK(status.st_mode) or entry.name == "lost+found":
                    continue
                yield Path(entry.path), status
                if stat.S_ISDIR(status.st_mode) and Path(entry.path).parent == folder:
                    yield from _inside(Path(entry.path))
            except FileNotFoundError:
                continue  # temporary files come and go


def _inside(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if not stat.S_ISLNK(status.st_mode):
                yield Path(entry.path), status


def _label(folder: Path, path: Path, status: os.stat_result) -> str:
    """Name an entry for a report, without the folder of an instance, which carries the instance's name."""
    what = "." if path == folder else f"…/{path.name}" if path.parent != folder else "…"
    return f"{what} {stat.S_IMODE(status.st_mode):04o} uid {status.st_uid}"


def _grouped(count: int) -> str:
    # Eight digits in one piece would look like a telephone number, to a report above all.
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def _worst(value: str, labels: list[str]) -> str:
    return f"{value}; {len(labels)}: {labels[0]}"


def _refused(code: SelfCheck, error: OSError) -> Check:
    if error.errno == errno.ENOENT:
        return Check(code, Verdict.BAD, CheckReason.AUTH_DIR_MISSING)
    problem = storage_error(error)
    return Check(code, Verdict.BAD, problem.code, problem.detail)
