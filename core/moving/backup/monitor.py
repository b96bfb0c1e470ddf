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
from core.models.moving.backup import BackupsView, MadeBackup
from core.models.storage import StorageView
from core.moving.backup import making
from core.moving.backup.daily import DailyBackup, Schedule, next_due
from core.moving.backup.making import Order, sources_of
from core.moving.backup.record import RecordFile
from core.moving.backup.shelf import PREFIX, Shelf

log = logging.getLogger(__name__)

EVERY_S: Final = 5.0
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


class BackupMonitor:
    """Backups, from the start of the process to its end.

    Threading: everything is safe from any thread. ``view`` returns at once; ``make`` takes about a second for
    an instance; ``stop`` waits up to 2 s.
    """

    def __init__(  # noqa: PLR0913  # what surrounds it
        self,
        auth_dir: Path,
        *,
        sources: Sources,
        app_version: str,
        schedule: Schedule | None = None,
        clock: Callable[[], float] = time.time,
        uptime: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auth_dir = auth_dir
        self._sources = sources
        self._app_version = app_version
        self._schedule = schedule
        self._clock = clock
        self._shelf = Shelf(auth_dir, clock=clock)
        self._record = RecordFile(auth_dir)
        self._closing = threading.Event()
        self._daily: DailyBackup | None = None
        if schedule is not None:
            self._daily = DailyBackup(
                auth_dir,
                schedule,
                record=self._record,
                order=self._order,
                flush=self._flush,
                closing=self._closing,
                clock=clock,
                uptime=uptime,
            )
        # Two: nothing may wait longer than promised because an upload hangs.
        self._threads = tuple(
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
            for name, work in (("backups", self._round), ("backups-expiry", self._shelf.expire))
        )

    def start(self) -> None:
        """Begin to make the daily backup, if there is to be one; call it once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End a backup that is being made; remove those that wait. Idempotent."""
        self._closing.set()
        making.close()
        until = time.monotonic() + STOP_S
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        self._shelf.clear()

    @property
    def view(self) -> BackupsView:
        """Return how the backups stand."""
        record, schedule = self._record.current, self._schedule
        return BackupsView(
            scheduled=schedule is not None,
            place=schedule.place if schedule else "",
            saved=dict(record.saved),
            last_good_at=record.last_good_at,
            failed_at=record.failed_at if schedule else 0.0,
            next_at=next_due(record, now=self._clock()) if schedule else 0.0,
            problem=record.problem if schedule else "",
            detail=record.detail if schedule else "",
        )

    # -- on a press ------------------------------------------------------------------------------------------
    def make(self, instances: Sequence[InstanceView], passphrase: str, *, messages: bool) -> MadeBackup:
        """Make a backup of those instances and keep it for an hour; of those that can be saved.

        Raises MoveRefusedError (``move-damaged``, ``move-no-device``, ``move-disk-full``), AppError
        (backup-full) or StorageUnavailableError; nothing is left then.
        """
        self._require_ready()
        order = self._order(instances, passphrase, messages=messages)
        ids = [view.id for view in instances]
        made = self._shelf.make(order, ids, flush=lambda: self._flush(instances))
        for instance_id in set(ids) - set(made.instances):
            log.error("cannot be saved", extra={"instance": instance_id})
        log.info("made a backup of %d instances, %d bytes", len(made.instances), made.size)
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
            saved = dict.fromkeys(made.instances, made.made_at)
            self._record.change(lambda record: replace(record, saved={**record.saved, **saved}))

    def discard(self, token: str) -> None:
        """Remove a backup that waits. Idempotent."""
        self._shelf.discard(token)

    # -- by itself -------------------------------------------------------------------------------------------
    def _run(self, work: Callable[[], None]) -> None:
        while not self._closing.wait(EVERY_S):
            try:
                work()
            except Exception:
                # Top of a thread that is never started again.
                log.exception("backups: unhandled error")

    def _round(self) -> None:
        if not self._sources.storage().ready:
            return
        self._record.change(lambda record: record)
        if self._daily is not None:
            # What was moved to another system grows old here, and must not run again.
            views = [view for view in self._sources.views() if view.linked and not view.is_moved_out]
            self._daily.make_if_due(views)

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
