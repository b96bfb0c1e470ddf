"""Self-check of the daily backup: is there one, how old is the last, and did it fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict
from core.models.moving.backup import BackupsView

OLD_S: Final = 2 * 24 * 3600.0


def backup_check(view: BackupsView, *, now: float) -> Check:
    """Return how the daily backup is at ``now``, in seconds since the epoch."""
    if not view.scheduled:
        return Check(SelfCheck.BACKUP, Verdict.UNKNOWN, SelfCheckReason.BACKUP_OFF)
    last = _moment(view.last_good_at) if view.last_good_at else ""
    if view.failed_at:
        return Check(SelfCheck.BACKUP, Verdict.BAD, SelfCheckReason.BACKUP_FAILED, last)
    if not last:
        return Check(SelfCheck.BACKUP, Verdict.UNKNOWN, SelfCheckReason.BACKUP_NOT_YET)
    if now - view.last_good_at > OLD_S:
        return Check(SelfCheck.BACKUP, Verdict.WARNING, SelfCheckReason.BACKUP_OLD, last)
    return Check(SelfCheck.BACKUP, Verdict.GOOD, value=last)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
