"""Writes one instance's record, timeline and session checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from core.errors import AppError, CorruptFileError, StorageUnavailableError
from core.logs import redact
from core.models.codes import StateReason
from core.models.instance import InstanceRecord, InstanceState
from core.models.timeline import HistoryKind
from core.registry.lifecycle import Status
from core.store import session, timeline

log = logging.getLogger(__name__)

EVERY_S: Final = 30.0
"""Between two checkpoints while something changes, and between two tries to store a record."""
AFTER_CONNECT_S: Final = 1.0
"""Once the first writes of a fresh session (812 pre-keys) are through."""

UNLINKED_S: Final = 2.0
"""The core takes its device out of the store within milliseconds of being logged out."""


@dataclass(frozen=True, slots=True)
class _TimelineEntry:
    kind: HistoryKind
    at: float
    reason: str
    detail: str


class InstanceWriter:
    """Files of one instance. Threading: the supervisor's only; ``record`` is replaced, never changed."""

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
        self._leftover_due_at: float | None = None
        """When to look for what is left of an ended link; None when nothing can be."""
        self._folder = folder
        self._save = save
        self._clock = clock
        self._entries: list[_TimelineEntry] = []
        self._written: tuple[HistoryKind, str] | None = None

    def update_record(self, **changes: Any) -> None:
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

    def on_transition(self, before: Status, status: Status, *, paired: bool) -> None:
        """Update the record and the time of the next checkpoint after a change of state.

        ``paired``: the phone has just let this device in.
        """
        if status.state is InstanceState.CONNECTED and before.state is not InstanceState.CONNECTED:
            self.due_at = self._clock() + AFTER_CONNECT_S
        if (status.linked, status.phone) != (self.record.linked, self.record.phone):
            self.update_record(linked=status.linked, phone=status.phone)
        if status.reason == StateReason.QR_EXPIRED:
            self.update_record(wanted=False)
        if paired:
            # As soon as there is time: a pairing must survive even the machine's sudden death.
            self.due_at = self._clock()

    # -- the timeline ----------------------------------------------------------------------------------------
    @property
    def has_unwritten_entries(self) -> bool:
        """Return True while entries wait for ``flush_timeline``."""
        return bool(self._entries)

    def add_timeline_entry(self, kind: HistoryKind, *, reason: str = "", detail: str = "") -> None:
        """Queue an entry for a quiet moment: the disk must not delay an event."""
        self._entries.append(_TimelineEntry(kind, self._clock(), reason, detail))

    def add_transition_entry(self, before: Status, status: Status) -> None:
        """Queue the entry that a change of status is worth, if any."""
        if status.linked and not before.linked and status.state is InstanceState.PAIRING:
            self.add_timeline_entry(HistoryKind.LINKED)
        elif (status.state, status.reason) != (before.state, before.reason):
            self.add_timeline_entry(
                HistoryKind(status.state.value), reason=status.reason, detail=status.detail
            )

    def flush_timeline(self) -> None:
        """Write the queued entries, but for one that repeats the last one."""
        for entry in self._entries:
            # A detail may differ at every try; a name is what a renaming is about.
            fact = (entry.kind, entry.detail if entry.kind is HistoryKind.RENAMED else entry.reason)
            if fact != self._written or entry.kind is HistoryKind.CALL_REJECTED:
                self._written = fact
                timeline.append(
                    self._folder, entry.kind, at=entry.at, reason=entry.reason, detail=redact(entry.detail)
                )
        self._entries.clear()

    # -- the session -----------------------------------------------------------------------------------------
    def checkpoint(self) -> None:
        """Fold what the core wrote into the session's file, if it wrote anything; also save a late record."""
        self.due_at = self._clock() + EVERY_S
        if self.unsaved:
            self.update_record()
        if not session.wal_bytes(self._folder):
            return
        try:
            session.checkpoint(self._folder)  # a worker in the way: the log is as it was for the next time
        except AppError as error:
            log.warning("no checkpoint: %s", error, extra={"instance": self.record.id})

    def await_unlinked(self) -> None:
        """Wait until the core has taken its device out of the store: it tells of the logout first.

        A worker that is ended in between would leave the keys where they are.
        """
        try:
            if not session.wait_until_unlinked(self._folder, timeout_s=UNLINKED_S):
                log.warning("the core kept its device", extra={"instance": self.record.id})
        except AppError as error:
            log.warning("session not read: %s", error, extra={"instance": self.record.id})

    def link_ended(self) -> None:
        """Have the session removed: WhatsApp or the core's store says that the device is no longer linked."""
        self._leftover_due_at = self._clock()

    @property
    def has_leftover(self) -> bool:
        """Return whether a session may have to be removed still. Threading: safe from any thread."""
        return self._leftover_due_at is not None

    def remove_leftover(self) -> bool:
        """Remove the session of a link that has ended; return True when it was removed just now.

        A store with a device stays, whatever the record says. When the disk refuses, a later call tries
        again. Call while no worker runs.
        """
        if self._leftover_due_at is None or self._clock() < self._leftover_due_at:
            return False
        self._leftover_due_at = None
        try:
            return session.remove_unlinked(self._folder)
        except CorruptFileError as error:
            # The next start sets it aside and says so.
            log.warning("session left where it is: %s", error, extra={"instance": self.record.id})
        except (StorageUnavailableError, OSError) as error:
            self._leftover_due_at = self._clock() + EVERY_S
            log.warning("session not removed: %s", error, extra={"instance": self.record.id})
        return False
