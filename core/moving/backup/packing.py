"""Writes a backup: copies of what is in use, a tar of them, sealed with a passphrase.

For a disposable process only: it opens ``session.db``.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from core.errors import StorageUnavailableError
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import tar
from core.moving.backup.age import Encrypting
from core.moving.backup.contents import (
    FORMAT,
    HEAD,
    MANIFEST,
    PARTS,
    VERSION,
    Device,
    Head,
    Manifest,
    Part,
    largest,
)
from core.moving.backup.databases import copy_consistently, copy_timeline, device_in
from core.store.history_db import HISTORY_FILE
from core.store.layout import RECORD_FILE, SESSION_FILE

_CHUNK: Final = 1 << 18
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """An instance to be saved."""

    name: str
    folder: str
    """Where it runs."""


def copy_sessions(sources: Sequence[Source], staging: Path) -> None:
    """Copy the session of each instance into ``staging/<index>``, as of one moment each; all keep running.

    Before their messages are copied: what a session has taken in is then among them. Raises sqlite3.Error
    or OSError.
    """
    for index, source in enumerate(sources):
        folder = staging / str(index)
        folder.mkdir(mode=0o700)
        copy_consistently(Path(source.folder) / SESSION_FILE, folder / SESSION_FILE)


def pack(  # noqa: PLR0913  # what is saved, where to, and how
    sources: Sequence[Source],
    staging: Path,
    target: Path,
    *,
    passphrase: str,
    messages: bool,
    head: tuple[str, float],
) -> Manifest:
    """Write the backup of instances whose sessions were copied to ``target``; return what is in it.

    ``head``: the version of the app, and the time. A copy is removed as soon as it is in.
    Raises MoveRefusedError (``move-damaged``, ``move-no-device``), sqlite3.Error, StorageUnavailableError or
    OSError.
    """
    app_version, made_at = head
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        sealed = Encrypting(file, passphrase)
        first = Head(format=FORMAT, version=VERSION, app_version=app_version, made_at=made_at)
        _add_text(sealed, HEAD, msgspec.json.encode(first), made_at)
        devices = tuple(
            _add_instance(sealed, source, staging / str(index), index, messages=messages, made_at=made_at)
            for index, source in enumerate(sources)
        )
        manifest = Manifest(messages=messages, devices=devices)
        _add_text(sealed, MANIFEST, msgspec.json.encode(manifest), made_at)
        sealed.write(tar.END)
        sealed.close()
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _add_instance(  # noqa: PLR0913  # one row of ``pack``
    sealed: Encrypting, source: Source, copies: Path, index: int, *, messages: bool, made_at: float
) -> Device:
    found = device_in(copies, index)
    _copy_history(Path(source.folder), copies, messages=messages)
    record = (Path(source.folder) / RECORD_FILE).read_bytes()
    if len(record) > largest(RECORD_FILE):
        raise MoveRefusedError(MoveCode.DAMAGED, RECORD_FILE)
    (copies / RECORD_FILE).write_bytes(record)
    parts = []
    for name in PARTS:
        if (copies / name).exists():
            parts.append(_add_file(sealed, f"{index}/{name}", copies / name, made_at))
            (copies / name).unlink()
    return Device(name=source.name, found=found, parts=tuple(parts))


def _copy_history(folder: Path, copies: Path, *, messages: bool) -> None:
    """Copy timeline and messages. One that cannot be read is left out: the session is worth more."""
    if not (folder / HISTORY_FILE).exists():
        return
    try:
        if messages:
            copy_consistently(folder / HISTORY_FILE, copies / HISTORY_FILE)
        else:
            copy_timeline(folder, copies)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise
        (copies / HISTORY_FILE).unlink(missing_ok=True)


def _add_text(sealed: Encrypting, name: str, content: bytes, made_at: float) -> None:
    sealed.write(tar.header(name, len(content), made_at=made_at) + content + tar.padding(len(content)))


def _add_file(sealed: Encrypting, member: str, path: Path, made_at: float) -> Part:
    size, checksum = path.stat().st_size, hashlib.sha256()
    sealed.write(tar.header(member, size, made_at=made_at))
    left = size
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            checksum.update(chunk)
            sealed.write(chunk)
            left -= len(chunk)
    if left:
        raise StorageUnavailableError("auth-dir-error", detail=path.name)
    sealed.write(tar.padding(size))
    return Part(name=path.name, size=size, sha256=checksum.hexdigest())
