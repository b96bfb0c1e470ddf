"""Writes a backup: copies of what is in use, a tar of them, sealed with a passphrase.

For a disposable process only: it opens ``session.db``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
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
    LARGEST,
    MANIFEST,
    PARTS,
    VERSION,
    Device,
    Head,
    Manifest,
    Part,
    largest,
)
from core.moving.backup.databases import check_history, copy_consistently, copy_timeline, device_in
from core.moving.backup.failures import FAILURES, reason
from core.store.history_db import HISTORY_FILE
from core.store.layout import RECORD_FILE, SESSION_FILE

_CHUNK: Final = 1 << 18


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """An instance to be saved."""

    name: str
    folder: str
    """Where it runs."""


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that cannot be saved."""

    index: int
    """Its place among the sources."""
    code: str
    """A ``MoveCode`` or ``STORAGE``."""
    detail: str = ""


def copy_sessions(sources: Sequence[Source], staging: Path) -> tuple[Lacking, ...]:
    """Copy session and record of each instance, as of one moment each; all keep running.

    One whose files are damaged, missing or unreadable does not keep the others from being saved: it is
    returned. The copies of the others lie in ``staging/0``, ``staging/1``, … in their order. Before their
    messages are copied: what a session has taken in is then among them.

    Raises what ``reason`` calls ``move-disk-full``; and OSError for ``staging``.
    """
    lacking: list[Lacking] = []
    for index, source in enumerate(sources):
        folder = staging / str(index - len(lacking))
        folder.mkdir(mode=0o700)
        try:
            _copy_session(Path(source.folder), folder)
        except FAILURES as error:
            code, detail = reason(error)
            if code == MoveCode.DISK_FULL:
                raise
            shutil.rmtree(folder)
            lacking.append(Lacking(index=index, code=code, detail=detail))
    return tuple(lacking)


def _copy_session(source: Path, folder: Path) -> None:
    copy_consistently(source / SESSION_FILE, folder / SESSION_FILE)
    if (folder / SESSION_FILE).stat().st_size > largest(SESSION_FILE):
        raise MoveRefusedError(MoveCode.TOO_LARGE, SESSION_FILE)
    device_in(folder, 0)
    record = (source / RECORD_FILE).read_bytes()
    if len(record) > largest(RECORD_FILE):
        raise MoveRefusedError(MoveCode.DAMAGED, RECORD_FILE)
    (folder / RECORD_FILE).write_bytes(record)


def pack(  # noqa: PLR0913  # what is saved, where to, and how
    sources: Sequence[Source],
    staging: Path,
    target: Path,
    *,
    passphrase: str,
    messages: bool,
    head: tuple[str, float],
) -> tuple[Manifest, tuple[int, ...]]:
    """Write the backup of instances whose sessions were copied to ``target``; return what is in it.

    The second value: the indices of those whose timeline and messages are left out, because they are damaged,
    cannot be read, or are more than a backup holds. ``head``: the version of the app, and the time. A copy is
    removed as soon as it is in.

    Raises MoveRefusedError (``move-damaged``, ``move-no-device``), sqlite3.Error, StorageUnavailableError or
    OSError.
    """
    room = LARGEST - sum(path.stat().st_size for path in staging.glob("*/*"))
    devices: list[Device] = []
    incomplete: list[int] = []
    app_version, made_at = head
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        sealed = Encrypting(file, passphrase)
        first = Head(format=FORMAT, version=VERSION, app_version=app_version, made_at=made_at)
        _add_text(sealed, HEAD, msgspec.json.encode(first), made_at)
        for index, source in enumerate(sources):
            copies = staging / str(index)
            if not _copy_history(Path(source.folder), copies, messages=messages, most=room):
                incomplete.append(index)
            devices.append(_add_instance(sealed, source, copies, index, made_at=made_at))
            room -= sum(part.size for part in devices[-1].parts if part.name == HISTORY_FILE)
        manifest = Manifest(messages=messages, devices=tuple(devices))
        _add_text(sealed, MANIFEST, msgspec.json.encode(manifest), made_at)
        sealed.write(tar.END)
        sealed.close()
        file.flush()
        os.fsync(file.fileno())
    return manifest, tuple(incomplete)


def _add_instance(sealed: Encrypting, source: Source, copies: Path, index: int, *, made_at: float) -> Device:
    found = device_in(copies, index)
    parts = []
    for name in PARTS:
        if (copies / name).exists():
            parts.append(_add_file(sealed, f"{index}/{name}", copies / name, made_at))
            (copies / name).unlink()
    return Device(name=source.name, found=found, parts=tuple(parts))


def _copy_history(folder: Path, copies: Path, *, messages: bool, most: int) -> bool:
    """Copy timeline and messages; return False for those that are left out: the session is worth more.

    SQLite copies a damaged page unseen, so the copy is looked at. ``most`` is in bytes.
    """
    source, copy, most = folder / HISTORY_FILE, copies / HISTORY_FILE, min(most, largest(HISTORY_FILE))
    try:
        if not source.exists():
            return True
        if messages:
            _require_size(source, most)
            copy_consistently(source, copy)
        else:
            copy_timeline(folder, copies)
        _require_size(copy, most)
        check_history(copies)
    except FAILURES as error:
        if reason(error)[0] == MoveCode.DISK_FULL:
            raise
        for path in copies.glob(f"{HISTORY_FILE}*"):
            path.unlink()
        return False
    return True


def _require_size(path: Path, most: int) -> None:
    if path.stat().st_size > most:
        raise MoveRefusedError(MoveCode.TOO_LARGE, path.name)


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
