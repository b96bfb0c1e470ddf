"""The daily backup: when it is due, what it saves, and what is on record of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from core.errors import StorageUnavailableError
from core.models.instance import InstanceView
from core.models.moving.backup import BackupProblem
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.storage import StorageProblem
from core.moving import staging
from core.moving.backup.destination import Destination, NotStoredError
from core.moving.backup.making import Order, Packed
from core.moving.backup.record import BackupRecord, RecordFile
from core.moving.backup.retention import is_install_id, new_install_id, scheduled_name
from core.moving.backup.shelf import put_together

log = logging.getLogger(__name__)

DAY_S: Final = 24 * 3600.0
RETRY_S: Final = 3600.0
"""Between two attempts, whatever the first one ended in."""
_NAMED: Final = 5
"""Most instances that a problem names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The daily backup."""

    destination: Destination
    place: str
    """As pages name it."""
    passphrase: str
    messages: bool

    def __repr__(self) -> str:
        return f"Schedule({self.place})"


class MakeOrder(Protocol):
    """Returns the order for a backup of those instances, as of now."""

    def __call__(self, instances: Sequence[InstanceView], passphrase: str, *, messages: bool) -> Order: ...


class DailyBackup:
    """One backup a day, brought to its place. Threading: for one thread."""

    def __init__(  # noqa: PLR0913  # what surrounds it
        self,
        auth_dir: Path,
        schedule: Schedule,
        *,
        record: RecordFile,
        order: MakeOrder,
        flush: Callable[[Sequence[InstanceView]], None],
        closing: threading.Event,
        clock: Callable[[], float],
        uptime: Callable[[], float],
    ) -> None:
        self._auth_dir = auth_dir
        self._schedule = schedule
        self._record = record
        self._order = order
        self._flush = flush
        self._closing = closing
        self._clock = clock
        self._uptime = uptime
        self._tried_at: float | None = None
        """In memory too, by a clock that is never set: the record may be lost, unreadable or unwritable."""

    def make_if_due(self, instances: Sequence[InstanceView]) -> None:
        """Save those instances if the last backup is a day old and the last attempt an hour."""
        if not instances or not self._due():
            return
        self._tried_at = self._uptime()
        try:
            self._make(instances)
        except Exception as error:  # whatever it was: it is told, and not tried again at once
            log.exception("daily backup: unhandled error")
            self._failed(BackupProblem.NOT_MADE, type(error).__name__)
        finally:
            self._tried_at = self._uptime()

    def _due(self) -> bool:
        if self._tried_at is not None and self._uptime() - self._tried_at < RETRY_S:
            return False
        return not next_due(self._record.current, now=self._clock())

    def _make(self, instances: Sequence[InstanceView]) -> None:
        """Save every instance; those that cannot be saved do not keep the others from it."""
        try:
            with staging.staging_folder(self._auth_dir) as folder:
                packed, at = self._save(instances, folder)
        except NotStoredError as error:
            self._failed(error.problem, error.detail)
        except (MoveRefusedError, StorageUnavailableError) as error:
            self._failed(_problem_of(error), error.detail)
        else:
            self._succeeded(instances, packed, at)

    def _save(self, instances: Sequence[InstanceView], folder: Path) -> tuple[Packed, float]:
        """Make the backup and bring it to its place; return what is in it, and of when it is."""
        path = folder / "backup.age"
        order = self._order(instances, self._schedule.passphrase, messages=self._schedule.messages)
        packed = put_together(order, folder, path, flush=lambda: self._flush(instances))
        self._record.change(_with_install)
        record, place = self._record.current, self._schedule.place
        name = scheduled_name(record.install, order.made_at)
        before = record.stored_on if record.stored_to == place else ""
        on = self._schedule.destination.put(path, name, before=before)
        self._record.change(lambda now: replace(now, stored_to=place, stored_on=on))
        try:
            self._schedule.destination.remove_old(name)
        except NotStoredError as error:  # there are more than there should be, and the new one is among them
            log.warning("old backups were not removed: %s %s", error.problem, error.detail)
        return packed, order.made_at

    def _succeeded(self, instances: Sequence[InstanceView], packed: Packed, at: float) -> None:
        saved = {instances[index].id: at for index in packed.saved}
        log.info("saved %d instances in the daily backup", len(saved))
        for lacking in packed.lacking:
            log.error("cannot be saved: %s", lacking.code, extra={"instance": instances[lacking.index].id})
        for index in packed.without_history:
            log.error("saved without its messages", extra={"instance": instances[index].id})
        problem = BackupProblem.INSTANCES if packed.lacking else BackupProblem.HISTORY
        indices = [each.index for each in packed.lacking] or packed.without_history
        names = ", ".join(instances[index].name for index in indices[:_NAMED])
        self._record.change(
            lambda record: replace(
                record,
                saved={**record.saved, **saved},
                last_good_at=at,
                failed_at=self._clock() if names else 0.0,
                problem=str(problem) if names else "",
                detail=names,
            )
        )

    def _failed(self, problem: BackupProblem, detail: str) -> None:
        if self._closing.is_set():
            return  # the end of the process broke it off: the next start makes it
        log.error("daily backup failed: %s %s", problem, detail)
        now = self._clock()
        self._record.change(
            lambda record: replace(record, failed_at=now, problem=str(problem), detail=detail)
        )


def next_due(record: BackupRecord, *, now: float) -> float:
    """Return when the next one is due by what is on record, in seconds since the epoch; 0 for at once.

    A time in the future is of a clock that was set back: it must not put the next one off for years.
    """
    waits = ((record.failed_at, RETRY_S), (record.last_good_at, DAY_S))
    return max((at + wait for at, wait in waits if 0 <= now - at < wait), default=0.0)


def _problem_of(error: MoveRefusedError | StorageUnavailableError) -> BackupProblem:
    if error.code in (MoveCode.DISK_FULL, StorageProblem.DISK_FULL):
        return BackupProblem.DISK_FULL
    if error.code in (MoveCode.DAMAGED, MoveCode.NO_DEVICE):
        return BackupProblem.SESSION
    return BackupProblem.NOT_MADE


def _with_install(record: BackupRecord) -> BackupRecord:
    return record if is_install_id(record.install) else replace(record, install=new_install_id())
