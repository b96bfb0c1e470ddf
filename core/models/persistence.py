"""Whether what is stored outlives a restart or a deploy, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PersistenceStatus(StrEnum):
    """The verdict on the folder of the sessions."""

    RED = "red"
    """Ephemeral: a deploy takes everything along."""
    AMBER = "amber"
    """Looks persistent, not proven yet."""
    GREEN = "green"
    """Proven: what was stored here outlived a change of machine or container."""
    UNKNOWN = "unknown"
    """This system does not tell."""


class HostKind(StrEnum):
    """Where the process runs, as far as its environment tells."""

    RENDER = "render"
    FLY = "fly"
    RAILWAY = "railway"
    KUBERNETES = "kubernetes"
    DOCKER = "docker"
    LOCAL = "local"
    """A machine of one's own: laptop, server, virtual machine."""


@dataclass(frozen=True, slots=True)
class Mount:
    """The mount that covers a path: the one with the longest mount point that is a prefix of it."""

    point: str
    file_system: str
    """Type as the kernel names it (``ext4``, ``overlay``, ``tmpfs``)."""
    source: str
    """Device or share, as the kernel names it; may be empty."""


@dataclass(frozen=True, slots=True)
class PersistenceView:
    """The persistence light with its evidence."""

    light: PersistenceStatus
    reason: str
    """Stable code that becomes a sentence, see ``core.hosting.persistence.assessment``."""
    host: HostKind
    auth_dir: str
    auth_dir_given: bool
    """False when ``AUTH_DIR`` was not set and a default is used."""
    mount: Mount | None
    """None when the mounts cannot be read."""
    restarts: int
    """Starts of the process that found what earlier ones had stored."""
    deploys: int
    """Of them, those with another machine, container or deploy than the start before."""
    proven_since: float | None
    """When the oldest start that is still on record was, in seconds since the epoch."""
    empty_since: float | None
    """When a start found this folder new although a sign says that there was another; None otherwise."""
