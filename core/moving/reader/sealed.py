"""Files in the age format that this app seals: backups, and the export of one session for other systems."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup.age import Decrypting
from core.moving.backup.opening import unsealed
from core.moving.disk_room import require_room
from core.moving.reader.backup_source import BackupSource
from core.moving.reader.sources import Source, whatsmeow_files
from core.moving.whatsmeow_file import MAGIC

_CHUNK: Final = 1 << 18
_DAMAGE: Final = frozenset({MoveCode.DAMAGED, MoveCode.KEYS_WRONG})


@contextmanager
def open_sealed(path: Path, passphrase: str, scratch: Path, *, deadline: float) -> Iterator[Source]:
    """Yield what the age file at ``path`` holds; it is unpacked into the empty folder ``scratch``.

    Raises MoveRefusedError with any code of a backup; what is damaged is called a damaged backup.
    """
    with _as_backup(), unsealed(path, passphrase) as content:
        require_room(scratch, path.stat().st_size)  # nothing in it is packed
        if content.peek(len(MAGIC)) == MAGIC:
            with whatsmeow_files([_written(content, scratch / "0.db")], deadline=deadline) as source:
                yield source
        else:
            yield BackupSource(content, scratch, deadline=deadline)


@contextmanager
def _as_backup() -> Iterator[None]:
    try:
        yield
    except MoveRefusedError as refused:
        if refused.code not in _DAMAGE:
            raise
        raise MoveRefusedError(MoveCode.BACKUP_DAMAGED, refused.detail) from refused


def _written(content: Decrypting, target: Path) -> Path:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            while chunk := content.read(_CHUNK):
                require_room(target.parent, len(chunk))
                file.write(chunk)
    except OSError as error:
        raise MoveRefusedError(MoveCode.DISK_FULL) from error
    return target
