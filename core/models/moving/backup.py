"""What a backup of ours holds, as it was made and as it was found."""

from __future__ import annotations

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
