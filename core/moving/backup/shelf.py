"""Backups that wait to be fetched: on the disk for an hour at most, each in a folder of its own."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.errors import AppError
from core.models.codes import RefusalCode
from core.models.moving.backup import MadeBackup
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import staging
from core.moving.backup.contents import LARGEST_HISTORY
from core.moving.backup.making import Order, Packed, make_backup, make_export
from core.moving.backup.packing import Source
from core.store.history_db import HISTORY_FILE
from core.store.layout import SESSION_FILE
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

KEPT_S: Final = 3600.0
KEPT: Final = 10
"""Most backups that wait at the same time: none goes before the time that was promised."""
PREFIX: Final = "whatsapp-backup-"
EXPORT_NAME: Final = "whatsapp.db"
"""What systems built on whatsmeow call their file."""
_MARGIN: Final = 16 << 20
"""Bytes that the instances themselves need meanwhile."""
_FILE: Final = "backup.age"
_COPIES: Final = "copies"


@dataclass(frozen=True, slots=True)
class _Waiting:
    made: MadeBackup
    path: Path


class Shelf:
    """Backups by the token that fetches each. Threading: safe from any thread."""

    def __init__(self, auth_dir: Path, *, clock: Callable[[], float]) -> None:
        self._auth_dir = auth_dir
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._being_made = 0

    def make(self, order: Order, ids: Sequence[str], *, flush: Callable[[], None]) -> MadeBackup:
        """Make a backup and keep it for an hour; raises what ``make_backup`` raises, and leaves nothing then.

        AppError (backup-full) while as many wait as may. ``ids`` are those of the instances in ``order``;
        what could not be saved is named in what is returned.
        """

        def write(folder: Path, path: Path) -> MadeBackup:
            packed = put_together(order, folder, path, flush=flush)
            names = [source.name for source in order.sources]
            return MadeBackup(
                token=folder.name,
                file_name=file_name(order.made_at),
                size=path.stat().st_size,
                instances=tuple(ids[index] for index in packed.saved),
                messages=order.messages,
                made_at=order.made_at,
                gone_at=self._clock() + KEPT_S,
                lacking=tuple(names[each.index] for each in packed.lacking),
                without_history=tuple(names[index] for index in packed.without_history),
            )

        return self._keep(write)

    def make_export(self, source: Source, instance_id: str, passphrase: str) -> MadeBackup:
        """Write the session of one instance for other systems and keep it for an hour; as ``make``."""

        def write(folder: Path, path: Path) -> MadeBackup:
            made_at = self._clock()
            make_export(source, passphrase, folder, path)
            return MadeBackup(
                token=folder.name,
                file_name=EXPORT_NAME if not passphrase else f"{EXPORT_NAME}.age",
                size=path.stat().st_size,
                instances=(instance_id,),
                messages=False,
                made_at=made_at,
                gone_at=self._clock() + KEPT_S,
            )

        return self._keep(write)

    def _keep(self, write: Callable[[Path, Path], MadeBackup]) -> MadeBackup:
        with self._a_place():
            folder = staging.new_folder(self._auth_dir)
            path = folder / _FILE
            try:
                made = write(folder, path)
            except BaseException:
                staging.erase(folder)
                raise
            with self._lock:
                self._waiting[made.token] = _Waiting(made, path)
        return made

    @contextlib.contextmanager
    def _a_place(self) -> Iterator[None]:
        """Reserve a place among those that wait."""
        self.expire()
        with self._lock:
            if len(self._waiting) + self._being_made >= KEPT:
                raise AppError(RefusalCode.BACKUP_FULL, detail=str(KEPT))
            self._being_made += 1
        try:
            yield
        finally:
            with self._lock:
                self._being_made -= 1

    def find(self, token: str) -> Path | None:
        """Return where a backup lies; None once its time is over."""
        waiting = self._find(token)
        return waiting.path if waiting else None

    def made(self, token: str) -> MadeBackup | None:
        """Return what is known of a backup that waits; None once its time is over."""
        waiting = self._find(token)
        return waiting.made if waiting else None

    def _find(self, token: str) -> _Waiting | None:
        with self._lock:
            waiting = self._waiting.get(token)
        return waiting if waiting and self._clock() < waiting.made.gone_at else None

    def discard(self, token: str) -> None:
        """Remove a backup. Idempotent."""
        with self._lock:
            waiting = self._waiting.pop(token, None)
        if waiting is not None:
            staging.erase(waiting.path.parent)

    def expire(self) -> None:
        """Remove what has waited for an hour."""
        now = self._clock()
        with self._lock:
            due = [token for token, waiting in self._waiting.items() if waiting.made.gone_at <= now]
        for token in due:
            self.discard(token)

    def clear(self) -> None:
        """Remove everything: the process ends, and nothing can be fetched any more."""
        with self._lock:
            tokens = list(self._waiting)
        for token in tokens:
            self.discard(token)


def put_together(order: Order, folder: Path, path: Path, *, flush: Callable[[], None]) -> Packed:
    """Make a backup at ``path``, with its copies under ``folder`` meanwhile. Raises as ``make_backup``."""
    copies = folder / _COPIES
    try:
        require_room(order, folder)
        copies.mkdir(mode=0o700)
        return make_backup(order, copies, path, flush=flush)
    except OSError as error:
        raise storage_error(error) from error
    finally:
        staging.erase(copies)


def require_room(order: Order, folder: Path) -> None:
    """Raise MoveRefusedError (``move-disk-full``) unless there is room for copies, backup and trial opening.

    Asked before anything is written: instances wait offline on a disk that is full even for a moment. Raises
    OSError.
    """
    names = (SESSION_FILE, f"{SESSION_FILE}-wal", *([HISTORY_FILE] if order.messages else []))
    size = sum(_size(Path(source.folder) / name) for source in order.sources for name in names)
    if shutil.disk_usage(folder).free < 3 * size + _MARGIN:
        raise MoveRefusedError(MoveCode.DISK_FULL)


def _size(path: Path) -> int:
    """Return the bytes that a file brings into a backup; 0 for one that will not be in it."""
    try:
        size = path.stat().st_size
    except OSError:  # the copy finds out, and names the instance
        return 0
    return size if size <= LARGEST_HISTORY else 0


def file_name(made_at: float) -> str:
    """Return what a backup of that time is called; names sort by time."""
    return f"{PREFIX}{datetime.fromtimestamp(made_at, UTC):%Y%m%dT%H%M%SZ}.age"
