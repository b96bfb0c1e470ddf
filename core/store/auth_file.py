"""``door.json``: sign-ins and lock-outs; ``pairing-links.json``: links that show one instance's codes.

Both are kept through every end of the process and hold no secret in plain: digests of cookies and links, and
a salted scrypt of the password.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.errors import CorruptFileError
from core.models.access import AuthState, PairingLinks
from core.models.codes import DamageCode
from core.store import json_file

AUTH_FILE: Final = "door.json"
LINKS_FILE: Final = "pairing-links.json"
VERSION: Final = 1
_LARGEST: Final = 4_000_000


def write_auth_state(auth_dir: Path, state: AuthState) -> None:
    """Write the state, durably; mode 0600. Raises OSError; the old one is then still there."""
    json_file.save(auth_dir / AUTH_FILE, state, version=VERSION, line_end=b"")


def read_auth_state(auth_dir: Path) -> AuthState | None:
    """Return the stored state; None when there is none yet, or one of another version.

    Raises CorruptFileError when the file holds anything else, OSError when it cannot be read.
    """
    path = auth_dir / AUTH_FILE
    try:
        state = json_file.load(
            path, AuthState, largest=_LARGEST, code=DamageCode.SIGN_INS_CORRUPT, version=VERSION
        )
        bytes.fromhex(state.salt)
    except (FileNotFoundError, json_file.OtherVersionError):
        return None
    except ValueError as error:
        raise CorruptFileError(DamageCode.SIGN_INS_CORRUPT, detail="salt") from error
    return state


def stamp(auth_dir: Path) -> tuple[int, int]:
    """Return what changes with every write of the file; zeros when there is none."""
    try:
        status = (auth_dir / AUTH_FILE).stat()
    except OSError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def write_pairing_links(auth_dir: Path, links: PairingLinks) -> None:
    """Write the links, durably; mode 0600. Raises OSError; the old ones are then still there."""
    json_file.save(auth_dir / LINKS_FILE, links, version=VERSION)


def read_pairing_links(auth_dir: Path) -> PairingLinks:
    """Return the stored links; none when there is no file yet, or one of another version.

    Raises CorruptFileError when the file holds anything else, OSError when it cannot be read.
    """
    try:
        return json_file.load(
            auth_dir / LINKS_FILE,
            PairingLinks,
            largest=_LARGEST,
            code=DamageCode.SIGN_INS_CORRUPT,
            version=VERSION,
        )
    except (FileNotFoundError, json_file.OtherVersionError):
        return PairingLinks()
