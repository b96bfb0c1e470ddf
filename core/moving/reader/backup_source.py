"""A backup of ours: what was saved of each instance comes back whole."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from core.models.moving.backup import BackupFound
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession, UploadKind
from core.moving.backup.opening import open_backup


class BackupSource:
    """A backup, opened when it is first needed."""

    def __init__(self, path: Path, passphrase: str, scratch: Path) -> None:
        """``scratch``: an empty folder on the disk of the sessions, where it is unpacked."""
        self._path, self._passphrase, self._scratch = path, passphrase, scratch

    def found(self) -> FoundUpload:
        """Return its instances. Raises MoveRefusedError with any code of a backup."""
        backup = self._backup
        return FoundUpload(
            kind=UploadKind.BACKUP, devices=backup.devices, names=backup.names, made_at=backup.made_at
        )

    def prepare(self, index: int, target: Path) -> PreparedSession:
        """Move what was saved of one instance to ``target``. Raises MoveRefusedError."""
        device = next((each for each in self._backup.devices if each.index == index), None)
        if device is None:
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        for path in (self._scratch / str(index)).iterdir():
            path.rename(target / path.name)
        return PreparedSession(number=device.number)

    @cached_property
    def _backup(self) -> BackupFound:
        return open_backup(self._path, self._passphrase, self._scratch)
