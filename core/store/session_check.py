"""What a stored session is worth before a worker opens it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from core.errors import CorruptFileError
from core.models.instance import InstanceRecord, InstanceState
from core.store import session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionProblem:
    """Why an instance cannot start as it is, and the state that it is in therefore."""

    state: InstanceState
    reason: str
    detail: str


def inspect_session(folder: Path, record: InstanceRecord) -> tuple[bool, SessionProblem | None]:
    """Whether the store holds a linked device, and what is wrong; a damaged store is set aside.

    Call while no worker runs for this instance. Raises StorageUnavailableError when it cannot be read now.
    """
    try:
        linked = session.has_device(folder)
    except CorruptFileError:
        kept = session.set_session_aside(folder)
        log.error("session unreadable, kept as %s", kept, extra={"instance": record.id})
        return False, SessionProblem(InstanceState.FAILED, "session-corrupt", kept)
    if record.linked and not linked:
        # It was linked and the store says otherwise: a QR, as if nothing had happened, would hide that.
        return False, SessionProblem(InstanceState.LOGGED_OUT, "session-missing", "")
    if linked:
        log.info("Restoring session of instance %s from %s", record.id, folder)
    return linked, None
