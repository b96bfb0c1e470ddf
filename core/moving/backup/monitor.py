"""Makes backups: on a press, and every day by itself; keeps on record what was saved when."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.models.instance import InstanceView
from core.models.moving.backup import BackupProblem, BackupsView, MadeBackup
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.storage import StorageProblem, StorageView
from core.moving import staging
from core.moving.backup import making
from core.moving.backup.destination import KEPT, Destination, NotStoredError
from core.moving.backup.making import Order, sources_of
from core.moving.backup.record import BackupRecord, read_backups, write_backups
from core.moving.backup.shelf import PREFIX, Shelf, file_name, put_together

log = logging.getLogger(__name__)

EVERY_S: Final = 5.0
DAY_S: Final = 24 * 3600.0
RETRY_S: Final = 3600.0
"""After a scheduled backup that failed."""
SETTLE_S: Final = 0.1
"""What a session has taken in reaches its instance's memory within milliseconds."""
STOP_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the state of things is asked for. Each is safe from any thread."""

    storage: Callable[[], StorageView]
    views: Callable[[], tuple[InstanceView, ...]]
    flush: Callable[[str], None]
    """Writes what is in memory of one instance's messages."""


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


class BackupMonitor:
    """Backups, from the start of the process to its end.

    Threading: everything is safe from any thread. ``view`` returns at once; ``make`` takes about a second for
    an instance; ``stop`` waits up to 2 s.
    """

    def __init__(
        self,
        auth_dir: Path,
        *,
        sources: Sources,
        app_version: str,
        schedule: Schedule | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._auth_dir = auth_dir
        self._sources = sources
        self._app_version = app_version
        self._schedule = schedule
        self._clock = clock
        self._shelf = Shelf(auth_dir, clock=clock)
        self._lock = threading.Lock()
        self._record: BackupRecord | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        """Begin to make the daily backup, if there is to be one; call it once."""
        self._thread.start()

    def stop(self) -> None:
        """End a backup that is being made; remove those that wait. Idempotent."""
        self._closing.set()
        making.close()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
        self._shelf.clear()

    @property
    def view(self) -> BackupsView:
        """Return how the backups stand."""
        record, schedule = self._record or BackupRecord(), self._schedule
        return BackupsView(
            scheduled=schedule is not None,
            place=schedule.place if schedule else "",
            saved=dict(record.saved),
            last_good_at=record.last_good_at,
            failed_at=record.failed_at if schedule else 0.0,
            problem=record.problem if schedule else "",
            detail=record.detail if schedule else "",
        )

    # -- on a press ------------------------------------------------------------------------------------------
    def make(self, instances: Sequence[InstanceView], passphrase: str, *, messages: bool) -> MadeBackup:
        """Make a backup of those instances and keep it for an hour.

        Raises MoveRefusedError (``move-damaged``, ``move-no-device``, ``move-disk-full``) or
        StorageUnavailableError; nothing is left then.
        """
        self._require_ready()
        order = self._order(instances, passphrase, messages=messages)
        ids = [view.id for view in instances]
        made = self._shelf.make(order, ids, flush=lambda: self._flush(instances))
        log.info("made a backup of %d instances, %d bytes", len(instances), made.size)
        return made

    def export(self, view: InstanceView, passphrase: str) -> MadeBackup:
        """Write the session of an instance that is stopped for other systems; sealed unless it is empty.

        Raises as ``make``.
        """
        self._require_ready()
        (source,) = sources_of(self._auth_dir, [(view.id, view.name)])
        made = self._shelf.make_export(source, view.id, passphrase)
        log.info("wrote a session for another system", extra={"instance": view.id})
        return made

    def waiting(self, token: str) -> tuple[Path, MadeBackup] | None:
        """Return where a backup lies, and what is known of it; None once it is gone."""
        path, made = self._shelf.find(token), self._shelf.made(token)
        return (path, made) if path is not None and made is not None else None

    def note_fetched(self, made: MadeBackup) -> None:
        """Note that all of a backup was downloaded: its instances are saved. An export is no backup."""
        if made.file_name.startswith(PREFIX):
            self._change(lambda record: _with_saved(record, made.instances, made.made_at))

    def discard(self, token: str) -> None:
        """Remove a backup that waits. Idempotent."""
        self._shelf.discard(token)

    # -- every day -------------------------------------------------------------------------------------------
    def _run(self) -> None:
        while not self._closing.wait(EVERY_S):
            try:
                self._round()
            except Exception:
                # Top of a thread that is never started again.
                log.exception("backups: unhandled error")

    def _round(self) -> None:
        self._shelf.expire()
        if not self._sources.storage().ready:
            return
        self._change(lambda record: record)
        if self._schedule is not None and self._due():
            self._make_scheduled(self._schedule)

    def _due(self) -> bool:
        record, now = self._record or BackupRecord(), self._clock()
        # A time in the future is of a clock that was set back: it must not put the next one off for years.
        if 0 <= now - record.failed_at < RETRY_S:
            return False
        return not 0 <= now - record.last_good_at < DAY_S

    def _make_scheduled(self, schedule: Schedule) -> None:
        """Save every linked instance; those that cannot be saved do not keep the others from it."""
        instances = [view for view in self._sources.views() if view.linked]
        if not instances:
            return
        try:
            with staging.staging_folder(self._auth_dir) as folder:
                saved, at = self._save(schedule, instances, folder)
        except NotStoredError as error:
            self._failed(error.problem, error.detail)
        except MoveRefusedError as error:
            full = error.code == MoveCode.DISK_FULL
            self._failed(BackupProblem.DISK_FULL if full else BackupProblem.SESSION, error.detail)
        except StorageUnavailableError as error:
            full = error.code == StorageProblem.DISK_FULL
            self._failed(BackupProblem.DISK_FULL if full else BackupProblem.NOT_MADE, error.detail)
        else:
            self._succeeded(saved, at, whole=len(saved) == len(instances))

    def _save(
        self, schedule: Schedule, instances: list[InstanceView], folder: Path
    ) -> tuple[list[InstanceView], float]:
        """Make the backup and bring it to its place; return which instances are in it, and of when it is."""
        good = instances
        path = folder / "backup.age"
        try:
            order = self._order(good, schedule.passphrase, messages=schedule.messages)
            put_together(order, folder, path, flush=lambda: self._flush(good))
        except MoveRefusedError as error:
            if error.code == MoveCode.DISK_FULL or len(instances) == 1:
                raise
            staging.erase(path)
            good = [view for view in instances if self._can_be_saved(view, folder)]
            if not good:
                raise
            order = self._order(good, schedule.passphrase, messages=schedule.messages)
            put_together(order, folder, path, flush=lambda: self._flush(good))
        schedule.destination.put(path, file_name(order.made_at))
        schedule.destination.keep_newest(KEPT)
        return good, order.made_at

    def _can_be_saved(self, view: InstanceView, folder: Path) -> bool:
        """Try one instance alone, under a passphrase that is thrown away."""
        trial = folder / "alone.age"
        try:
            put_together(self._order([view], folder.name, messages=False), folder, trial, flush=lambda: None)
        except MoveRefusedError as error:
            log.error("cannot be saved: %s", error.code, extra={"instance": view.id})
            return False
        finally:
            staging.erase(trial)
        return True

    def _succeeded(self, saved: list[InstanceView], at: float, *, whole: bool) -> None:
        ids = tuple(view.id for view in saved)
        log.info("saved %d instances in the daily backup", len(ids))
        self._change(
            lambda record: replace(
                _with_saved(record, ids, at), last_good_at=at, failed_at=0.0, problem="", detail=""
            )
        )
        if not whole:
            self._failed(BackupProblem.SESSION, "")

    def _failed(self, problem: BackupProblem, detail: str) -> None:
        log.error("daily backup failed: %s %s", problem, detail)
        now = self._clock()
        self._change(lambda record: replace(record, failed_at=now, problem=str(problem), detail=detail))

    # -- both ------------------------------------------------------------------------------------------------
    def _order(self, instances: Sequence[InstanceView], passphrase: str, *, messages: bool) -> Order:
        return Order(
            sources=sources_of(self._auth_dir, [(view.id, view.name) for view in instances]),
            passphrase=passphrase,
            messages=messages,
            app_version=self._app_version,
            made_at=self._clock(),
        )

    def _flush(self, instances: Sequence[InstanceView]) -> None:
        self._closing.wait(SETTLE_S)
        for view in instances:
            self._sources.flush(view.id)

    def _require_ready(self) -> None:
        view = self._sources.storage()
        if not view.ready:
            raise StorageUnavailableError(view.problem or "opening", detail=view.detail)

    def _change(self, changed: Callable[[BackupRecord], BackupRecord]) -> None:
        """Replace the record, on the disk too if that takes it."""
        with self._lock:
            try:
                before = self._record if self._record is not None else read_backups(self._auth_dir)
                self._record = changed(before)
                if self._record != before:
                    write_backups(self._auth_dir, self._record)
            except OSError as error:
                log.warning("record of backups: %s", error.strerror)


def _with_saved(record: BackupRecord, ids: Sequence[str], at: float) -> BackupRecord:
    return replace(record, saved={**record.saved, **dict.fromkeys(ids, at)})
