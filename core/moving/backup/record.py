"""``backups.json``: what was saved when, so that its age is known across restarts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
    stored_to: str = field(default="", metadata=json_file.OPTIONAL)
    """Where the last scheduled backup was stored, as ``BACKUP_TO`` names it."""
    stored_on: str = field(default="", metadata=json_file.OPTIONAL)
    """What ``Destination.put`` returned for it."""


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


class RecordFile:
    """The record as it is known now, and on the disk as soon as that takes it.

    Threading: safe from any thread; ``current`` returns at once.
    """

    def __init__(self, auth_dir: Path) -> None:
        self._auth_dir = auth_dir
        self._lock = threading.Lock()
        self._current = BackupRecord()
        self._stored: BackupRecord | None = None
        """What the file holds; None until it could be read."""
        self._trouble = ""

    @property
    def current(self) -> BackupRecord:
        """Return the record, without a look at the disk."""
        return self._current

    def change(self, changed: Callable[[BackupRecord], BackupRecord]) -> None:
        """Replace the record; what the disk did not take is tried again with the next call.

        A file that cannot be read is not written over: what happens meanwhile is kept in memory.
        """
        with self._lock:
            trouble = self._read()
            self._current = changed(self._current)
            if self._stored is not None and self._current != self._stored:
                trouble = self._write(self._current)
            if trouble and trouble != self._trouble:
                log.warning("record of backups: %s", trouble)
            self._trouble = trouble

    def _read(self) -> str:
        if self._stored is not None:
            return ""
        try:
            self._stored = read_backups(self._auth_dir)
        except OSError as error:
            return error.strerror or type(error).__name__
        self._current = _merged(self._stored, self._current)
        return ""

    def _write(self, record: BackupRecord) -> str:
        try:
            write_backups(self._auth_dir, record)
        except OSError as error:
            return error.strerror or type(error).__name__
        self._stored = record
        return ""


def _merged(stored: BackupRecord, newer: BackupRecord) -> BackupRecord:
    """Return what the file held, with what happened before it could be read."""
    tried = stored if not newer.last_good_at and not newer.failed_at else newer
    return replace(
        tried,
        saved={**stored.saved, **newer.saved},
        last_good_at=newer.last_good_at or stored.last_good_at,
        install=stored.install or newer.install,
        stored_to=newer.stored_to or stored.stored_to,
        stored_on=newer.stored_on if newer.stored_to else stored.stored_on,
    )
