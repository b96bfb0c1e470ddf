"""A zip of a stranger: looked through before anything in it is unpacked, and unpacked within bounds.

No name in it ever becomes a path on the disk.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.disk_room import require_room

MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
MEGABYTE: Final = 1 << 20
MOST_MEMBERS: Final = 50_000
"""A large Baileys folder has some ten thousand files."""
MOST_UNPACKED: Final = 300 * MEGABYTE
"""Bytes of everything that is unpacked."""
MOST_RATIO: Final = 200
"""Times that a member may grow; JSON grows four times, an almost empty database twenty times."""
_RATIO_FROM: Final = 2 * MEGABYTE
"""What is small may be as dense as it likes."""
_LONGEST_NAME: Final = 500
_ENCRYPTED: Final = 0x1
"""Bit of a member's flags. Source: APPNOTE.TXT, 4.4.4."""
_PACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_OUTSIDE: Final = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:|\0")
_OF_SYSTEMS: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")
"""What computers add by themselves."""
_CHUNK: Final = 1 << 16
_READING_FAILED: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, IndexError, NotImplementedError, OSError, OverflowError, RuntimeError, ValueError),
)
"""What zipfile raises for a file that is damaged, beside its own error."""


class Archive:
    """The files of one zip by name, with ``/`` between folders. Threading: one thread."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        """Look through what it says of itself.

        Raises MoveRefusedError: move-archive-unsafe, move-archive-locked, move-too-large.
        """
        self._file = file
        self._left = MOST_UNPACKED
        members = file.infolist()
        if len(members) > MOST_MEMBERS:
            raise MoveRefusedError(MoveCode.TOO_LARGE, str(MOST_MEMBERS))
        self._members = _checked(members)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the files, in the zip's order."""
        return tuple(self._members)

    def head(self, name: str, size: int) -> bytes:
        """Return the first ``size`` bytes of a file. Raises MoveRefusedError (move-damaged)."""
        with _damage(name), self._file.open(self._members[name]) as member:
            return member.read(size)

    def read(self, name: str, *, most: int) -> bytes:
        """Return a file whole. Raises MoveRefusedError: move-damaged (detail: its name), move-too-large."""
        return b"".join(self._chunks(name, most))

    def size(self, name: str) -> int:
        """Return how many bytes a file says that it has."""
        return self._members[name].file_size

    def extract(self, name: str, target: Path) -> None:
        """Write a file to ``target``, mode 0600. Raises as ``read`` does; move-disk-full besides."""
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                _write(file, self._chunks(name, MOST_UNPACKED), target.parent)
        except OSError as error:
            raise MoveRefusedError(MoveCode.DISK_FULL) from error

    def _chunks(self, name: str, most: int) -> Iterator[bytes]:
        """Yield what a member really holds, however large it says that it is."""
        member = self._members[name]
        taken = 0
        with _damage(name), self._file.open(member) as opened:
            while chunk := opened.read(_CHUNK):
                taken += len(chunk)
                self._left -= len(chunk)
                if taken > most or self._left < 0 or _is_bomb(member.compress_size, taken):
                    raise MoveRefusedError(MoveCode.TOO_LARGE, f"{min(most, MOST_UNPACKED) // MEGABYTE} MB")
                yield chunk


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Yield the archive at ``path``. Raises as ``Archive`` does; move-damaged besides."""
    with _damage("zip"):
        file = zipfile.ZipFile(path)
    with file:
        yield Archive(file)


@contextmanager
def _damage(part: str) -> Iterator[None]:
    try:
        yield
    except _READING_FAILED as error:
        raise MoveRefusedError(MoveCode.DAMAGED, part[-_LONGEST_NAME:]) from error


def _checked(members: list[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        # Some programs on Windows write their own separator.
        name = member.filename.replace("\\", "/")
        mode = member.external_attr >> 16
        plain = stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR)
        if len(name) > _LONGEST_NAME or _OUTSIDE.search(name) or not plain or name in found:
            raise MoveRefusedError(MoveCode.ARCHIVE_UNSAFE)
        if name.endswith("/") or _OF_SYSTEMS.search(name):
            continue
        if member.flag_bits & _ENCRYPTED:
            raise MoveRefusedError(MoveCode.ARCHIVE_LOCKED)
        if member.compress_type not in _PACKED:
            raise MoveRefusedError(MoveCode.ARCHIVE_UNSAFE)
        found[name] = member
    if sum(member.file_size for member in found.values()) > MOST_UNPACKED:
        raise MoveRefusedError(MoveCode.TOO_LARGE, f"{MOST_UNPACKED // MEGABYTE} MB")
    return found


def _is_bomb(packed: int, unpacked: int) -> bool:
    return unpacked > _RATIO_FROM and unpacked > packed * MOST_RATIO


def _write(file: IO[bytes], chunks: Iterator[bytes], folder: Path) -> None:
    for chunk in chunks:
        require_room(folder, len(chunk))
        file.write(chunk)
