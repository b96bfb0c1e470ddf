"""A backup of ours: what was saved of each instance comes back whole, and nothing beside it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from core.models.moving.backup import BackupFound
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession, UploadKind
from core.moving.backup.age import Decrypting
from core.moving.backup.opening import unpack_backup
from core.moving.backup.rebuilding import check_session, rebuild_history, rebuild_session
from core.store.history_db import HISTORY_FILE
from core.store.layout import RECORD_FILE


class BackupSource:
    """A backup, unpacked when it is first needed."""

    def __init__(self, content: Decrypting, scratch: Path, *, deadline: float) -> None:
        """``scratch``: an empty folder on the disk of the sessions, where it is unpacked."""
        self._content, self._scratch, self._deadline = content, scratch, deadline

    def found(self) -> FoundUpload:
        """Return its instances; a single one is checked at once, of many the one that is chosen.

        Raises MoveRefusedError with any code of a backup.
        """
        backup = self._backup
        if len(backup.devices) == 1:
            check_session(self._folder(backup.devices[0].index), deadline=self._deadline)
        return FoundUpload(
            kind=UploadKind.BACKUP, devices=backup.devices, names=backup.names, made_at=backup.made_at
        )

    def prepare(self, index: int, target: Path, *, jid: str = "") -> PreparedSession:
        """Write what was saved of one instance to ``target``, its databases anew. Raises MoveRefusedError."""
        device = next((each for each in self._backup.devices if each.index == index), None)
        if device is None:
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        if jid not in ("", device.jid):
            raise MoveRefusedError(MoveCode.CHANGED)
        folder = self._folder(index)
        rebuild_session(folder, target, deadline=self._deadline)
        if (folder / HISTORY_FILE).exists():
            rebuild_history(folder, target, deadline=self._deadline)
        if (folder / RECORD_FILE).exists():
            (folder / RECORD_FILE).rename(target / RECORD_FILE)
        return PreparedSession(number=device.number)

    def _folder(self, index: int) -> Path:
        return self._scratch / str(index)

    @cached_property
    def _backup(self) -> BackupFound:
        return unpack_backup(self._content, self._scratch)
