"""Free space for what is unpacked and written on the way: never all of it, the instances need some too."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError

LEFT_FREE: Final = 64 << 20
"""Bytes that instances need for themselves meanwhile."""


def require_room(folder: Path, size: int) -> None:
    """Raise MoveRefusedError (move-disk-full) unless ``size`` bytes more leave enough free.

    ``folder`` is where they go. Asked before something large begins, with all of it, and again with each
    piece: how much a database will send is not known, and others write to the disk at the same time.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise MoveRefusedError(MoveCode.DISK_FULL) from error
    if free < size + LEFT_FREE:
        raise MoveRefusedError(MoveCode.DISK_FULL)
