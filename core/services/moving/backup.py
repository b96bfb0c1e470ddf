"""Backups of instances, made on a press; and how the daily ones stand.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.errors import AppError, InvalidInputError, StorageUnavailableError
from core.models.audit import Action
from core.models.codes import InputCode, RefusalCode
from core.models.moving.backup import BackupsView, MadeBackup
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.storage import StorageProblem
from core.services import audit
from core.services.runtime import current
from core.settings import PASSPHRASE_LENGTH, as_password

DOWNLOAD_PATH: Final = "/backups"
"""Behind the sign-in; ``core.web.backup_download`` answers there."""
PASSPHRASE_LEAST: Final = PASSPHRASE_LENGTH
"""Characters that a passphrase has at least."""


def backups() -> BackupsView:
    """Return when each instance was last saved, and how the daily backups stand. From memory."""
    return current().backups.view


def make(instance_ids: Sequence[str], passphrase: str, *, messages: bool) -> MadeBackup:
    """Make a backup of those instances that are linked, while they stay connected; it waits for an hour.

    One that cannot be saved does not keep the others from it: the result names it. Takes about a second for
    an instance. Raises InvalidInputError (passphrase-too-short), UnknownInstanceError, AppError
    (backup-nothing, backup-session, backup-full), StorageUnavailableError; nothing is left then.
    """
    secret = as_passphrase(passphrase)
    runtime = current()
    views = [view for view in map(runtime.registry.view, instance_ids) if view.linked]
    if not views:
        raise AppError(RefusalCode.BACKUP_NOTHING)
    try:
        made = runtime.backups.make(views, secret, messages=messages)
    except MoveRefusedError as error:
        raise told(error) from error
    for instance_id in made.instances:
        audit.note(Action.BACKED_UP, instance_id)
    return made


def download_address(token: str, language: str) -> str:
    """Return where a browser that is signed in gets a backup; words there are in ``language``."""
    return f"{DOWNLOAD_PATH}/{token}?lang={language}"


def waiting(token: str) -> tuple[Path, MadeBackup]:
    """Return where a backup that was made lies, and what is known of it. Raises AppError (backup-gone)."""
    found = current().backups.waiting(token)
    if found is None:
        raise AppError(RefusalCode.BACKUP_GONE)
    return found


def note_fetched(made: MadeBackup) -> None:
    """Note that a browser has all of a backup: its instances are saved from now on."""
    current().backups.note_fetched(made)


def discard(token: str) -> None:
    """Remove a backup that waits. Idempotent."""
    current().backups.discard(token)


def as_passphrase(text: str) -> str:
    """Return ``text`` as it seals a file. Raises InvalidInputError (passphrase-too-short)."""
    secret = as_password(text)
    if len(secret) < PASSPHRASE_LEAST:
        raise InvalidInputError(InputCode.PASSPHRASE_TOO_SHORT, detail=str(PASSPHRASE_LEAST))
    return secret


def told(error: MoveRefusedError) -> AppError:
    """Return the error that pages have words for."""
    match error.code:
        case MoveCode.DISK_FULL:
            return StorageUnavailableError(StorageProblem.DISK_FULL)
        case MoveCode.NO_DEVICE:
            return AppError(RefusalCode.BACKUP_NOTHING)
        case _:
            return AppError(RefusalCode.BACKUP_SESSION, detail=error.detail)
