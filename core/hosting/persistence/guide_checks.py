"""The steps of the guide, asked of what is known. Pure; codes: ``core.services.persistence``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from core.hosting.persistence.assessment import PersistenceFacts, assess, is_anonymous_volume, lost_reason
from core.hosting.persistence.mounts import MountEntry
from core.hosting.persistence.start_history import History
from core.models.diagnostics import Check, Verdict
from core.models.instance import InstanceView
from core.models.persistence import HostKind, PersistenceStatus
from core.models.storage import StorageView

_LOST_SESSION: Final = frozenset({"session-missing", "session-corrupt"})


def disk_attached(facts: PersistenceFacts) -> Check:
    """Is there a disk that could hold the sessions?"""
    code = "disk-attached"
    if facts.mounts is None:
        return _untold(facts, code)
    disk = _disk(facts)
    if disk is None:
        return Check(code, Verdict.BAD, "no-disk")
    return Check(code, Verdict.GOOD, value=f"{disk.file_system} {disk.source}".strip())


def mounted_where(facts: PersistenceFacts) -> Check:
    """Where is it, and do the sessions lie on it?"""
    code = "mounted-where"
    if facts.mounts is None:
        return _untold(facts, code)
    disk = _disk(facts)
    if disk is None:
        return Check(code, Verdict.BAD, "no-disk")
    if disk != facts.mount:
        return Check(code, Verdict.WARNING, "disk-elsewhere", disk.point)
    return Check(code, Verdict.GOOD, value=disk.point)


def auth_dir_set(facts: PersistenceFacts) -> Check:
    """Was ``AUTH_DIR`` set, where it has to be?"""
    code = "auth-dir-set"
    if facts.given or facts.host.kind is HostKind.LOCAL:
        return Check(code, Verdict.GOOD, value=facts.auth_dir)
    if facts.default_is_lost:
        return Check(code, Verdict.BAD, "auth-dir-not-set", facts.auth_dir)
    return Check(code, Verdict.WARNING, "auth-dir-default", facts.auth_dir)


def auth_dir_on_disk(facts: PersistenceFacts) -> Check:
    """Do the sessions lie on something that lasts?"""
    code = "auth-dir-on-disk"
    if reason := lost_reason(facts):
        disk = _disk(facts)
        if disk is not None and reason != "auth-dir-not-set":
            return Check(code, Verdict.BAD, "disk-elsewhere", disk.point)
        return Check(code, Verdict.BAD, reason)
    mount = facts.mount
    if mount is None:
        return _untold(facts, code)
    if is_anonymous_volume(mount):
        return Check(code, Verdict.WARNING, "anonymous-volume", mount.point)
    return Check(code, Verdict.GOOD, value=mount.point)


def redeployed(facts: PersistenceFacts) -> Check:
    """Did it live through a deploy (on one's own machine: a reboot)?"""
    code = "redeployed"
    view = assess(facts)
    if view.light in (PersistenceStatus.RED, PersistenceStatus.UNKNOWN):
        return Check(
            code, Verdict.BAD if view.light is PersistenceStatus.RED else Verdict.UNKNOWN, view.reason
        )
    if view.light is PersistenceStatus.GREEN:
        return Check(code, Verdict.GOOD, value=str(view.deploys))
    if view.reason in ("not-recorded", "disk-changed"):
        return Check(code, Verdict.WARNING, view.reason)
    if not facts.host.machine and not facts.host.deploy:
        return Check(code, Verdict.UNKNOWN, "machine-unknown")
    if view.host is HostKind.LOCAL:
        return Check(code, Verdict.WARNING, "not-rebooted")
    return Check(code, Verdict.WARNING, "restarts-only" if view.restarts else "not-redeployed")


def sessions_restored(facts: PersistenceFacts, views: Sequence[InstanceView]) -> Check:
    """Did this start find the sessions of the one before?"""
    code, history = "sessions-restored", facts.history
    if history is None:
        return _unopened(facts, code)
    if history.gone:
        return Check(code, Verdict.BAD, "instances-gone", str(len(history.gone)))
    if lost := sum(view.reason in _LOST_SESSION for view in views):
        return Check(code, Verdict.BAD, "session-missing", str(lost))
    if history.began_empty and not views:
        return Check(code, Verdict.WARNING, "folder-empty", _moment(history.first.at))
    if not history.restarts or not history.newest.linked:
        return Check(code, Verdict.UNKNOWN, "nothing-to-restore")
    return Check(code, Verdict.GOOD, value=str(history.newest.linked))


def path_in_use(facts: PersistenceFacts) -> Check:
    """Which folder the log lines name, and whether it is the real one."""
    if facts.path != facts.auth_dir:
        return Check("path-in-use", Verdict.WARNING, "path-is-link", facts.path)
    return Check("path-in-use", Verdict.GOOD, value=facts.auth_dir)


def marker_kept(facts: PersistenceFacts, views: Sequence[InstanceView]) -> Check:
    """Is the record of earlier starts still there?"""
    code, history = "marker-kept", facts.history
    if history is None:
        return _unopened(facts, code)
    if reason := _marker_problem(facts, history, views):
        return Check(code, Verdict.WARNING, reason, _moment(history.first.at))
    return Check(code, Verdict.GOOD, value=_moment(history.first.at))


def unlinked_by_phone(facts: PersistenceFacts, views: Sequence[InstanceView]) -> Check:
    """Were sessions ended by WhatsApp or on the phone, so that no disk could have kept them?"""
    code = "unlinked-by-phone"
    if not facts.opened:
        return Check(code, Verdict.UNKNOWN, "opening")
    ended = sum(view.reason == "wa-logged-out" for view in views)
    return Check(code, Verdict.WARNING, code, str(ended)) if ended else Check(code, Verdict.GOOD)


def single_owner(storage: StorageView, views: Sequence[InstanceView]) -> Check:
    """Is this the only process with these sessions?"""
    code = "single-owner"
    if storage.problem == "auth-dir-locked":
        return Check(code, Verdict.BAD, storage.problem, storage.detail)
    replaced = sum(view.reason == "wa-stream-replaced" for view in views)
    if replaced:
        return Check(code, Verdict.WARNING, "replaced-elsewhere", str(replaced))
    return Check(code, Verdict.GOOD)


def _marker_problem(facts: PersistenceFacts, history: History, views: Sequence[InstanceView]) -> str:
    if not facts.recorded:
        return "not-recorded"
    if history.damaged:
        return "marker-damaged"
    if history.moved:
        return "disk-changed"
    if history.began_empty and not views:
        return "folder-empty"
    return "" if history.restarts else "first-start"


def _disk(facts: PersistenceFacts) -> MountEntry | None:
    """The disk that the sessions are on, else the likeliest one that they are not on."""
    mount = facts.mount
    if mount is not None and not lost_reason(facts):
        return mount
    return next((entry for entry in facts.mounts or () if entry.looks_like_disk and entry != mount), None)


def _untold(facts: PersistenceFacts, code: str) -> Check:
    # A machine of one's own has a disk; only its mounts are not told.
    return Check(code, Verdict.UNKNOWN, "mounts-unreadable", facts.auth_dir)


def _unopened(facts: PersistenceFacts, code: str) -> Check:
    if facts.opened:
        return Check(code, Verdict.WARNING, "not-recorded")
    return Check(code, Verdict.UNKNOWN, "opening")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
