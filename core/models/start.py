"""A start of the app as people see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What had changed since the start before."""

    FIRST = "first"
    """The first one on this disk."""
    RESTART = "restart"
    """Nothing: the same machine, container and deploy, as far as the system tells."""
    REPLACED = "replaced"
    """Another machine, container or deploy; on a machine of one's own a reboot."""
    MOVED = "moved"
    """The folder had come to another disk."""
    NOT_KEPT = "not-kept"
    """Not known any more: the start before is no longer on record."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start, without saying which machine it was on."""

    at: float
    """Seconds since the epoch."""
    change: Change
    instances: int
    """How many it found."""
    linked: int
    """How many of them had a session to restore."""
