"""``boots.json``: the starts that found this folder, the marker whose age proves that the disk lasts."""

from __future__ import annotations

import itertools
import json
import logging
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from core.models.start import Change, Start
from core.store.files import set_aside, write_atomic

log = logging.getLogger(__name__)

BOOTS_FILE: Final = "boots.json"
VERSION: Final = 1
KEPT: Final = 50
"""Newest starts that are kept one by one, besides the first."""
_LARGEST: Final = 1_000_000
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "at": (int, float),
    "machine": (str,),
    "deploy": (str,),
    "disk": (str,),
    "instances": (int,),
    "linked": (int,),
}


@dataclass(frozen=True, slots=True)
class Boot:
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
class History:
    """The starts since the folder came to this disk."""

    first: Boot
    recent: tuple[Boot, ...]
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
    def newest(self) -> Boot:
        """The start that was recorded last."""
        return self.recent[-1]


def changed(before: Boot, after: Boot) -> bool:
    """True when machine, container or deploy is certainly another one; what is unknown proves nothing."""
    return any(
        old and new and old != new
        for old, new in ((before.machine, after.machine), (before.deploy, after.deploy))
    )


def moved(before: Boot, after: Boot) -> bool:
    """True when the folder is certainly on another disk than before."""
    return bool(before.disk and after.disk and before.disk != after.disk)


def as_starts(history: History) -> tuple[Start, ...]:
    """What is kept one by one, newest first, each with what had changed since the one before."""
    oldest, newer = history.recent[0], itertools.pairwise(history.recent)
    all_kept = oldest == history.first or len(history.recent) < KEPT
    begins = Change.FIRST if all_kept else Change.NOT_KEPT
    found = [_start(oldest, begins), *(_start(after, _change(before, after)) for before, after in newer)]
    return tuple(reversed(found))


def _start(boot: Boot, change: Change) -> Start:
    return Start(boot.at, change, boot.instances, boot.linked)


def _change(before: Boot, after: Boot) -> Change:
    if moved(before, after):
        return Change.MOVED
    return Change.REPLACED if changed(before, after) else Change.RESTART


def append(
    history: History | None, boot: Boot, *, known: tuple[str, ...] = (), damaged: bool = False
) -> History:
    """The history with one more start. ``known`` are the ids that are in the folder and its trash now.

    A start on another disk begins anew: what an old disk survived says nothing about this one.
    """
    if history is None:
        began_empty = not known and not damaged
        return History(boot, (boot,), began_empty=began_empty, damaged=damaged, known=known)
    gone = tuple(one for one in history.known if one not in known)
    recent = (*history.recent, boot)[-KEPT:]
    if moved(history.newest, boot):
        return History(boot, recent, moved=True, known=known, gone=gone)
    return replace(
        history,
        recent=recent,
        restarts=history.restarts + 1,
        deploys=history.deploys + changed(history.newest, boot),
        began_empty=history.began_empty and not known,
        known=known,
        gone=gone,
    )


def load(auth_dir: Path) -> tuple[History | None, bool]:
    """The stored history, and whether there was one that could not be read: that is renamed aside.

    Raises OSError when the disk does not let us read or rename.
    """
    path = auth_dir / BOOTS_FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, False
    except IsADirectoryError:
        raw = b""
    try:
        return _decode(raw), False
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        log.error("start history unreadable (%s), kept as %s", type(error).__name__, set_aside(path))
        return None, True


def save(auth_dir: Path, history: History) -> None:
    """Store the history, durably. Raises OSError; the old one is then still there."""
    body = {"version": VERSION, **asdict(history)}
    write_atomic(auth_dir / BOOTS_FILE, (json.dumps(body, indent=1) + "\n").encode())


def _decode(raw: bytes) -> History:
    body: Any = json.loads(raw) if len(raw) <= _LARGEST else {}
    recent = tuple(_boot(one) for one in body["recent"])
    counts = (body["restarts"], body["deploys"])
    flags = (body["moved"], body["began_empty"], body["damaged"])
    ids = (*body["known"], *body["gone"])
    sound = (
        body["version"] == VERSION
        and 0 < len(recent) <= KEPT
        and all(type(count) is int and count >= 0 for count in counts)
        and all(type(flag) is bool for flag in flags)
        and isinstance(body["known"], list)
        and isinstance(body["gone"], list)
        and all(type(one) is str for one in ids)
    )
    if not sound:
        raise ValueError("not a start history")
    return History(
        _boot(body["first"]), recent, *counts, *flags, known=tuple(body["known"]), gone=tuple(body["gone"])
    )


def _boot(fields: Any) -> Boot:
    wanted = {name: fields[name] for name in _TYPES}
    if any(type(wanted[name]) not in kinds for name, kinds in _TYPES.items()) or not math.isfinite(
        wanted["at"]
    ):
        raise ValueError("not a start")
    return Boot(**wanted)
