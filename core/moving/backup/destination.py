"""Where scheduled backups go: a folder, or a bucket of an S3-compatible service (docs/decisions/0017)."""

from __future__ import annotations

import contextlib
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store

from core.models.moving.backup import BackupProblem
from core.moving.backup.retention import install_of, surplus
from core.settings import BackupSettings
from core.store.files import sync_folder

_UNFINISHED: Final = ".tmp"
_PART_BYTES: Final = 8 << 20
_AT_ONCE: Final = 2
"""Parts under way: their bytes are what an upload needs of memory."""
_CONNECT_S: Final = 10
_REQUEST_S: Final = 120
_TRIES_S: Final = 60
_RETRIES: Final = 3


class NotStoredError(Exception):
    """A backup did not get there; ``problem`` says why, without secrets."""

    def __init__(self, problem: BackupProblem, detail: str = "") -> None:
        super().__init__(f"{problem} {detail}".strip())
        self.problem, self.detail = problem, detail


class Destination(Protocol):
    """A place for backups. Each method raises NotStoredError."""

    def put(self, path: Path, name: str, *, before: str) -> str:
        """Store the file under that name, whole or not at all.

        Returns what tells this place from one that only bears its name; ``before`` is what it returned for
        the last backup stored here, empty before the first.
        """

    def remove_old(self, stored: str) -> None:
        """Remove what ``stored``, the backup just put there, makes superfluous, and nothing else."""


class FolderDestination:
    """A folder, best on another disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, path: Path, name: str, *, before: str) -> str:
        """Copy the file beside its name first, then rename it: a copy that broke off is no backup.

        Returns where the disk of the folder is mounted. The folder is made for the first backup only: later,
        one that is gone is a disk that is not mounted, and a new one would fill the disk beneath.
        """
        temporary = self._folder / f".{name}{_UNFINISHED}"
        try:
            if before and not (os.path.ismount(before) and self._folder.is_dir()):
                raise NotStoredError(BackupProblem.FOLDER_GONE)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep(install_of(name))
            with path.open("rb") as source, temporary.open("wb") as target:
                os.fchmod(target.fileno(), 0o600)
                shutil.copyfileobj(source, target, 1 << 18)
                target.flush()
                os.fsync(target.fileno())
            temporary.replace(self._folder / name)
            sync_folder(self._folder)
            return _mount_of(self._folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise NotStoredError(BackupProblem.FOLDER, error.strerror or type(error).__name__) from error

    def _sweep(self, install: str) -> None:
        """Remove what a process of this install left that ended in the middle of a copy. Raises OSError."""
        for path in self._folder.glob(f".*{_UNFINISHED}"):
            if install and install_of(path.name[1:].removesuffix(_UNFINISHED)) == install:
                path.unlink(missing_ok=True)

    def remove_old(self, stored: str) -> None:
        """Remove old ones of the install that put ``stored`` there."""
        try:
            names = [path.name for path in self._folder.iterdir() if path.is_file()]
            for name in surplus(names, stored):
                (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise NotStoredError(BackupProblem.FOLDER, error.strerror or type(error).__name__) from error


class BucketDestination:
    """A bucket of an S3-compatible service."""

    def __init__(self, settings: BackupSettings) -> None:
        self._store = bucket_store(settings, retries=_RETRIES)

    def put(self, path: Path, name: str, *, before: str) -> str:
        """Upload the file in parts; the service shows it when all of them are there."""
        try:
            with path.open("rb") as file:
                obstore.put(self._store, name, file, chunk_size=_PART_BYTES, max_concurrency=_AT_ONCE)
            return ""
        except (BaseError, OSError) as error:
            raise not_stored(error) from error

    def remove_old(self, stored: str) -> None:
        """Remove old ones of the install that put ``stored`` there."""
        try:
            names = [str(item["path"]) for item in obstore.list(self._store).collect()]
            if old := surplus(names, stored):
                obstore.delete(self._store, old)
        except (BaseError, OSError) as error:
            raise not_stored(error) from error


def bucket_store(settings: BackupSettings, *, retries: int) -> S3Store:
    """Return the bucket that ``BACKUP_TO`` names; what fails there is tried again ``retries`` times."""
    address = urlsplit(settings.to)
    return S3Store(
        address.netloc,
        prefix=address.path.strip("/") or None,
        region=settings.region,
        endpoint=settings.endpoint or None,
        access_key_id=settings.access_key,
        secret_access_key=settings.secret_key,
        virtual_hosted_style_request=not settings.endpoint,
        client_options={
            "allow_http": settings.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=_CONNECT_S),
            "timeout": timedelta(seconds=_REQUEST_S),
        },
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=_TRIES_S)},
    )


def destination_of(settings: BackupSettings) -> Destination:
    """Return the place that ``BACKUP_TO`` names."""
    if settings.to.startswith("s3://"):
        return BucketDestination(settings)
    return FolderDestination(Path(settings.to))


def _mount_of(folder: Path) -> str:
    """Return the path at which the disk of ``folder`` is mounted."""
    place = folder.resolve()
    return next(str(path) for path in (place, *place.parents) if os.path.ismount(path))


def not_stored(error: Exception) -> NotStoredError:
    """Return what went wrong; what a stranger says may quote addresses and keys, and is not kept."""
    unreachable = isinstance(error, GenericError | OSError) and "error sending request" in str(error).lower()
    return NotStoredError(BackupProblem.UNREACHABLE if unreachable else BackupProblem.REFUSED)
