"""What a supervisor writes down: the record, the timeline, and checkpoints of the session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from core.errors import AppError, StorageUnavailableError
from core.logs import redact
from core.models.history import HistoryKind
from core.models.instance import InstanceRecord
from core.store import history, session

log = logging.getLogger(__name__)

EVERY_S: Final = 30.0
"""Between two checkpoints while something changes, and between two tries to store a record."""


class Ledger:
    """The written side of one instance. Threading: the supervisor's only; ``record`` is replaced."""

    def __init__(
        self,
        record: InstanceRecord,
        folder: Path,
        *,
        save: Callable[[InstanceRecord], None],
        clock: Callable[[], float],
    ) -> None:
        self.record = record
        self.unsaved = False
        """True while the disk refused the newest record."""
        self.due_at = 0.0
        """When ``checkpoint`` is to be called next, in seconds since the epoch."""
        self._folder = folder
        self._save = save
        self._clock = clock
        self._wal = (0, 0)
        self._noted: tuple[HistoryKind, str] | None = None

    def remember(self, **changes: Any) -> None:
        """Change fields of the record and store it; when the disk refuses, ``checkpoint`` tries again."""
        record = replace(self.record, **changes)
        if record == self.record and not self.unsaved:
            return
        self.record = record
        try:
            self._save(record)
            self.unsaved = False
        except StorageUnavailableError as error:
            self.unsaved = True
            self.due_at = self._clock() + EVERY_S
            log.error("record not saved: %s", error, extra={"instance": record.id})

    def note(self, kind: HistoryKind, *, at: float, reason: str = "", detail: str = "") -> None:
        """Add a line to the timeline, unless it says what the last one said."""
        # A detail may differ at every try; a name is what a renaming is about.
        said = (kind, detail if kind is HistoryKind.RENAMED else reason)
        if said != self._noted:
            self._noted = said
            history.append(self._folder, kind, at=at, reason=reason, detail=redact(detail))

    def checkpoint(self) -> None:
        """Make what the core wrote safe on the disk, when it wrote something; also saves a late record."""
        self.due_at = self._clock() + EVERY_S
        if self.unsaved:
            self.remember()
        if (wal := session.wal_stamp(self._folder)) == self._wal:
            return
        try:
            session.checkpoint(self._folder)
        except AppError as error:
            log.warning("no checkpoint: %s", error, extra={"instance": self.record.id})
        self._wal = session.wal_stamp(self._folder) if wal[0] else wal
