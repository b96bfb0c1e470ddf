"""What an upload is, found out from its content; its name and its type say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import whatsmeow_file
from core.moving.disk_room import require_room
from core.moving.reader import archive
from core.moving.reader.archive import Archive, open_archive
from core.moving.reader.baileys_source import MOST_OF_ONE, SUFFIX, BaileysSource, json_files
from core.moving.reader.sealed import open_sealed
from core.moving.reader.sources import MOST_FILES, Source, whatsmeow_files

MOST_PACKED: Final = 300 * archive.MEGABYTE
"""Bytes of an upload."""
_HEAD: Final = 64
_AGE: Final = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
"""Source: the age format's specification, age-encryption.org/v1."""
_BEFORE_JSON: Final = b"\xef\xbb\xbf \t\r\n"
_BROWSER: Final = re.compile(
    r"(?:^|/)(?:Local State|Default/(?:IndexedDB|Local Storage|Preferences)|[^/]*\.indexeddb\.\w+)(?:/|$)",
    re.IGNORECASE,
)
"""In the profile of a Chrome that whatsapp-web.js or WPPConnect drive."""


@contextmanager
def open_source(path: Path, *, scratch: Path, passphrase: str = "", deadline: float) -> Iterator[Source]:
    """Yield what the upload at ``path`` is; ``scratch`` is an empty folder for what is unpacked.

    Raises MoveRefusedError with any code of an upload.
    """
    if path.stat().st_size > MOST_PACKED:
        raise MoveRefusedError(MoveCode.TOO_LARGE, f"{MOST_PACKED // archive.MEGABYTE} MB")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(whatsmeow_file.MAGIC):
        with whatsmeow_files([path], deadline=deadline) as source:
            yield source
    elif head.startswith(archive.MAGIC):
        with (
            open_archive(path) as opened,
            _in_archive(opened, scratch, passphrase, deadline=deadline) as source,
        ):
            yield source
    elif head.startswith(_AGE):
        with open_sealed(path, passphrase, scratch, deadline=deadline) as source:
            yield source
    elif head.lstrip(_BEFORE_JSON).startswith((b"{", b"[", b'"')):
        yield _of_json(path)
    else:
        raise MoveRefusedError(MoveCode.UNKNOWN_FORMAT)


def _of_json(path: Path) -> Source:
    if path.stat().st_size > MOST_OF_ONE:
        raise MoveRefusedError(MoveCode.TOO_LARGE, f"{MOST_OF_ONE // archive.MEGABYTE} MB")
    return BaileysSource({f"upload{SUFFIX}": path.read_bytes()})


@contextmanager
def _in_archive(opened: Archive, scratch: Path, passphrase: str, *, deadline: float) -> Iterator[Source]:
    if any(map(_BROWSER.search, opened.names)):
        raise MoveRefusedError(MoveCode.BROWSER_PROFILE)
    if databases := _unpack_databases(opened, scratch):
        with whatsmeow_files(databases, deadline=deadline) as source:
            yield source
    elif backups := [name for name in opened.names if opened.head(name, _HEAD).startswith(_AGE)]:
        with _backup_in(opened, backups[0], scratch, passphrase, deadline=deadline) as source:
            yield source
    else:
        yield BaileysSource(json_files(opened))


@contextmanager
def _backup_in(
    opened: Archive, name: str, scratch: Path, passphrase: str, *, deadline: float
) -> Iterator[Source]:
    """Unpack a backup that a person zipped, or whose mail program did."""
    if not passphrase:  # without one there is nothing to be done with it yet
        raise MoveRefusedError(MoveCode.PASSPHRASE_MISSING)
    path, unpacked = scratch / "backup.age", scratch / "unpacked"
    require_room(scratch, opened.size(name))
    opened.extract(name, path)
    unpacked.mkdir(mode=0o700)
    with open_sealed(path, passphrase, unpacked, deadline=deadline) as source:
        yield source


def _unpack_databases(opened: Archive, scratch: Path) -> Sequence[Path]:
    """Write each SQLite file of a zip, with its log, under a name of ours."""
    length = len(whatsmeow_file.MAGIC)
    there = [name for name in opened.names if opened.head(name, length) == whatsmeow_file.MAGIC]
    files: dict[str, Path] = {}
    paths = []
    for number, name in enumerate(there[: MOST_FILES + 1]):
        paths.append(scratch / f"{number}.db")
        files[name] = paths[-1]
        if f"{name}-wal" in opened.names:
            files[f"{name}-wal"] = scratch / f"{number}.db-wal"
    if files:
        require_room(scratch, sum(map(opened.size, files)))
    for name, path in files.items():
        opened.extract(name, path)
    return paths
