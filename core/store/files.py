"""Writing and moving single files so that a crash leaves the old content or the new, never half."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path
from typing import Final

_UNFINISHED: Final = re.compile(r"\..+\.[0-9]+\.tmp")
_DEAD_AFTER_S: Final = 60.0


def write_atomic(path: Path, data: bytes, *, owner: tuple[int, int] | None = None) -> None:
    """Replace ``path`` by ``data`` in one step, on the disk on return; mode 0600. Raises OSError.

    ``owner`` (user and group) is whose file it becomes; only root may give one away.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        # Always a new file: another user with write access to the folder could have put a link there.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if owner is not None:
                os.fchown(descriptor, *owner)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that were killed in the middle of a ``write_atomic`` left in ``folder``.

    What is younger than a minute stays: another process may be writing it. What cannot be removed now stays,
    too, and so does all where the folder cannot be read.
    """
    before = time.time() - _DEAD_AFTER_S
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _UNFINISHED.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < before:
                Path(entry.path).unlink()


def sync_folder(folder: Path) -> None:
    """Make renames and new names inside ``folder`` durable. Raises OSError."""
    if os.name == "nt":
        return  # Windows cannot open a folder; its renames are journaled
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_aside(path: Path) -> str:
    """Rename a file that cannot be read, so that it is kept and out of the way. Returns its new name."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in range(100):
        target = path.with_name(f"{path.name}.corrupt-{stamp}" + (f"-{number}" if number else ""))
        if not target.exists():
            path.rename(target)
            return target.name
    raise FileExistsError(f"too many set-aside copies of {path.name}")
