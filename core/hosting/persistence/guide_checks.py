"""The steps of the guide, asked of what is known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from core.hosting.persistence.assessment import PersistenceFacts, assess, is_anonymous_volume, lost_reason
from core.hosting.persistence.mounts import MountEntry
from core.hosting.persistence.start_history import StartHistory
from core.models.codes import StateReason
from core.models.diagnostics import Check, Verdict
from core.models.instance import InstanceView
from core.models.persistence import GuideCheck, GuideReason, HostKind, PersistenceReason, PersistenceStatus
from core.models.storage import StorageProblem, StorageView

_LOST_SESSION: Final = frozenset({GuideReason.SESSION_MISSING, StateReason.SESSION_CORRUPT})


def disk_attached(facts: PersistenceFacts) -> Check:
    """Check that there is a disk that could hold the sessions."""
    code = GuideCheck.DISK_ATTACHED
    if facts.mounts is None:
        return _untold(facts, code)
    disk = _disk(facts)
    if disk is None:
        return Check(code, Verdict.BAD, GuideReason.NO_DISK)
    return Check(code, Verdict.GOOD, value=f"{disk.file_system} {disk.source}".strip())


def mounted_where(facts: PersistenceFacts) -> Check:
    """Check where the disk is mounted, and that the sessions lie on it."""
    code = GuideCheck.MOUNTED_WHERE
    if facts.mounts is None:
        return _untold(facts, code)
    disk = _disk(facts)
    if disk is None:
        return Check(code, Verdict.BAD, GuideReason.NO_DISK)
    if disk != facts.mount:
        return Check(code, Verdict.WARNING, GuideReason.DISK_ELSEWHERE, disk.point)
    return Check(code, Verdict.GOOD, value=disk.point)


def auth_dir_set(facts: PersistenceFacts) -> Check:
    """Check that ``AUTH_DIR`` was set, where it has to be."""
    code = GuideCheck.AUTH_DIR_SET
    if facts.given or facts.host.kind is HostKind.LOCAL:
        return Check(code, Verdict.GOOD, value=facts.auth_dir)
    if facts.default_is_lost:
        return Check(code, Verdict.BAD, PersistenceReason.AUTH_DIR_NOT_SET, facts.auth_dir)
    return Check(code, Verdict.WARNING, GuideReason.AUTH_DIR_DEFAULT, facts.auth_dir)


def auth_dir_on_disk(facts: PersistenceFacts) -> Check:
    """Check that the sessions lie on something that lasts."""
    code = GuideCheck.AUTH_DIR_ON_DISK
    if reason := lost_reason(facts):
        disk = _disk(facts)
        if disk is not None and reason != PersistenceReason.AUTH_DIR_NOT_SET:
            return Check(code, Verdict.BAD, GuideReason.DISK_ELSEWHERE, disk.point)
        return Check(code, Verdict.BAD, reason)
    mount = facts.mount
    if mount is None:
        return _untold(facts, code)
    if is_anonymous_volume(mount):
        return Check(code, Verdict.WARNING, PersistenceReason.ANONYMOUS_VOLUME, mount.point)
    return Check(code, Verdict.GOOD, value=mount.point)


def redeployed(facts: PersistenceFacts) -> Check:
    """Check that the sessions outlived a deploy (on one's own machine: a reboot)."""
    code = GuideCheck.REDEPLOYED
    view = assess(facts)
    if view.status in (PersistenceStatus.RED, PersistenceStatus.UNKNOWN):
        return Check(
            code, Verdict.BAD if view.status is PersistenceStatus.RED else Verdict.UNKNOWN, view.reason
        )
    if view.status is PersistenceStatus.GREEN:
        return Check(code, Verdict.GOOD, value=str(view.deploys))
    if view.reason in (PersistenceReason.NOT_RECORDED, PersistenceReason.DISK_CHANGED):
        return Check(code, Verdict.WARNING, view.reason)
    if not facts.host.machine and not facts.host.deploy:
        return Check(code, Verdict.UNKNOWN, GuideReason.MACHINE_UNKNOWN)
    if view.host is HostKind.LOCAL:
        return Check(code, Verdict.WARNING, GuideReason.NOT_REBOOTED)
    return Check(
        code,
        Verdict.WARNING,
        PersistenceReason.RESTARTS_ONLY if view.restarts else GuideReason.NOT_REDEPLOYED,
    )


def sessions_restored(facts: PersistenceFacts, views: Sequence[InstanceView]) -> Check:
    """Check that this start found the sessions of the one before."""
    code, history = GuideCheck.SESSIONS_RESTORED, facts.history
    if history is None:
        return _unopened(facts, code)
    if history.gone:
        return Check(code, Verdict.BAD, GuideReason.INSTANCES_GONE, str(len(history.gone)))
    if lost := sum(view.reason in _LOST_SESSION for view in views):
        return Check(code, Verdict.BAD, GuideReason.SESSION_MISSING, str(lost))
    if history.began_empty and not views:
        return Check(code, Verdict.WARNING, GuideReason.FOLDER_EMPTY, _moment(history.first.at))
    if not history.restarts or not history.newest.linked:
        return Check(code, Verdict.UNKNOWN, GuideReason.NOTHING_TO_RESTORE)
    return Check(code, Verdict.GOOD, value=str(history.newest.linked))


def path_in_use(facts: PersistenceFacts) -> Check:
    """Check which folder the log lines name, and that it is the real one."""
    if facts.path != facts.auth_dir:
        return Check(GuideCheck.PATH_IN_USE, Verdict.WARNING, GuideReason.PATH_IS_LINK, facts.path)
    return Check(GuideCheck.PATH_IN_USE, Verdict.GOOD, value=facts.auth_dir)


def marker_kept(facts: PersistenceFacts, views: Sequence[InstanceView]) -> Check:
    """Check that the record of earlier starts is still there."""
    code, history = GuideCheck.MARKER_KEPT, facts.history
    if history is None:
        return _unopened(facts, code)
    if reason := _marker_problem(facts, history, views):
        return Check(code, Verdict.WARNING, reason, _moment(history.first.at))
    return Check(code, Verdict.GOOD, value=_moment(history.first.at))


def unlinked_by_phone(facts: PersistenceFacts, views: Sequence[InstanceView]) -> Check:
    """Check for sessions that WhatsApp or the phone ended, which no disk could have kept."""
    code = GuideCheck.UNLINKED_BY_PHONE
    if not facts.opened:
        return Check(code, Verdict.UNKNOWN, PersistenceReason.OPENING)
    ended = sum(view.reason == StateReason.LOGGED_OUT for view in views)
    return (
        Check(code, Verdict.WARNING, GuideReason.UNLINKED_BY_PHONE, str(ended))
        if ended
        else Check(code, Verdict.GOOD)
    )


_ELSEWHERE: Final = frozenset({StateReason.STREAM_REPLACED, StateReason.RUNNING_ELSEWHERE})


def single_owner(storage: StorageView, views: Sequence[InstanceView]) -> Check:
    """Check that this is the only process with these sessions."""
    code = GuideCheck.SINGLE_OWNER
    if storage.problem == StorageProblem.LOCKED:
        return Check(code, Verdict.BAD, storage.problem, storage.detail)
    replaced = sum(view.reason in _ELSEWHERE for view in views)
    if replaced:
        return Check(code, Verdict.WARNING, GuideReason.REPLACED_ELSEWHERE, str(replaced))
    return Check(code, Verdict.GOOD)


def _marker_problem(facts: PersistenceFacts, history: StartHistory, views: Sequence[InstanceView]) -> str:
    if not facts.recorded:
        return PersistenceReason.NOT_RECORDED
    if history.damaged:
        return GuideReason.MARKER_DAMAGED
    if history.moved:
        return PersistenceReason.DISK_CHANGED
    if history.began_empty and not views:
        return GuideReason.FOLDER_EMPTY
    return "" if history.restarts else GuideReason.FIRST_START


def _disk(facts: PersistenceFacts) -> MountEntry | None:
    """Return the disk that the sessions are on, else the likeliest one that they are not on."""
    mount = facts.mount
    if mount is not None and not lost_reason(facts):
        return mount
    return next((entry for entry in facts.mounts or () if entry.looks_like_disk and entry != mount), None)


def _untold(facts: PersistenceFacts, code: GuideCheck) -> Check:
    # A machine of one's own has a disk; only its mounts are not told.
    return Check(code, Verdict.UNKNOWN, PersistenceReason.MOUNTS_UNREADABLE, facts.auth_dir)


def _unopened(facts: PersistenceFacts, code: GuideCheck) -> Check:
    if facts.opened:
        return Check(code, Verdict.WARNING, PersistenceReason.NOT_RECORDED)
    return Check(code, Verdict.UNKNOWN, PersistenceReason.OPENING)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
