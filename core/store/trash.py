"""``AUTH_DIR/.trash``: deleted instances, whole, for seven days."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError, UnknownInstanceError
from core.models.instance import DeletedInstance, InstanceRecord
from core.store.files import sync_folder
from core.store.instance_file import read_record_in
from core.store.layout import instance_dir, is_id

log = logging.getLogger(__name__)

TRASH_DIR: Final = ".trash"
KEPT_S: Final = 7 * 24 * 3600.0
_NAME: Final = re.compile(r"(?P<id>[a-z0-9-]+)-(?P<at>\d{9,12})")


def move_to_trash(auth_dir: Path, instance_id: str, *, now: float) -> str:
    """Move an instance's folder, with its session, out of the way. Return its name there. Raises OSError."""
    trash = auth_dir / TRASH_DIR
    trash.mkdir(mode=0o700, exist_ok=True)
    name = f"{instance_id}-{int(now)}"
    instance_dir(auth_dir, instance_id).rename(trash / name)
    sync_folder(trash)
    sync_folder(auth_dir)
    return name


def deleted(auth_dir: Path) -> tuple[DeletedInstance, ...]:
    """Return what lies in the trash, newest first. Folders that are not ours or unreadable are left alone."""
    trash = auth_dir / TRASH_DIR
    items = []
    for folder in trash.iterdir() if trash.is_dir() else ():
        match = _NAME.fullmatch(folder.name)
        if match is None or not is_id(match["id"]) or folder.is_symlink():
            continue
        try:
            record = read_record_in(folder, match["id"])
        except (CorruptFileError, OSError):
            continue
        items.append(
            DeletedInstance(
                trash_name=folder.name,
                id=record.id,
                name=record.name,
                phone=record.phone,
                linked=record.linked,
                deleted_at=float(match["at"]),
                purged_at=float(match["at"]) + KEPT_S,
                moved_out=bool(record.moved_out_at),
            )
        )
    return tuple(sorted(items, key=lambda item: -item.deleted_at))


def find_deleted(auth_dir: Path, trash_name: str) -> DeletedInstance:
    """Return the deleted instance of that name. Raises UnknownInstanceError."""
    for item in deleted(auth_dir):
        if item.trash_name == trash_name:
            return item
    raise UnknownInstanceError(trash_name)


def restore(auth_dir: Path, item: DeletedInstance) -> InstanceRecord:
    """Move a deleted instance back, session and all; return its record.

    Raises OSError or CorruptFileError; nothing has moved then.
    """
    record = read_record_in(auth_dir / TRASH_DIR / item.trash_name, item.id)
    (auth_dir / TRASH_DIR / item.trash_name).rename(instance_dir(auth_dir, item.id))
    sync_folder(auth_dir)
    return record


def purge_expired(auth_dir: Path, *, now: float) -> None:
    """Erase what has lain there for seven days; what cannot be erased is logged and tried again."""
    for item in deleted(auth_dir):
        if item.purged_at <= now:
            try:
                purge(auth_dir, item)
                log.info("purged from the trash", extra={"instance": item.id})
            except OSError as error:
                log.warning("not purged: %s", error, extra={"instance": item.id})


def purge(auth_dir: Path, item: DeletedInstance) -> None:
    """Erase a deleted instance for good. Raises OSError."""
    shutil.rmtree(auth_dir / TRASH_DIR / item.trash_name)
