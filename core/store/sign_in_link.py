"""``sign-in.link``: the address that opens the app while it has no password.

The permission of the file proves the person: only the user whose sessions lie beside it can read or write it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from core.store.files import write_atomic

LINK_FILE: Final = "sign-in.link"
REDIRECT_FILE: Final = "sign-in.html"
"""A page that leads to the address: a browser's command line, which others can see, then holds no secret."""
_LONGEST: Final = 2_000


def write_link(auth_dir: Path, address: str) -> None:
    """Store the address in one step; mode 0600. Makes ``auth_dir`` if need be. Raises OSError."""
    auth_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(auth_dir / LINK_FILE, address.encode())


def replace_link(auth_dir: Path, address: str) -> None:
    """Store another address for the app that wrote the present one. Raises OSError.

    The file keeps its owner: root may ask for a link of an app that runs as another user.
    """
    before = (auth_dir / LINK_FILE).lstat()
    others = os.name != "nt" and before.st_uid != os.geteuid()
    owner = (before.st_uid, before.st_gid) if others else None
    write_atomic(auth_dir / LINK_FILE, address.encode(), owner=owner)


def write_redirect(auth_dir: Path, page: str) -> Path:
    """Store the page that leads to the address; mode 0600. Return its path. Raises OSError."""
    write_atomic(auth_dir / REDIRECT_FILE, page.encode())
    return auth_dir / REDIRECT_FILE


def read_link(auth_dir: Path) -> str:
    """Return the stored address; empty when there is none, or none that the folder's own user wrote."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(auth_dir / LINK_FILE, flags)
        with os.fdopen(descriptor, "rb") as file:
            is_ours = _is_ours(os.fstat(descriptor), auth_dir)
            return file.read(_LONGEST).decode("ascii", "replace").strip() if is_ours else ""
    except OSError:
        return ""


def remove_link(auth_dir: Path, base: str = "") -> None:
    """Remove both files if the address begins with ``base``; another process may have written its own."""
    with contextlib.suppress(OSError):
        if not base or read_link(auth_dir).startswith(base):
            (auth_dir / LINK_FILE).unlink(missing_ok=True)
            (auth_dir / REDIRECT_FILE).unlink(missing_ok=True)


def _is_ours(status: os.stat_result, auth_dir: Path) -> bool:
    """Refuse what another user put there, should the folder be open to others."""
    if os.name == "nt":
        return True
    return stat.S_ISREG(status.st_mode) and status.st_uid in {os.geteuid(), auth_dir.stat().st_uid}
