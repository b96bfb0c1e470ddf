"""Where things lie under ``AUTH_DIR``, and what an instance id may look like."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import Final

RECORD_FILE: Final = "instance.json"
SESSION_FILE: Final = "session.db"
WORKER_LOG: Final = "worker.log"
"""The last lines that the last worker wrote, masked."""

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID_LENGTH: Final = 40
_SLUG_LENGTH: Final = 24
# No vowels and no look-alikes: no accidental words, and safe to read out loud.
_TAIL_ALPHABET: Final = "bcdfghjkmnpqrstvwxz23456789"
_TAIL_LENGTH: Final = 6
_LONG_NUMBER: Final = re.compile(r"\d+(\d{4})")
# However a number is grouped, it is one number.
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[^a-z0-9]+(?=\d)")


def new_id(name: str) -> str:
    """Return a fresh id for an instance called ``name``: its slug and a random tail (``loja-centro-k7m2xq``).

    Safe as a folder name, in a URL and in a log: a telephone number inside the name keeps only its end.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+", _LONG_NUMBER.sub(r"\1", _BETWEEN_DIGITS.sub("", plain)))
    slug = "-".join(words)[:_SLUG_LENGTH].strip("-") or "instance"
    return f"{slug}-{''.join(secrets.choice(_TAIL_ALPHABET) for _ in range(_TAIL_LENGTH))}"


def is_id(text: str) -> bool:
    """Return whether ``text`` can be an instance id; nothing else may ever become part of a path."""
    return len(text) <= _ID_LENGTH and _ID.fullmatch(text) is not None


def instance_dir(auth_dir: Path, instance_id: str) -> Path:
    """Return the folder of one instance. Raises ValueError for anything that is not an id."""
    if not is_id(instance_id):
        raise ValueError("not an instance id")
    return auth_dir / instance_id


def instance_ids(auth_dir: Path) -> list[str]:
    """Return the ids of the folders that hold a record or a session, sorted. Raises OSError."""
    ids = []
    with os.scandir(auth_dir) as entries:
        for entry in entries:
            if is_id(entry.name) and entry.is_dir(follow_symlinks=False):
                folder = Path(entry.path)
                if (folder / RECORD_FILE).exists() or (folder / SESSION_FILE).exists() or _was_ours(folder):
                    ids.append(entry.name)
    return sorted(ids)


def _was_ours(folder: Path) -> bool:
    """Return whether a record was set aside here and the process died before it wrote the new one."""
    return any(folder.glob(f"{RECORD_FILE}.corrupt-*"))
