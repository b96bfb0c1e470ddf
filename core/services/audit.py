"""Who did what to which instance, from where, when. Threading: everything here is safe from any thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

from core.models.access import LOCAL_VISITOR, Visitor
from core.models.audit import Action, AuditEntry
from core.services import current_visitor
from core.services.runtime import current
from core.store import audit as store

WAITING: Final = 1_000
"""Entries kept in memory while the disk cannot be written; the oldest go first."""

_waiting: deque[AuditEntry] = deque(maxlen=WAITING)
_writing = threading.Lock()


def note(action: Action, instance_id: str = "", *, visitor: Visitor | None = None) -> None:
    """Remember that ``visitor`` (whoever looks at the page when omitted) did this now. Returns at once."""
    who = visitor or current_visitor.signed_in() or LOCAL_VISITOR
    _waiting.append(AuditEntry(time.time(), who.how, who.who, who.address, action, instance_id))


def flush(auth_dir: Path) -> bool:
    """Write what waits. False when the disk did not take it: it waits on."""
    with _writing:
        entries = tuple(_waiting)
        if not entries:
            return True
        if not store.append(auth_dir, entries):
            return False
        for _ in entries:
            _waiting.popleft()
        return True


def entries(*, limit: int) -> tuple[AuditEntry, ...]:
    """The newest ``limit`` entries, newest first."""
    auth_dir = current().settings.auth_dir
    if flush(auth_dir):
        return store.entries(auth_dir, limit=limit)
    waiting = tuple(reversed(_waiting))
    return (*waiting, *store.entries(auth_dir, limit=limit))[:limit]
