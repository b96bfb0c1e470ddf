"""A session handed out for another system: the instance here is stopped for it, and must stay so.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import AppError
from core.models.audit import Action
from core.models.codes import RefusalCode
from core.models.instance import InstanceView
from core.models.moving.backup import MadeBackup
from core.models.moving.device import MoveRefusedError
from core.services import audit, instances
from core.services.moving.backup import as_passphrase, told
from core.services.runtime import current

_STOP_WAIT_S: Final = 10.0


def export(instance_id: str, passphrase: str | None) -> MadeBackup:
    """Stop an instance and write its session as a whatsmeow SQLite file, which waits for an hour.

    It is marked as moved out before anything is written, and no longer so when that failed.
    Sealed in the age format; None for ``passphrase`` writes it plain, so that anybody who gets the file has
    the account. Raises UnknownInstanceError, InvalidInputError (passphrase-too-short), AppError
    (backup-nothing, backup-session, backup-full, export-running), StorageUnavailableError; it is stopped then
    too, unless the passphrase or the link was missing.
    """
    secret = "" if passphrase is None else as_passphrase(passphrase)
    runtime = current()
    view = runtime.registry.view(instance_id)
    if not view.linked:
        raise AppError(RefusalCode.BACKUP_NOTHING)
    instances.stop_instance(instance_id)
    if not runtime.registry.stop_instance(instance_id, timeout=_STOP_WAIT_S):
        raise AppError(RefusalCode.EXPORT_RUNNING)
    with _marked(view):
        try:
            made = runtime.backups.export(view, secret)
        except MoveRefusedError as error:
            raise told(error) from error
    runtime.registry.note_moved_out(instance_id)
    audit.note(Action.MOVED_OUT, instance_id)
    return made


@contextmanager
def _marked(view: InstanceView) -> Iterator[None]:
    """Mark the instance as moved out; take that back when the block does not end, unless it was before."""
    registry, done = current().registry, False
    try:
        registry.mark_moved_out(view.id, on=True)
        yield
        done = True
    finally:
        if not done and not view.moved_out_at:
            registry.mark_moved_out(view.id, on=False)
