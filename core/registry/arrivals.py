"""What arrived at the instances: at once for the pages, a moment later on the disk."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.models.events import MessageArrived, WorkerEvent
from core.models.received import ReceivedMessage
from core.store import received

log = logging.getLogger(__name__)

KEPT_PER_INSTANCE: Final = 200
"""Held in memory; the file holds more."""
_MOST_UNWRITTEN: Final = 2_000
"""While the disk refuses; the oldest go first."""


@dataclass(slots=True)
class _Tray:
    folder: Path
    writing: threading.Lock = field(default_factory=threading.Lock)
    kept: deque[ReceivedMessage] = field(default_factory=lambda: deque(maxlen=KEPT_PER_INSTANCE))
    """Oldest first."""
    unwritten: deque[ReceivedMessage] = field(default_factory=lambda: deque(maxlen=_MOST_UNWRITTEN))
    loaded: bool = False


class Arrivals:
    """Threading: safe from any thread. ``flush`` and the first look at an instance touch the disk."""

    def __init__(self, *, folder_of: Callable[[str], Path]) -> None:
        self._folder_of = folder_of
        self._lock = threading.Lock()
        self._trays: dict[str, _Tray] = {}

    def hear(self, event: WorkerEvent) -> bool:
        """Take an arrival in, once. False when the event is none."""
        if not isinstance(event, MessageArrived):
            return False
        arrived = ReceivedMessage(
            instance_id=event.instance_id,
            message_id=event.message_id,
            contact=event.contact,
            name=event.name,
            kind=event.content,
            text=event.text,
            at=event.at,
            from_me=event.from_me,
            group=event.group,
        )
        tray = self._ready(event.instance_id)
        with self._lock:
            if all(one.message_id != arrived.message_id for one in tray.kept):
                tray.kept.append(arrived)
                tray.unwritten.append(arrived)
        return True

    def recent(self, instance_id: str) -> tuple[ReceivedMessage, ...]:
        """The last 200, newest first; those of earlier processes too."""
        tray = self._ready(instance_id)
        with self._lock:
            return tuple(reversed(tray.kept))

    def unwritten(self, instance_id: str) -> int:
        """How many wait for ``flush``."""
        with self._lock:
            tray = self._trays.get(instance_id)
            return len(tray.unwritten) if tray else 0

    def flush(self, instance_id: str) -> bool:
        """Write what waits. False when the disk refuses: it is kept, to be tried again."""
        with self._lock:
            tray = self._trays.get(instance_id)
        if tray is None:
            return True
        with tray.writing:
            with self._lock:
                rows = list(tray.unwritten)
            if not rows:
                return True
            try:
                received.write(tray.folder, rows)
            except StorageUnavailableError as error:
                log.warning("%d arrivals kept in memory: %s", len(rows), error)
                return False
            written = {one.message_id for one in rows}
            with self._lock:
                left = [one for one in tray.unwritten if one.message_id not in written]
                tray.unwritten.clear()
                tray.unwritten.extend(left)
        return True

    def _ready(self, instance_id: str) -> _Tray:
        with self._lock:
            tray = self._trays.setdefault(instance_id, _Tray(self._folder_of(instance_id)))
        if not tray.loaded:
            with tray.writing:
                self._load(tray)
        return tray

    def _load(self, tray: _Tray) -> None:
        if tray.loaded or not tray.folder.is_dir():
            return
        try:
            found = received.read(tray.folder, limit=KEPT_PER_INSTANCE)
        except StorageUnavailableError as error:
            log.warning("arrivals not read: %s", error)
            return
        with self._lock:
            tray.kept.extendleft(found)
        tray.loaded = True
