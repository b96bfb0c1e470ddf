"""Audit entries on their way to the disk."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Final

from core.models.audit import AuditEntry
from core.store import audit as store

WAITING: Final = 1_000
"""Entries kept in memory while the disk cannot be written; the oldest go first."""


class AuditQueue:
    """A bounded queue in front of ``audit.db``. Threading: safe from any thread."""

    def __init__(self) -> None:
        self._waiting: deque[AuditEntry] = deque(maxlen=WAITING)
        self._writing = threading.Lock()

    @property
    def waiting(self) -> tuple[AuditEntry, ...]:
        """Return what is not on the disk yet, oldest first."""
        return tuple(self._waiting)

    def add(self, entry: AuditEntry) -> None:
        """Queue ``entry``. Returns at once."""
        self._waiting.append(entry)

    def flush(self, auth_dir: Path) -> bool:
        """Write what waits; False if the disk did not take it: it waits on."""
        with self._writing:
            entries = self.waiting
            if not entries:
                return True
            if not store.append(auth_dir, entries):
                return False
            for _ in entries:
                self._waiting.popleft()
            return True

    def entries(self, auth_dir: Path, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return the newest ``limit`` entries, newest first, those that wait included."""
        if self.flush(auth_dir):
            return store.entries(auth_dir, limit=limit)
        waiting = tuple(reversed(self.waiting))
        return (*waiting, *store.entries(auth_dir, limit=limit))[:limit]
