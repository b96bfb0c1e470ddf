"""A folder that an earlier version wrote, and the accounts that it is linked to."""

from __future__ import annotations

import json
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ARCHIVE: Final = Path(__file__).with_name("auth_dir_2026_11.tar.xz")


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """An unpacked copy, and the ids of its instances."""

    auth_dir: Path
    phones: Path
    """For the folder of the emulator, before it starts."""
    shop: str
    desk: str
    old: str
    gone: str
    waiting: str
    trashed: str
    numbers: dict[str, str]
    """The account of each linked instance, by its id."""
    friend: str
    """The number that the shop wrote to."""


def unpack(target: Path) -> StoredFolder:
    """Unpack the folder below ``target``; what it put into the trash went there a minute ago."""
    with tarfile.open(_ARCHIVE) as archive:
        archive.extractall(target, filter="data")
    for item in (target / "auth" / ".trash").iterdir():
        # A folder of the trash says in its name when it came there; it is kept for seven days.
        item.rename(item.with_name(f"{item.name.rpartition('-')[0]}-{int(time.time()) - 60}"))
    expected = json.loads((target / "expected.json").read_text(encoding="utf-8"))
    return StoredFolder(target / "auth", target / "phones.pickle", **expected)
