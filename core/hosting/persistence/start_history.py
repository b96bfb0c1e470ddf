"""``boots.json``: the starts that found this folder, the marker whose age proves that the disk lasts."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError
from core.models.codes import DamageCode
from core.models.diagnostics import StartChange, StartView
from core.store import json_file
from core.store.files import set_aside

log = logging.getLogger(__name__)

BOOTS_FILE: Final = "boots.json"
VERSION: Final = 1
KEPT: Final = 50
"""Newest starts that are kept one by one, besides the first."""
_LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StartRecord:
    """One start of the process."""

    at: float
    """Seconds since the epoch."""
    machine: str
    """Short hash, see ``core.hosting.persistence.host``; empty when unknown."""
    deploy: str
    """Short hash; empty when unknown."""
    disk: str
    """Short hash of the file system's own identity; empty when it has no stable one."""
    instances: int
    """How many it found."""
    linked: int
    """How many of them had a session to restore."""


@dataclass(frozen=True, slots=True)
class StartHistory:
    """The starts since the folder came to this disk."""

    first: StartRecord
    recent: tuple[StartRecord, ...]
    """Newest last, at most ``KEPT``, the first among them while there is room."""
    restarts: int = 0
    """Starts after the first."""
    deploys: int = 0
    """Of them, those with another machine or deploy than the start before."""
    moved: bool = False
    """True when the first start found starts of another disk: the folder was copied here."""
    began_empty: bool = False
    """True when there was neither a marker nor an instance, and no start since found an instance."""
    damaged: bool = False
    """True when the first start found a marker that could not be read."""
    known: tuple[str, ...] = ()
    """Ids of the instances that were here at the last look, those in the trash included."""
    gone: tuple[str, ...] = ()
    """Ids that were known before the newest start and that it did not find any more."""

    @property
    def newest(self) -> StartRecord:
        """Return the start that was recorded last."""
        return self.recent[-1]


def changed(before: StartRecord, after: StartRecord) -> bool:
    """Return whether machine, container or deploy is certainly another; what is unknown proves nothing."""
    return any(
        old and new and old != new
        for old, new in ((before.machine, after.machine), (before.deploy, after.deploy))
    )


def moved(before: StartRecord, after: StartRecord) -> bool:
    """Return whether the folder is certainly on another disk than before."""
    return bool(before.disk and after.disk and before.disk != after.disk)


def as_starts(history: StartHistory) -> tuple[StartView, ...]:
    """Return the starts kept one by one, newest first, each with what had changed since the one before."""
    oldest, newer = history.recent[0], itertools.pairwise(history.recent)
    all_kept = oldest == history.first or len(history.recent) < KEPT
    begins = StartChange.FIRST if all_kept else StartChange.NOT_KEPT
    starts = [_start(oldest, begins), *(_start(after, _change(before, after)) for before, after in newer)]
    return tuple(reversed(starts))


def _start(start: StartRecord, change: StartChange) -> StartView:
    return StartView(start.at, change, start.instances, start.linked)


def _change(before: StartRecord, after: StartRecord) -> StartChange:
    if moved(before, after):
        return StartChange.MOVED
    return StartChange.REPLACED if changed(before, after) else StartChange.RESTART


def append(
    history: StartHistory | None, start: StartRecord, *, known: tuple[str, ...] = (), damaged: bool = False
) -> StartHistory:
    """Return the history with one more start. ``known`` are the ids that are in the folder and its trash now.

    A start on another disk begins anew: what an old disk survived says nothing about this one.
    """
    if history is None:
        began_empty = not known and not damaged
        return StartHistory(start, (start,), began_empty=began_empty, damaged=damaged, known=known)
    gone = tuple(instance_id for instance_id in history.known if instance_id not in known)
    recent = (*history.recent, start)[-KEPT:]
    if moved(history.newest, start):
        return StartHistory(start, recent, moved=True, known=known, gone=gone)
    return replace(
        history,
        recent=recent,
        restarts=history.restarts + 1,
        deploys=history.deploys + changed(history.newest, start),
        began_empty=history.began_empty and not known,
        known=known,
        gone=gone,
    )


def load(auth_dir: Path) -> tuple[StartHistory | None, bool]:
    """Return the stored history, and whether there was one that could not be read: that is renamed aside.

    Raises OSError when the disk does not let us read or rename.
    """
    path = auth_dir / BOOTS_FILE
    try:
        history = json_file.load(
            path, StartHistory, largest=_LARGEST, code=DamageCode.STARTS_CORRUPT, version=VERSION
        )
        _require_sound(history)
    except FileNotFoundError:
        return None, False
    except CorruptFileError as error:
        log.error("start history unreadable (%s), kept as %s", error.detail, set_aside(path))
        return None, True
    return history, False


def save(auth_dir: Path, history: StartHistory) -> None:
    """Write the history, durably. Raises OSError; the old one is then still there."""
    json_file.save(auth_dir / BOOTS_FILE, history, version=VERSION, readable=True)


def _require_sound(history: StartHistory) -> None:
    if not 0 < len(history.recent) <= KEPT or min(history.restarts, history.deploys) < 0:
        raise CorruptFileError(DamageCode.STARTS_CORRUPT, detail="number of starts")
