"""``instance.json``: the part of an instance that outlives the process."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError
from core.models.codes import DamageCode
from core.models.instance import InstanceRecord
from core.models.storage import Notice
from core.models.timeline import HistoryKind
from core.store import json_file, timeline
from core.store.files import set_aside
from core.store.layout import RECORD_FILE, instance_dir, instance_ids
from core.store.session import has_device_quietly

log = logging.getLogger(__name__)

VERSION: Final = 1
_LARGEST: Final = 65_536


def create_folder(auth_dir: Path, record: InstanceRecord) -> None:
    """Make the folder of a new instance and write its record. Raises OSError; then nothing is left behind."""
    folder = instance_dir(auth_dir, record.id)
    folder.mkdir(mode=0o700)
    try:
        write_record(auth_dir, record)
    except OSError:
        folder.rmdir()
        raise
    # Exact words: guides tell people to look for this line.
    log.info("Created new auth directory for instance %s at %s", record.id, folder)


def renew_folder(auth_dir: Path, record: InstanceRecord) -> None:
    """Make a deleted instance folder anew, with its record. Raises OSError."""
    folder = instance_dir(auth_dir, record.id)
    if not folder.exists():
        folder.mkdir(mode=0o700)
        write_record(auth_dir, record)
        log.warning("recreated the deleted instance folder", extra={"instance": record.id})


def write_record(auth_dir: Path, record: InstanceRecord) -> None:
    """Write the record, durably. Raises OSError; the old one is then still there."""
    write_record_in(instance_dir(auth_dir, record.id), record)


def write_record_in(folder: Path, record: InstanceRecord) -> None:
    """Write as ``write_record`` does, into a folder that lies elsewhere (one that is being prepared)."""
    json_file.save(folder / RECORD_FILE, record, version=VERSION, readable=True)


def read_record(auth_dir: Path, instance_id: str) -> InstanceRecord:
    """Return the stored record. Raises CorruptFileError when it is none, OSError when it is unreadable."""
    return read_record_in(instance_dir(auth_dir, instance_id), instance_id)


def read_record_in(folder: Path, instance_id: str) -> InstanceRecord:
    """Read as ``read_record`` does, from a folder that lies elsewhere (in the trash)."""
    record = read_facts(folder)
    if record.id != instance_id or not _is_text(record.name):
        raise CorruptFileError(DamageCode.RECORD_CORRUPT, detail="id or name")
    return record


def read_facts(folder: Path) -> InstanceRecord:
    """Return the record that lies in ``folder``, of any instance. Raises as ``read_record`` does."""
    # Any version: after a roll-back of the app its instances are still there.
    return json_file.load(
        folder / RECORD_FILE, InstanceRecord, largest=_LARGEST, code=DamageCode.RECORD_CORRUPT
    )


def load_records(auth_dir: Path) -> tuple[list[InstanceRecord], list[Notice]]:
    """Return every instance, and what had to be mended. Raises OSError when the folder cannot be listed.

    A record that is no record is set aside and written anew from what the folder shows: the session beside
    it is worth more than its name.
    """
    records: list[InstanceRecord] = []
    notices: list[Notice] = []
    for instance_id in instance_ids(auth_dir):
        try:
            records.append(read_record(auth_dir, instance_id))
        except FileNotFoundError:
            records.append(_rebuild(auth_dir, instance_id))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            log.error("record cannot be read: %s", reason, extra={"instance": instance_id})
            notices.append(Notice(DamageCode.RECORD_UNREADABLE, instance_id, detail=reason, at=time.time()))
        except CorruptFileError as error:
            kept = set_aside(instance_dir(auth_dir, instance_id) / RECORD_FILE)
            log.error(
                "record unreadable (%s), kept as %s", error.detail, kept, extra={"instance": instance_id}
            )
            records.append(_rebuild(auth_dir, instance_id))
            notices.append(Notice(DamageCode.RECORD_CORRUPT, instance_id, detail=kept, at=time.time()))
    return sorted(records, key=lambda record: (record.created_at, record.id)), notices


def _rebuild(auth_dir: Path, instance_id: str) -> InstanceRecord:
    folder = instance_dir(auth_dir, instance_id)
    linked = has_device_quietly(folder)
    moved_out_at = _moved_out_at(folder)
    record = InstanceRecord(
        id=instance_id,
        # The id is the name's slug and a tail: the nearest thing to the name that is left.
        name=instance_id.rpartition("-")[0] or instance_id,
        created_at=folder.stat().st_mtime,
        wanted=linked and not moved_out_at,
        linked=linked,
        moved_out_at=moved_out_at,
    )
    try:
        write_record(auth_dir, record)
    except OSError as error:
        # It is written again with its next change; the session matters more.
        log.error("record not saved: %s", error, extra={"instance": instance_id})
    return record


def _moved_out_at(folder: Path) -> float:
    """Return when its session was handed out, as its timeline says; 0 when it has run here since."""
    kinds = (HistoryKind.MOVED_OUT, HistoryKind.STARTING, HistoryKind.CONNECTED)
    newest = timeline.entries(folder, limit=1, kinds=kinds)
    return newest[0].at if newest and newest[0].kind is HistoryKind.MOVED_OUT else 0.0


def _is_text(name: str) -> bool:
    """Return whether it is a name and can be encoded; half an emoji cannot."""
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False
