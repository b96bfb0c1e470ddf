"""Writes one session as other systems built on whatsmeow open it: its SQLite file alone, sealed or not.

For a disposable process only: it opens ``session.db``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup.age import Decrypting, Encrypting
from core.moving.backup.databases import copy_consistently, device_in
from core.moving.backup.packing import Source
from core.store.layout import SESSION_FILE

_CHUNK: Final = 1 << 18


def write_export(source: Source, staging: Path, target: Path, *, passphrase: str) -> None:
    """Write the session to ``target``, on the disk on return; in the age format when ``passphrase`` is given.

    ``staging`` is an empty folder for the copy. A sealed one is opened once and compared. Raises
    MoveRefusedError (``move-damaged``, ``move-no-device``), sqlite3.Error or OSError.
    """
    copy = staging / SESSION_FILE
    copy_consistently(Path(source.folder) / SESSION_FILE, copy)
    device_in(staging, 0)
    if not passphrase:
        copy.chmod(0o600)
        copy.rename(target)
        return
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        sealed = Encrypting(file, passphrase)
        for chunk in _chunks(copy):
            sealed.write(chunk)
        sealed.close()
        file.flush()
        os.fsync(file.fileno())
    if _checksum(target, passphrase) != hashlib.sha256(copy.read_bytes()).digest():
        raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE)
    copy.unlink()


def _checksum(sealed: Path, passphrase: str) -> bytes:
    checksum = hashlib.sha256()
    with sealed.open("rb") as file:
        content = Decrypting(file, passphrase)
        while chunk := content.read(_CHUNK):
            checksum.update(chunk)
    return checksum.digest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
