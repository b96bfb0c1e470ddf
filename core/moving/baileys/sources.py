"""Every Baileys session in an upload: folders with ``creds.json``, and exports of Evolution API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from core.models.moving.device import MoveRefusedError
from core.moving.baileys.evolution import Export, Row, creds_of, read_export
from core.moving.baileys.folder import CREDS, SUFFIX
from core.moving.baileys.names import kind_and_id

MOST_SESSIONS: Final = 100
"""As a person may choose from."""

Files = dict[str, bytes]


def find_sessions(files: Mapping[str, bytes]) -> tuple[Files, ...]:
    """Return the files of each session in an upload, to be given to ``convert_folder``; none if it has none.

    ``files`` are all that the upload holds, by path, or its only one. Each folder that holds ``creds.json``
    is a session. Without any, rows of Evolution API's ``Session`` are, each with the Redis hash or the folder
    of ``instances`` that lies beside it. What an operating system adds to a zip is passed over.

    Raises MoveRefusedError (DAMAGED, TOO_LARGE) only when a single file was given and it cannot be read.
    """
    folders = _folders(files)
    found = [folder for folder in folders.values() if CREDS in folder]
    return tuple((found or list(_exported(folders, only=len(files) == 1)))[:MOST_SESSIONS])


def _folders(files: Mapping[str, bytes]) -> dict[str, Files]:
    """Return the files of each folder by name; the key is the folder's path."""
    folders: dict[str, Files] = {}
    for path, data in files.items():
        folder, _, name = path.replace("\\", "/").rpartition("/")
        if name.endswith(SUFFIX) and not name.startswith("._"):
            folders.setdefault(folder, {})[name] = data
    return folders


def _exported(folders: Mapping[str, Files], *, only: bool) -> Iterator[Files]:
    export, kept = _exports(folders, only=only), _kept_in_folders(folders)
    for row in export.rows:
        keys = _keys_of(row, export, kept)
        try:
            yield {**keys, CREDS: creds_of(row)}
        except MoveRefusedError:
            if only:
                raise
    if not export.rows:
        yield from (found for found in export.hashes if CREDS in found)


def _exports(folders: Mapping[str, Files], *, only: bool) -> Export:
    rows: list[Row] = []
    hashes: list[Files] = []
    for folder in folders.values():
        for name, data in folder.items():
            if kind_and_id(name.removesuffix(SUFFIX)) is not None:
                continue
            try:
                export = read_export(name, data)
            except MoveRefusedError:
                if only:
                    raise
                continue  # another JSON file that happens to lie there
            rows += export.rows
            hashes += export.hashes
    return Export(tuple(rows), tuple(hashes))


def _kept_in_folders(folders: Mapping[str, Files]) -> dict[str, Files]:
    """Return the folders that hold keys, by their last name: Evolution names them after the instance's id."""
    return {
        path.rpartition("/")[2]: folder
        for path, folder in folders.items()
        if any(kind_and_id(name.removesuffix(SUFFIX)) for name in folder)
    }


def _keys_of(row: Row, export: Export, kept: Mapping[str, Files]) -> Files:
    """Return the keys that belong to a row; none where it cannot be told: then the device moves alone."""
    if row.session_id in kept:
        return kept[row.session_id]
    if len(export.rows) > 1:
        return {}
    if export.hashes:
        return max(export.hashes, key=len)
    return next(iter(kept.values())) if len(kept) == 1 else {}
