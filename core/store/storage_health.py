"""Whether ``AUTH_DIR`` is still the folder that was opened, and still takes what is written to it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.models.storage import StorageProblem
from core.store.layout import RECORD_FILE, SESSION_FILE, instance_dir
from core.store.owner_lock import LOCK_FILE, OwnerLock, storage_error

ENOUGH_BYTES: Final = 64 * 1024
"""With less than this a disk counts as full: the next few writes of the sessions would fail."""
ROOMY_BYTES: Final = 1024 * 1024
"""A disk that was full counts as usable again with this: else it would be full again at once."""
PAIRING_BYTES: Final = 5 * 1024 * 1024
"""A pairing writes a log of 4 MB before it is folded into a file of 0.3 MB."""
_NO_UNNAMED_FILES: Final = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}
_OURS: Final = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Our process or the machine is short of something: that says nothing about the disk."""
_PROBE_FILE: Final = ".room-probe"


def require_same(owner: OwnerLock, auth_dir: Path) -> None:
    """Raise StorageUnavailableError when the path does not lead to the owned folder any more.

    ``auth-dir-gone``: nothing is there. ``auth-dir-replaced``: another folder, an unmounted disk's empty
    mount point, or ours without what was in it; nothing may be written there.
    """
    try:
        status = (auth_dir / LOCK_FILE).stat()
    except FileNotFoundError as error:
        code = StorageProblem.REPLACED if auth_dir.exists() else StorageProblem.GONE
        raise StorageUnavailableError(code) from error
    except OSError as error:
        raise storage_error(error) from error
    if owner.descriptor < 0 or not os.path.samestat(status, os.fstat(owner.descriptor)):
        raise StorageUnavailableError(StorageProblem.REPLACED)


def require_room(auth_dir: Path, size: int) -> None:
    """Raise StorageUnavailableError when ``size`` bytes cannot be written now. Leaves nothing behind."""
    try:
        descriptor = _unnamed_file(auth_dir)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                left = size
                while left > 0:
                    # A disk that has room for a part takes that part first and refuses the next.
                    left -= file.write(bytes(left)) or 0
        finally:
            (auth_dir / _PROBE_FILE).unlink(missing_ok=True)
    except OSError as error:
        if error.errno not in _OURS:
            raise storage_error(error) from error


def is_same_folder_again(owner: OwnerLock, auth_dir: Path, instance_ids: Iterable[str]) -> bool:
    """Return whether the path leads to the owned folder again, even if its lock is another file.

    So it is when the lock says what we wrote there, or when it is missing and at least one of the instances
    is there, or when there are no instances that could be missed.
    """
    ids = list(instance_ids)
    try:
        if not auth_dir.is_dir():
            return False
        if not ids:
            return True
        return (auth_dir / LOCK_FILE).read_bytes() == owner.content
    except FileNotFoundError:
        folders = [instance_dir(auth_dir, instance_id) for instance_id in ids]
        return any((folder / name).exists() for folder in folders for name in (RECORD_FILE, SESSION_FILE))
    except OSError:
        return False


def _unnamed_file(auth_dir: Path) -> int:
    """Open a file without a name; where the file system knows no such thing, one with a name."""
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.open(auth_dir, os.O_TMPFILE | os.O_WRONLY, 0o600)
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES:
                raise
    return os.open(auth_dir / _PROBE_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
