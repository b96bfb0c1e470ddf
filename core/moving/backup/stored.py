"""The backups that lie at ``BACKUP_TO``: listed, and read piece by piece, however large one is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import obstore
from obstore.exceptions import BaseError

from core.models.moving.backup import BackupProblem, StoredBackup
from core.moving.backup.destination import NotStoredError, bucket_store, not_stored
from core.moving.backup.shelf import PREFIX
from core.settings import BackupSettings

MOST_LISTED: Final = 200
"""The newest ones; a bucket may hold those of many installs."""
PIECE: Final = 8 << 20
"""Bytes in memory at a time. Each is a request of its own: none runs into the time limit of one."""
_NAME: Final = re.compile(rf"{PREFIX}[^/\\\0]{{1,150}}\.age")
"""Also one that a person laid there by hand, whose browser added something to its name."""
_TIME: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_RETRIES: Final = 1
"""A person waits."""


class StoredBackups(Protocol):
    """Where backups lie. Each method raises NotStoredError; FileNotFoundError for one that is gone."""

    def listed(self) -> tuple[StoredBackup, ...]:
        """Return the backups of ours that lie there, the newest first."""

    def size(self, name: str) -> int:
        """Return how many bytes a backup has."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield its bytes, ``PIECE`` of them at a time."""


class StoredInFolder:
    """Those in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def listed(self) -> tuple[StoredBackup, ...]:
        """Return the backups of ours that lie there, the newest first; none where there is no folder yet."""
        try:
            paths = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file()]
            return _newest([_described(path.name, *_facts(path)) for path in paths])
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unread(error) from error

    def size(self, name: str) -> int:
        """Return how many bytes a backup has."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unread(error) from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield its bytes, ``PIECE`` of them at a time."""
        try:
            with self._path(name).open("rb") as file:
                while piece := file.read(PIECE):
                    yield piece
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unread(error) from error

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)


class StoredInBucket:
    """Those in a bucket of an S3-compatible service."""

    def __init__(self, settings: BackupSettings) -> None:
        self._store = bucket_store(settings, retries=_RETRIES)

    def listed(self) -> tuple[StoredBackup, ...]:
        """Return the backups of ours that lie there, the newest first."""
        try:
            items = obstore.list(self._store).collect()
        except (BaseError, OSError) as error:
            raise not_stored(error) from error
        return _newest(
            [
                _described(str(item["path"]), item["size"], item["last_modified"].timestamp())
                for item in items
                if _NAME.fullmatch(str(item["path"]))
            ]
        )

    def size(self, name: str) -> int:
        """Return how many bytes a backup has."""
        try:
            return int(obstore.head(self._store, _checked(name))["size"])
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise not_stored(error) from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield its bytes, ``PIECE`` of them at a time."""
        size = self.size(name)
        try:
            for start in range(0, size, PIECE):
                length = min(PIECE, size - start)
                yield bytes(obstore.get_range(self._store, name, start=start, length=length))
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise not_stored(error) from error


def stored_backups(settings: BackupSettings) -> StoredBackups:
    """Return the backups at the place that ``BACKUP_TO`` names."""
    if settings.to.startswith("s3://"):
        return StoredInBucket(settings)
    return StoredInFolder(Path(settings.to))


def _checked(name: str) -> str:
    """Return ``name`` if it is one that a list may hold: it never leads out of the place."""
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return name


def _facts(path: Path) -> tuple[int, float]:
    found = path.stat()
    return found.st_size, found.st_mtime


def _described(name: str, size: int, modified_at: float) -> StoredBackup:
    """Describe a backup; it is of the time in its name, since a copy has another one."""
    made_at = modified_at
    if match := _TIME.search(name):
        try:
            made_at = datetime.strptime(match[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            made_at = modified_at
    return StoredBackup(name, size, made_at)


def _newest(backups: list[StoredBackup]) -> tuple[StoredBackup, ...]:
    ordered = sorted(backups, key=lambda one: (one.made_at, one.name), reverse=True)
    return tuple(ordered[:MOST_LISTED])


def _unread(error: OSError) -> NotStoredError:
    return NotStoredError(BackupProblem.FOLDER, error.strerror or type(error).__name__)
