"""Who did what to which instance, from where, when. Threading: everything here is safe from any thread."""

from __future__ import annotations

import time

from core.models.access import LOCAL_VISITOR, Visitor
from core.models.audit import Action, AuditEntry
from core.services.runtime import current


def note(action: Action, instance_id: str = "", *, visitor: Visitor | None = None) -> None:
    """Record that ``visitor`` (of the page that runs in this thread when omitted) did this now.

    Returns at once; the entry reaches the disk within moments.
    """
    runtime = current()
    author = visitor or runtime.visitors.current or LOCAL_VISITOR
    runtime.audit.add(AuditEntry(time.time(), author.how, author.who, author.address, action, instance_id))


def anything_waits() -> bool:
    """Return whether ``flush`` has something to write; looks at no disk."""
    return bool(current().audit.waiting)


def flush() -> bool:
    """Write what waits; False if the disk did not take it: it waits on."""
    runtime = current()
    return runtime.audit.flush(runtime.settings.auth_dir)


def entries(*, limit: int) -> tuple[AuditEntry, ...]:
    """Return the newest ``limit`` entries, newest first."""
    runtime = current()
    return runtime.audit.entries(runtime.settings.auth_dir, limit=limit)
