"""Backups that lie at ``BACKUP_TO``, brought back from there without an upload, however large one is.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.models.moving.backup import StoredBackup
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup.destination import NotStoredError
from core.moving.backup.stored import StoredBackups, stored_backups
from core.services.runtime import current


def stored_place() -> str:
    """Return where the daily backups go, as pages name it; empty where none are made."""
    daily = current().settings.backup
    return daily.to if daily else ""


def list_stored() -> tuple[StoredBackup, ...]:
    """Return the backups that lie there, the newest first. May take some 20 s.

    Raises MoveRefusedError (move-stored-unreadable).
    """
    try:
        return _there().listed()
    except NotStoredError as error:
        raise _unreadable(error) from error


def keep_stored(name: str, *, on_progress: Callable[[float], None]) -> str:
    """Fetch a backup as an upload is kept, and return its name for the next steps of ``imports``.

    Takes as long as the way is; ``on_progress`` is told which share is here. Raises MoveRefusedError
    (move-stored-unreadable, move-gone, move-disk-full), StorageUnavailableError; nothing is left then.
    """
    there = _there()
    try:
        size = there.size(name)
        return current().uploads.keep_own(size, _told(there.pieces(name), size, on_progress))
    except FileNotFoundError as error:
        raise MoveRefusedError(MoveCode.GONE) from error
    except NotStoredError as error:
        raise _unreadable(error) from error


def _there() -> StoredBackups:
    daily = current().settings.backup
    if daily is None:
        raise MoveRefusedError(MoveCode.STORED_UNREADABLE)
    return stored_backups(daily)


def _told(pieces: Iterator[bytes], size: int, on_progress: Callable[[float], None]) -> Iterator[bytes]:
    taken = 0
    for piece in pieces:
        yield piece
        taken += len(piece)
        on_progress(min(1.0, taken / max(1, size)))


def _unreadable(error: NotStoredError) -> MoveRefusedError:
    return MoveRefusedError(MoveCode.STORED_UNREADABLE, error.detail)
