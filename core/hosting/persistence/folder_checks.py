"""Why the folder of the sessions cannot be written: each part of the way there, looked at."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

from core.hosting.checks.disk import disk_write
from core.hosting.checks.machine import size
from core.hosting.persistence.assessment import PersistenceFacts
from core.hosting.usage.scan import disk_space
from core.models.diagnostics import Check, CheckReason, Verdict
from core.models.persistence import GuideCheck, GuideReason, HostKind, PersistenceReason
from core.models.storage import StorageProblem, StorageView


def exists(folder: Path) -> Check:
    """Check that the folder is there and can be entered; name the first part of the path in the way."""
    code = GuideCheck.FOLDER_EXISTS
    for part in (*reversed(folder.parents), folder):
        try:
            status = part.stat()
        except FileNotFoundError:
            return Check(code, Verdict.BAD, CheckReason.AUTH_DIR_MISSING, str(part))
        except OSError:
            return Check(code, Verdict.BAD, StorageProblem.DENIED, str(part))
        if not stat.S_ISDIR(status.st_mode):
            return Check(code, Verdict.BAD, StorageProblem.NOT_A_FOLDER, str(part))
        if not os.access(part, os.X_OK):
            return Check(code, Verdict.BAD, StorageProblem.DENIED, str(part))
    return Check(code, Verdict.GOOD, value=str(folder))


def owner(folder: Path) -> Check:
    """Check whose folder it is, and that its mode lets this process write."""
    code = GuideCheck.FOLDER_OWNER
    if sys.platform == "win32":
        return Check(code, Verdict.UNKNOWN, CheckReason.NOT_TOLD)
    try:
        status = folder.stat()
    except OSError:
        return Check(code, Verdict.UNKNOWN, CheckReason.AUTH_DIR_MISSING)
    value = f"uid {os.geteuid()}, folder {status.st_uid}:{status.st_gid} {stat.S_IMODE(status.st_mode):04o}"
    # The mode first: ``access`` also says no on a disk that is mounted read-only, which is no owner's matter.
    if _lets_write(status) or os.access(folder, os.W_OK | os.X_OK):
        return Check(code, Verdict.GOOD, value=value)
    reason = StorageProblem.DENIED if status.st_uid == os.geteuid() else GuideReason.OWNED_BY_OTHER
    return Check(code, Verdict.BAD, reason, value)


def mount_writable(facts: PersistenceFacts) -> Check:
    """Check that the disk is mounted for writing."""
    code, mount = GuideCheck.MOUNT_WRITABLE, facts.mount
    if mount is None:
        return Check(code, Verdict.UNKNOWN, PersistenceReason.MOUNTS_UNREADABLE)
    if mount.read_only:
        return Check(code, Verdict.BAD, StorageProblem.READ_ONLY, mount.point)
    return Check(code, Verdict.GOOD, value=mount.point)


def mount_path(facts: PersistenceFacts, as_given: str) -> Check:
    """Check that a disk is mounted where ``AUTH_DIR`` points, and that the path was typed well."""
    code, mount = GuideCheck.MOUNT_PATH, facts.mount
    if mount is None:
        return Check(code, Verdict.UNKNOWN, PersistenceReason.MOUNTS_UNREADABLE)
    if mount.point == "/" and facts.host.kind is not HostKind.LOCAL:
        return Check(code, Verdict.BAD, PersistenceReason.COVERED_BY_ROOT, mount.point)
    if len(as_given) > 1 and as_given.endswith("/"):
        return Check(code, Verdict.WARNING, GuideReason.PATH_ENDS_WITH_SLASH, as_given)
    return Check(code, Verdict.GOOD, value=mount.point)


def room(folder: Path) -> Check:
    """Check that the disk has room for another file."""
    code = GuideCheck.DISK_ROOM
    if sys.platform == "win32":
        return Check(code, Verdict.UNKNOWN, CheckReason.NOT_TOLD)
    try:
        space = disk_space(folder)
    except OSError:
        return Check(code, Verdict.UNKNOWN, CheckReason.AUTH_DIR_MISSING)
    if space.size_bytes and not space.free_bytes:
        return Check(code, Verdict.BAD, StorageProblem.DISK_FULL, size(0))
    if space.inodes and not space.free_inodes:
        return Check(code, Verdict.BAD, GuideReason.INODES_FULL, size(space.free_bytes))
    return Check(code, Verdict.GOOD, value=size(space.free_bytes))


def writable(folder: Path, storage: StorageView) -> Check:
    """Check that the folder takes a durable write and is ours."""
    code = GuideCheck.WRITABLE
    if storage.problem:
        return Check(code, Verdict.BAD, storage.problem, storage.detail)
    if not storage.ready:
        return Check(code, Verdict.UNKNOWN, PersistenceReason.OPENING)
    check = disk_write(folder)
    if check.verdict is Verdict.WARNING:  # slow is no matter of permissions
        return Check(code, Verdict.GOOD, value=check.value)
    return replace(check, code=code)


def _lets_write(status: os.stat_result) -> bool:
    needed = stat.S_IWUSR | stat.S_IXUSR
    if sys.platform == "win32" or os.geteuid() == 0:
        return True
    if status.st_uid == os.geteuid():
        return status.st_mode & needed == needed
    if status.st_gid in (os.getegid(), *os.getgroups()):
        needed >>= 3
    else:
        needed >>= 6
    return status.st_mode & needed == needed
