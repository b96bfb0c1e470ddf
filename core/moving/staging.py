"""``AUTH_DIR/.moving``: where a session is prepared, on the disk that it is to stay on.

A folder that is whole is renamed to its place in one step; whatever else lies here is of no use to anybody.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from core.store.files import sync_folder
from core.store.layout import instance_dir
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)

STAGING_DIR: Final = ".moving"
"""No instance id begins with a dot: no start takes it for an instance."""


@contextlib.contextmanager
def staging_folder(auth_dir: Path) -> Iterator[Path]:
    """Yield an empty folder, mode 0700; erased at the end of the block unless it was moved away.

    Raises StorageUnavailableError.
    """
    folder = new_folder(auth_dir)
    try:
        yield folder
    finally:
        erase(folder)


def new_folder(auth_dir: Path) -> Path:
    """Return a new empty folder, mode 0700, that its maker erases; so does the next start.

    Raises StorageUnavailableError.
    """
    folder = auth_dir / STAGING_DIR / secrets.token_hex(8)
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise storage_error(error) from error
    return folder


def is_staged(auth_dir: Path, folder: Path) -> bool:
    """Return whether ``folder`` is one that ``staging_folder`` yielded, or lies in such a one."""
    staging = auth_dir / STAGING_DIR
    inside = ".." not in folder.parts and staging in folder.parents
    return inside and folder.is_dir() and folder.resolve() == staging.resolve() / folder.relative_to(staging)


def keep_only(folder: Path, names: Iterable[str]) -> None:
    """Remove everything but the files of those ``names``; make those durable, mode 0600. Raises OSError."""
    kept = set(names)
    for path in folder.iterdir():
        if path.is_symlink() or not path.is_file() or path.name not in kept:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            continue
        path.chmod(0o600)
        _sync_file(path)
    sync_folder(folder)


def put_in_place(folder: Path, auth_dir: Path, instance_id: str) -> None:
    """Make a whole folder the one of ``instance_id``, in one step. Raises OSError; nothing has moved then."""
    target = instance_dir(auth_dir, instance_id)
    if target.exists():  # renaming replaces an empty folder without a word
        raise FileExistsError(target.name)
    folder.rename(target)
    try:
        sync_folder(auth_dir)
    except OSError as error:  # it is in its place: to call that a failure would let it come in twice
        log.warning("a new folder may not outlive the machine's crash: %s", error.strerror)


def sweep(auth_dir: Path) -> None:
    """Erase what a process left that ended in the middle. Call while nothing is being prepared."""
    staging = auth_dir / STAGING_DIR
    try:
        folders = list(staging.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("staging not swept: %s", error.strerror)
        return
    for folder in folders:
        erase(folder)
    if folders:
        log.info("removed %d folders of moves that did not end", len(folders))


def erase(path: Path) -> None:
    """Remove a file or folder that may be gone already; what the disk refuses is left for the next start."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("not removed from staging: %s", error.strerror)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
