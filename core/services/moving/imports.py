"""Sessions of other systems, and backups, come in as instances. Threading: safe from any thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import AppError
from core.models.instance import InstanceView
from core.models.moving.codes import MoveCode
from core.models.moving.converted import Lost
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload
from core.services.instances import clean_name
from core.services.moving.adoption import adopt, staging_folder
from core.services.runtime import current

UPLOAD_LIMIT: Final = 100 * 1024**2
"""Bytes; as ``server.maxUploadSize`` in .streamlit/config.toml. A larger database fits as a zip; a
larger backup comes from where the daily ones go (``stored``)."""


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """A new instance, and what did not come along."""

    view: InstanceView
    lost: Lost


def keep_upload(file: BinaryIO) -> str:
    """Put an upload on the disk, private and for a quarter of an hour; return its name for the next steps.

    ``file`` lies in memory, and is read in pieces. Raises MoveRefusedError (move-disk-full, move-too-large),
    StorageUnavailableError.
    """
    size = file.seek(0, os.SEEK_END)
    if size > UPLOAD_LIMIT:
        raise MoveRefusedError(MoveCode.TOO_LARGE, f"{UPLOAD_LIMIT // 1024**2} MB")
    file.seek(0)
    return current().uploads.keep(file, size=size)


def discard_upload(name: str) -> None:
    """Erase an upload, once what is being done with it has ended. Idempotent."""
    current().uploads.erase(name)


@contextmanager
def kept_on(name: str) -> Iterator[None]:
    """Keep an upload until the block ends, though it is discarded meanwhile."""
    with current().uploads.reading(name):
        yield


def inspect_upload(name: str, *, passphrase: str = "") -> FoundUpload:
    """Return what an upload holds, checked as far as it can be. May take a minute; a large backup longer.

    A backup from where the daily ones go is tried with their passphrase when none is given.

    Raises MoveRefusedError with any of its codes (move-gone: it has been erased), StorageUnavailableError.
    """
    runtime = current()
    own = runtime.uploads.is_own(name)
    with (
        _kept(name) as path,
        staging_folder() as scratch,
        _asking(own=own, passphrase=passphrase) as secret,
    ):
        found = runtime.move_reader.inspect(path, scratch=scratch, passphrase=secret, own=own)
    if len(found.devices) == 1:
        _require_absent(found.devices[0])
    return found


def bring_in(  # noqa: PLR0913  # one for each answer of the person
    name: str,
    *,
    passphrase: str = "",
    device: FoundDevice,
    instance_name: str,
    request_id: str,
    as_it_was: bool = False,
    last: bool = True,
) -> BroughtIn:
    """Make a ``device`` of an upload a new instance and start it: it connects without a QR.

    One that was moved to another system before its backup was made stays stopped; with ``as_it_was``, also
    one that its owner had stopped.
    The upload is erased when that succeeded, unless it is not the ``last`` of it to come; after a refusal it
    may be tried again, with another name say.
    The same ``request_id`` never makes two. May take a minute. Raises as ``inspect_upload`` does, and
    InvalidInputError (name-…), LimitReachedError (instance-limit).
    """
    cleaned, own = clean_name(instance_name), current().uploads.is_own(name)
    try:
        with (
            _kept(name) as path,
            staging_folder() as target,
            staging_folder() as scratch,
            _asking(own=own, passphrase=passphrase) as secret,
        ):
            prepared = current().move_reader.prepare(
                path, scratch=scratch, passphrase=secret, device=device, target=target, own=own
            )
            view = adopt(target, cleaned, as_it_was=as_it_was, request_id=request_id)
            made = BroughtIn(view, prepared.lost)
    except MoveRefusedError:
        # The other half of a double press was faster, and has erased the upload.
        if (before := _made_by(request_id, cleaned)) is not None:
            return BroughtIn(before, Lost())
        raise
    if last:
        discard_upload(name)
    return made


def inspect_database(address: str) -> FoundUpload:
    """Return what a whatsmeow database in PostgreSQL holds; ``address`` is a secret. May take a minute.

    Raises MoveRefusedError: move-address-wrong, move-unreachable, and what else refuses an upload.
    """
    _require_database(address)
    with staging_folder() as scratch:
        found = current().move_reader.inspect_database(address, scratch=scratch)
    if len(found.devices) == 1:
        _require_absent(found.devices[0])
    return found


def bring_in_database(address: str, *, device: FoundDevice, instance_name: str, request_id: str) -> BroughtIn:
    """Make a ``device`` of a database a new instance, as ``bring_in`` does; it is only read.

    Others may have joined or left it since it was looked at: raises MoveRefusedError (move-changed) when this
    one did.
    """
    _require_database(address)
    cleaned = clean_name(instance_name)
    try:
        with staging_folder() as target, staging_folder() as scratch:
            prepared = current().move_reader.prepare_database(
                address, scratch=scratch, device=device, target=target
            )
            return BroughtIn(adopt(target, cleaned, request_id=request_id), prepared.lost)
    except MoveRefusedError:
        if (view := _made_by(request_id, cleaned)) is not None:
            return BroughtIn(view, Lost())
        raise


def databases_offered() -> bool:
    """Return whether sessions may be read out of databases (``IMPORT_DATABASES``)."""
    return current().settings.import_databases


def _require_database(address: str) -> None:
    if not databases_offered():
        raise MoveRefusedError(MoveCode.UNREACHABLE)
    if not address.strip():  # the reader takes it for no database, but a file
        raise MoveRefusedError(MoveCode.ADDRESS_WRONG)


def _made_by(request_id: str, name: str) -> InstanceView | None:
    """Return the instance that this request has made already; None when it has made none."""
    with suppress(AppError, MoveRefusedError), staging_folder() as empty:
        return current().registry.moving.adopt(empty, name, request_id=request_id)
    return None


@contextmanager
def _kept(name: str) -> Iterator[Path]:
    with current().uploads.reading(name) as path:
        if path is None:
            raise MoveRefusedError(MoveCode.GONE)
        yield path


@contextmanager
def _asking(*, own: bool, passphrase: str) -> Iterator[str]:
    """Yield what to open a backup with; where that is ours and does not fit, the person is to be asked."""
    daily = current().settings.backup
    ours = daily.passphrase if own and daily is not None and not passphrase else ""
    try:
        yield passphrase or ours
    except MoveRefusedError as refused:
        if ours and refused.code == MoveCode.WRONG_PASSPHRASE:
            raise MoveRefusedError(MoveCode.PASSPHRASE_MISSING) from refused
        raise


def _require_absent(device: FoundDevice) -> None:
    current().registry.moving.require_absent(device.jid)
