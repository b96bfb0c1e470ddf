"""The one size of the disk that the page speaks of."""

from __future__ import annotations

from core.models.usage import GIB, DiskSpace
from pages.ui.formats import format_number, format_size


def disk_size(disk: DiskSpace) -> str:
    """Return whole GB as hosts sell them, else as much as can be used of the disk."""
    if disk.shown_bytes % GIB:
        return format_size(disk.shown_bytes)
    return f"{format_number(disk.shown_bytes // GIB)} GB"
