"""What is in a backup: a tar (POSIX ustar) with a head, the parts of each instance, and a manifest.

``backup.json`` comes first and says which version this is; ``manifest.json`` comes last, when the sizes and
checksums of all parts are known. Between them lies, for each instance, ``0/session.db``, ``0/instance.json``
and ``0/history.db`` (timeline, and messages if they were chosen), then ``1/…``.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from core.models.moving.device import FoundDevice
from core.store.history_db import HISTORY_FILE
from core.store.layout import RECORD_FILE, SESSION_FILE

FORMAT: Final = "whatsapp-instances-backup"
VERSION: Final = 1
HEAD: Final = "backup.json"
MANIFEST: Final = "manifest.json"
PARTS: Final = (SESSION_FILE, RECORD_FILE, HISTORY_FILE)
"""In their order."""
INSTANCES: Final = 500
"""Most instances in one backup."""
LARGEST_TEXT: Final = 1 << 20
"""Bytes of the head, the manifest, or a record."""
LARGEST_SESSION: Final = 512 << 20
LARGEST_HISTORY: Final = 2 << 30
LARGEST: Final = 4 << 30
"""Bytes of everything, unpacked."""
_PART: Final = re.compile(r"(?P<index>0|[1-9][0-9]{0,2})/(?P<name>session\.db|instance\.json|history\.db)")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first member: any version of the app can read it."""

    format: str
    version: int
    app_version: str
    made_at: float
    """Seconds since the epoch."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of one instance."""

    name: str
    size: int
    sha256: str
    """Hex digits."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One instance: what it was called, whose device it is, and its files."""

    name: str
    found: FoundDevice
    parts: tuple[Part, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The last member."""

    messages: bool
    devices: tuple[Device, ...]


def part_of(member: str) -> tuple[int, str] | None:
    """Return the index of the instance and the name of the part; None for any other member."""
    match = _PART.fullmatch(member)
    return (int(match["index"]), match["name"]) if match else None


def largest(part: str) -> int:
    """Return the most bytes that a part of that name may have."""
    return {SESSION_FILE: LARGEST_SESSION, HISTORY_FILE: LARGEST_HISTORY}.get(part, LARGEST_TEXT)
