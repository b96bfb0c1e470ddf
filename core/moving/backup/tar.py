"""Just enough of the tar format: plain files with short names, one after the other.

Python's reader follows links, long names and attributes; this one knows none of them.
"""

from __future__ import annotations

import tarfile
from typing import Final, Protocol

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)


class Source(Protocol):
    """What members are read from."""

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes; fewer at the end only."""


def header(name: str, size: int, *, made_at: float) -> bytes:
    """Return the header of a file that only its owner may read."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(made_at), 0o600
    return info.tobuf(format=tarfile.USTAR_FORMAT)


def padding(size: int) -> bytes:
    """Return what follows ``size`` bytes of content."""
    return bytes(-size % BLOCK)


def next_member(source: Source) -> tuple[str, int] | None:
    """Return name and size of the next file; None at the end. Raises MoveRefusedError (``move-damaged``)."""
    block = source.read(BLOCK)
    if block == END[:BLOCK]:
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise MoveRefusedError(MoveCode.DAMAGED, "tar") from error
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.size < 0:
        raise MoveRefusedError(MoveCode.DAMAGED, "tar")
    return info.name, info.size
