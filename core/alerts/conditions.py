"""What is wrong with an instance, the disk, the engine, at one moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.alerts.incidents import Condition, Sign, Trouble
from core.models.codes import StateReason
from core.models.diagnostics import EngineRelease
from core.models.health.sending import RestrictionLight
from core.models.instance import InstanceState, InstanceView
from core.models.moving.backup import BackupProblem, BackupsView

DISK_FROM: Final = 0.9
"""From this share of the disk in use it is told; below ``DISK_BELOW`` it is well again."""
DISK_BELOW: Final = 0.88
_BY_HAND: Final = frozenset({StateReason.LOGGED_OUT_HERE, StateReason.REMOVED_HERE})
_RESTRICTED: Final = frozenset({StateReason.TEMPORARY_BAN, StateReason.BANNED_AGAIN})
_LACKS: Final[Mapping[str, Trouble]] = {
    BackupProblem.INSTANCES: Trouble.BACKUP_INSTANCES,
    BackupProblem.HISTORY: Trouble.BACKUP_HISTORY,
}
"""A backup that was made, though not all of it; of anything else there is none."""


def instance_sign(view: InstanceView, *, now: float) -> Sign:
    """Return how an instance is at ``now``. Offline counts at once here: ``incidents`` knows since when."""
    condition, trouble = _of_state(view)
    if condition is Condition.WELL and (trouble := _of_health(view, now)):
        condition = Condition.TROUBLED
    return Sign(view.id, view.name, condition, trouble)


def _of_state(view: InstanceView) -> tuple[Condition, Trouble | None]:
    match view.state:
        case InstanceState.CONNECTED:
            return Condition.WELL, None
        case InstanceState.LOGGED_OUT:
            by_hand = view.reason in _BY_HAND
            return (Condition.LEFT, None) if by_hand else (Condition.TROUBLED, Trouble.LOGGED_OUT)
        case InstanceState.FAILED if not (view.phone or view.linked):
            return Condition.TENDED, None  # its first pairing: who pairs it looks at it
        case InstanceState.FAILED:
            restricted = view.reason in _RESTRICTED
            return Condition.TROUBLED, Trouble.RESTRICTED if restricted else Trouble.FAILED
        case InstanceState.STOPPED:
            # Codes that were not scanned do not make a lost link less lost.
            expired = view.reason == StateReason.QR_EXPIRED
            return Condition.TENDED if expired else Condition.LEFT, None
        case InstanceState.STARTING | InstanceState.RECONNECTING if view.linked:
            return Condition.TROUBLED, Trouble.OFFLINE
        case _:
            return Condition.TENDED, None


def _of_health(view: InstanceView, now: float) -> Trouble | None:
    """Return what is wrong with one that is connected, the worst first."""
    if view.sending.trouble is not None:
        return Trouble.CANNOT_SEND
    if view.sending.restriction.light is RestrictionLight.SUSPECTED:
        return Trouble.NEW_REFUSED
    return Trouble.PHONE_SILENT if view.phone_silence(now=now) else None


def disk_sign(used_share: float | None, *, cannot_store: bool) -> Sign:
    """Return how the disk is; ``used_share`` None while it is not measured."""
    if cannot_store or (used_share is not None and used_share >= DISK_FROM):
        return Sign(Trouble.DISK, "", Condition.TROUBLED, Trouble.DISK)
    well = used_share is not None and used_share < DISK_BELOW
    return Sign(Trouble.DISK, "", Condition.WELL if well else Condition.TENDED)


def backup_sign(backups: BackupsView) -> Sign:
    """Return how the daily backup is; well where there is none."""
    if not backups.failed_at:
        return Sign(Trouble.BACKUP, "", Condition.WELL)
    trouble = _LACKS.get(backups.problem, Trouble.BACKUP)
    names = backups.detail if trouble is not Trouble.BACKUP else ""
    return Sign(Trouble.BACKUP, names, Condition.TROUBLED, trouble)


def engine_sign(engine: EngineRelease) -> Sign:
    """Return how the WhatsApp core is, by its age."""
    if engine.is_old:
        return Sign(Trouble.ENGINE, "", Condition.TROUBLED, Trouble.ENGINE)
    return Sign(Trouble.ENGINE, "", Condition.WELL)
