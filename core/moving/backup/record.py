"""``backups.json``: what was saved when, so that its age is known across restarts."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError
from core.models.codes import DamageCode
from core.store import json_file
from core.store.files import set_aside

log = logging.getLogger(__name__)

BACKUPS_FILE: Final = "backups.json"
VERSION: Final = 1
_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """What the file holds."""

    saved: dict[str, float] = field(default_factory=dict)
    """By instance id: when it was last saved, in seconds since the epoch."""
    last_good_at: float = 0.0
    """When the last scheduled backup arrived; 0 for never."""
    failed_at: float = 0.0
    """When the last scheduled one failed; 0 once one has succeeded since."""
    problem: str = ""
    detail: str = ""
    install: str = field(default="", metadata=json_file.OPTIONAL)
    """The random id in the names of this install's scheduled backups; empty before the first."""


def read_backups(auth_dir: Path) -> BackupRecord:
    """Return what is on record; nothing where there is no file.

    One that holds anything else is set aside and logged. Raises OSError when it cannot be read now.
    """
    path = auth_dir / BACKUPS_FILE
    try:
        return json_file.load(path, BackupRecord, largest=_LARGEST, code=DamageCode.BACKUPS_CORRUPT)
    except FileNotFoundError:
        return BackupRecord()
    except CorruptFileError:
        log.error("record of backups unreadable, kept as %s", set_aside(path))
        return BackupRecord()


def write_backups(auth_dir: Path, record: BackupRecord) -> None:
    """Write the record, durably. Raises OSError; the old one is then still there."""
    json_file.save(auth_dir / BACKUPS_FILE, record, version=VERSION)
