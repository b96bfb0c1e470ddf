"""Opens a backup that a person brings: nothing in it is believed before it was proven.

For a disposable process only, with at least 512 MiB of address space: it opens ``session.db``, and scrypt may
want 256 MiB.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from core.errors import CorruptFileError
from core.models.moving.backup import BackupFound
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import tar
from core.moving.backup.age import Decrypting
from core.moving.backup.contents import (
    FORMAT,
    HEAD,
    INSTANCES,
    LARGEST,
    LARGEST_TEXT,
    MANIFEST,
    VERSION,
    Device,
    Head,
    Manifest,
    Part,
    largest,
    part_of,
)
from core.moving.backup.databases import check_history, device_in
from core.settings import as_password
from core.store.history_db import HISTORY_FILE
from core.store.instance_file import read_facts
from core.store.layout import SESSION_FILE

_CHUNK: Final = 1 << 18
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
T = TypeVar("T")


def open_backup(path: Path, passphrase: str, target: Path) -> BackupFound:
    """Unpack the backup at ``path`` into ``target`` (an empty folder), one folder for each instance.

    ``target/<index>`` then holds what ``core.registry.moving.adoption`` takes in. What lies in ``target``
    after an error is of no use and is the caller's to erase.

    Raises MoveRefusedError: ``move-unknown-format``, ``move-passphrase-missing``, ``move-wrong-passphrase``,
    ``move-damaged``, ``move-too-large``, ``move-schema-too-new``, ``move-no-device``, ``move-disk-full``; or
    OSError when ``path`` cannot be read or ``target`` not be written.
    """
    with unsealed(path, passphrase) as content:
        return unpack_backup(content, target)


@contextmanager
def unsealed(path: Path, passphrase: str) -> Iterator[Decrypting]:
    """Yield what the age file at ``path`` holds.

    Raises MoveRefusedError: ``move-unknown-format``, ``move-passphrase-missing``, ``move-wrong-passphrase``,
    ``move-damaged``, ``move-too-large``; or OSError.
    """
    secret = as_password(passphrase)  # as it was when the backup was made
    if not secret:
        raise MoveRefusedError(MoveCode.PASSPHRASE_MISSING)
    with path.open("rb") as file:
        yield Decrypting(file, secret)


def unpack_backup(content: Decrypting, target: Path) -> BackupFound:
    """Unpack the backup in ``content`` as ``open_backup`` does."""
    try:
        return _Opening(content, target).run()
    except OSError as error:
        if error.errno in _FULL:
            raise MoveRefusedError(MoveCode.DISK_FULL) from error
        raise


class _Opening:
    """One backup, from its first byte to its last."""

    def __init__(self, content: Decrypting, target: Path) -> None:
        self._content = content
        self._target = target
        self._left = LARGEST
        self._parts: dict[tuple[int, str], Part] = {}

    def run(self) -> BackupFound:
        head = self._head()
        manifest = self._manifest()
        if self._content.read(1 << 16).strip(b"\0"):
            raise MoveRefusedError(MoveCode.DAMAGED, "tar")
        self._compare(manifest)
        devices = []
        for index, _ in enumerate(manifest.devices):
            device = device_in(self._target / str(index), index)
            moved_out_at = _moved_out_at(self._target / str(index), made_at=head.made_at)
            devices.append(msgspec.structs.replace(device, moved_out_at=moved_out_at))
            if (self._target / str(index) / HISTORY_FILE).exists():
                check_history(self._target / str(index))
        return BackupFound(
            made_at=head.made_at,
            app_version=head.app_version[:40],
            messages=manifest.messages,
            devices=tuple(devices),
            names=tuple(device.name[:200] for device in manifest.devices),
        )

    def _head(self) -> Head:
        member = tar.next_member(self._content)
        if member is None or member[0] != HEAD:
            raise MoveRefusedError(MoveCode.UNKNOWN_FORMAT)
        head = self._text(member[1], Head, HEAD)
        if head.format != FORMAT:
            raise MoveRefusedError(MoveCode.UNKNOWN_FORMAT)
        if head.version > VERSION:
            raise MoveRefusedError(MoveCode.SCHEMA_TOO_NEW, f"{HEAD} {head.version}")
        return head

    def _manifest(self) -> Manifest:
        """Write every part to the disk; return the manifest behind them."""
        while member := tar.next_member(self._content):
            name, size = member
            if name == MANIFEST:
                return self._text(size, Manifest, MANIFEST)
            place = part_of(name)
            if place is None or place[0] >= INSTANCES or place in self._parts:
                raise MoveRefusedError(MoveCode.DAMAGED, "tar")
            self._left -= size
            if size > largest(place[1]) or self._left < 0:
                raise MoveRefusedError(MoveCode.TOO_LARGE, f"{LARGEST >> 30} GB")
            self._parts[place] = self._part(place, size)
        raise MoveRefusedError(MoveCode.DAMAGED, MANIFEST)

    def _part(self, place: tuple[int, str], size: int) -> Part:
        index, name = place
        folder, checksum, left = self._target / str(index), hashlib.sha256(), size
        folder.mkdir(mode=0o700, exist_ok=True)
        with (folder / name).open("xb") as file:
            while left > 0:
                chunk = self._exactly(min(_CHUNK, left))
                checksum.update(chunk)
                file.write(chunk)
                left -= len(chunk)
        self._exactly(len(tar.padding(size)))
        return Part(name=name, size=size, sha256=checksum.hexdigest())

    def _compare(self, manifest: Manifest) -> None:
        """Refuse what the manifest does not list as it is, and what it lists and is not there."""
        listed = {
            (index, part.name): part for index, device in enumerate(manifest.devices) for part in device.parts
        }
        for place in listed.keys() | self._parts.keys():
            if listed.get(place) != self._parts.get(place):
                raise MoveRefusedError(MoveCode.DAMAGED, place[1])
        if not manifest.devices:
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        if any(not _has_session(device) for device in manifest.devices):
            raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE)

    def _text(self, size: int, kind: type[T], name: str) -> T:
        if size > LARGEST_TEXT:
            raise MoveRefusedError(MoveCode.TOO_LARGE, name)
        text = self._exactly(size)
        self._exactly(len(tar.padding(size)))
        try:
            return msgspec.json.decode(text, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:  # a validation error is one too
            raise MoveRefusedError(MoveCode.DAMAGED, name) from error

    def _exactly(self, size: int) -> bytes:
        data = self._content.read(size)
        if len(data) != size:
            raise MoveRefusedError(MoveCode.DAMAGED, "tar")
        return data


def _moved_out_at(folder: Path, *, made_at: float) -> float:
    """Return when the instance was moved to another system; 0 when it was not, or has no record."""
    try:
        at = read_facts(folder).moved_out_at
    except (CorruptFileError, OSError):
        return 0.0
    # A mark with an impossible time is a mark all the same.
    return at if not at or 0 < at <= made_at else made_at


def _has_session(device: Device) -> bool:
    return any(part.name == SESSION_FILE for part in device.parts)
