"""What a backup of ours holds, as it was made and as it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from core.models.moving.device import FoundDevice


class BackupFound(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was opened. Holds no secret."""

    made_at: float
    """Seconds since the epoch. What happened at WhatsApp after it is not in it."""
    app_version: str
    messages: bool
    """Whether the messages are in it."""
    devices: tuple[FoundDevice, ...]
    """One for each instance; what was opened of it lies in a folder of its own, named by its ``index``."""
    names: tuple[str, ...]
    """What the instances were called, in the order of ``devices``."""


class BackupProblem(StrEnum):
    """Why a scheduled backup was not made. On disk; becomes a sentence."""

    DISK_FULL = "backup-disk-full"
    """No room to put it together."""
    SESSION = "backup-session"
    """No session could be copied; nothing was saved."""
    INSTANCES = "backup-instances"
    """Some instances could not be saved; the others were. Detail: their names."""
    HISTORY = "backup-history"
    """All were saved, some without timeline and messages. Detail: their names."""
    NOT_MADE = "backup-not-made"
    """It could not be put together; detail: why."""
    FOLDER = "backup-folder"
    """The folder it should go to does not take it; detail: the system's word."""
    FOLDER_GONE = "backup-folder-gone"
    """The folder that took the last one is not there, or its disk is not mounted."""
    REFUSED = "backup-refused"
    """The storage service answered, and said no."""
    UNREACHABLE = "backup-unreachable"
    """The storage service did not answer."""


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that waits to be fetched."""

    token: str
    """What it is fetched with."""
    file_name: str
    size: int
    """Bytes."""
    instances: tuple[str, ...]
    """Ids of those in it."""
    messages: bool
    made_at: float
    """In seconds since the epoch."""
    gone_at: float
    """When it is removed from here, in seconds since the epoch."""
    lacking: tuple[str, ...] = ()
    """Names of the instances that were asked for and could not be saved."""
    without_history: tuple[str, ...] = ()
    """Names of those in it whose timeline and messages could not be saved."""


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A backup that lies where the daily ones go."""

    name: str
    size: int
    """Bytes."""
    made_at: float
    """In seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class BackupsView:
    """How the backups stand."""

    scheduled: bool = False
    """Whether one is made every day."""
    place: str = ""
    """Where those go: a folder or ``s3://bucket/prefix``, without secrets; empty unless ``scheduled``."""
    saved: Mapping[str, float] = field(default_factory=dict)
    """By instance id: when it was last saved, in seconds since the epoch."""
    last_good_at: float = 0.0
    """When the last scheduled one arrived; 0 for never."""
    failed_at: float = 0.0
    """When the last attempt failed; 0 once one has succeeded since."""
    next_at: float = 0.0
    """When the next one is due, in seconds since the epoch; 0 where it is due already, or none is made."""
    problem: str = ""
    """A ``BackupProblem`` while ``failed_at`` is set."""
    detail: str = ""
