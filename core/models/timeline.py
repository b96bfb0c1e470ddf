"""One line of an instance's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HistoryKind(StrEnum):
    """What happened. The states' names stand for a change into that state."""

    CREATED = "created"
    RENAMED = "renamed"
    RESTORED = "restored"
    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    PROCESS_STARTED = "process_started"
    STARTING = "starting"
    PAIRING = "pairing"
    LINKED = "linked"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    STOPPED = "stopped"
    LOGGED_OUT = "logged_out"
    FAILED = "failed"
    SELF_TEST = "self_test"
    SENDING_FAILS = "sending_fails"
    SENDING_WORKS = "sending_works"
    RESTRICTION_BEGAN = "restriction_began"
    RESTRICTION_ENDED = "restriction_ended"
    CALL_REJECTED = "call_rejected"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What happened when, and why. ``reason`` is a stable code; ``detail`` a short fact, never a secret."""

    id: int
    """Grows with time within one instance."""
    at: float
    """Seconds since the epoch."""
    kind: HistoryKind
    reason: str
    detail: str
