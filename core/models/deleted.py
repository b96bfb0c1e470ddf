"""An instance in the trash."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeletedInstance:
    """What a page shows of a deleted instance."""

    trash_name: str
    """Its folder inside the trash; what restore and purge take."""
    id: str
    name: str
    phone: str
    linked: bool
    """True when its session is still whole: restored, it connects without a QR."""
    deleted_at: float
    """Seconds since the epoch."""
    purged_at: float
    """When it goes for good by itself."""
