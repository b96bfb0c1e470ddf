"""What scheduled backups are called, and which of them stay: one a day, for seven days.

Several installs may store theirs in one place, and people keep files there: only what carries the random id
of this install is ever removed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from core.moving.backup.shelf import PREFIX

KEPT_DAYS: Final = 7
_ID_BYTES: Final = 5
_INSTALL: Final = re.compile(r"[0-9a-f]{10}")
_NAME: Final = re.compile(rf"{PREFIX}(?P<install>{_INSTALL.pattern})-(?P<day>[0-9]{{8}})T[0-9]{{6}}Z\.age")


def new_install_id() -> str:
    """Return a random id that tells the backups of this install from those of others."""
    return secrets.token_hex(_ID_BYTES)


def is_install_id(text: str) -> bool:
    """Return whether ``text`` is such an id."""
    return _INSTALL.fullmatch(text) is not None


def scheduled_name(install: str, made_at: float) -> str:
    """Return what the scheduled backup of that time (seconds since the epoch) is called; sorts by time."""
    return f"{PREFIX}{install}-{datetime.fromtimestamp(made_at, UTC):%Y%m%dT%H%M%SZ}.age"


def install_of(name: str) -> str:
    """Return the id of the install whose scheduled backup ``name`` is; empty for any other file."""
    match = _NAME.fullmatch(name)
    return match["install"] if match else ""


def surplus(names: Iterable[str], stored: str) -> list[str]:
    """Return which backups of the install that has just stored ``stored`` may go, by their names.

    The newest of each day (UTC) stays, for seven days up to that of ``stored``, which itself always stays.
    What bears a later time stays too: either the clock was wrong then, or it is now.
    """
    install = install_of(stored)
    if not install:
        return []
    past = sorted(name for name in names if install_of(name) == install and name < stored)
    newest = {_day(name): name for name in [*past, stored]}
    kept = {newest[day] for day in sorted(newest)[-KEPT_DAYS:]}
    return [name for name in past if name not in kept]


def _day(name: str) -> str:
    match = _NAME.fullmatch(name)
    return match["day"] if match else ""
