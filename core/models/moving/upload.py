"""What an upload, or a database, turned out to be, and what was made of it. Holds no secret."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.models.moving.converted import Lost
from core.models.moving.device import FoundDevice


class UploadKind(StrEnum):
    """Where a session comes from."""

    BACKUP = "backup"
    """A backup that this app made."""
    WHATSMEOW = "whatsmeow"
    """A database of whatsmeow: GoWA, wuzapi, WAHA GOWS, Evolution Go, QuePasa, mautrix, neonize."""
    BAILEYS = "baileys"
    """A session of Baileys: WAHA NOWEB, OpenWA, CodeChat, Evolution API."""


class FoundUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload holds."""

    kind: UploadKind
    devices: tuple[FoundDevice, ...]
    """At least one."""
    names: tuple[str, ...] = ()
    """What the instances of a backup were called, in the order of ``devices``."""
    lost: tuple[Lost, ...] = ()
    """What stays behind of each of ``devices``, in their order; empty where everything comes along."""
    made_at: float = 0.0
    """When a backup was made, in seconds since the epoch; 0 for anything else."""
    log_missing: bool = False
    """A database that keeps its newest changes in a second file came without one: they may be missing."""


class PreparedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that lies ready in a folder of its own."""

    number: str
    """Digits."""
    lost: Lost = Lost()
    """What stayed behind."""
