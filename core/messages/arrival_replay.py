"""What is stored of a worker's arrival journal, and what ended workers left in theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from core.engine import arrival_journal
from core.engine.protocol import decode_event
from core.errors import WorkerLostError
from core.messages.write_behind import RETRY_S, MessageWriter
from core.models.worker_events import MessageEvent
from core.store.files import set_aside

log = logging.getLogger(__name__)

TOLD_EVERY_S: Final = 2.0
"""Between two words to the worker of what is stored: until then its journal grows."""
_TOGETHER: Final = 100
"""Events that are written at once."""


class ArrivalReplay:
    """Knows how much of the present worker's journal is stored, and stores what ended ones left in theirs.

    Threading: the supervisor's only.
    """

    def __init__(
        self, instance_id: str, folder: Path, messages: MessageWriter, *, clock: Callable[[], float]
    ) -> None:
        self._id = instance_id
        self._folder = folder
        self._messages = messages
        self._clock = clock
        self._live: Path | None = None
        """The journal of the present worker, or of the one before."""
        self._received = 0
        """Events about messages that this worker told of."""
        self._told = 0
        """So many of them it knows to be stored."""
        self._tell_at = 0.0
        self._replay_at: float | None = None
        """When to look for what ended workers left; None when there is nothing."""

    @property
    def due_at(self) -> float | None:
        """Return when ``tick`` is to be called, in seconds since the epoch; None when nothing waits."""
        tell_at = self._tell_at if self._received > self._told else None
        return min((at for at in (tell_at, self._replay_at) if at is not None), default=None)

    def begin(self) -> str:
        """Store what ended workers left; return the path of the journal for another one."""
        self.worker_ended()
        self.replay()
        self._live = arrival_journal.new_path(self._folder)
        self._received = self._told = 0
        return str(self._live)

    def received(self) -> None:
        """Count an event about a message of the present worker; it was handed on."""
        if self._received == self._told:
            self._tell_at = self._clock() + TOLD_EVERY_S
        self._received += 1

    def left(self) -> None:
        """Note that something may lie in a journal of a worker that is not the present one."""
        self._replay_at = self._clock() if self._replay_at is None else self._replay_at

    def worker_ended(self) -> None:
        """Note that no worker is there, and what it told is handled."""
        self._live = None
        self._received = self._told = 0
        self.left()

    def stored(self) -> int | None:
        """Return how many events the worker may forget, when that is due; then all that waits is written."""
        if self._received == self._told or self._clock() < self._tell_at:
            return None
        self._messages.write()
        if self._messages.has_unwritten:
            self._tell_at = self._clock() + TOLD_EVERY_S
            return None
        self._told = self._received
        return self._told

    def replay(self) -> bool:
        """Store what ended workers left, when that is due; return whether anything was there.

        What was stored before changes nothing: each message is known by its id. When the disk refuses, it is
        tried again.
        """
        if self._replay_at is None or self._clock() < self._replay_at:
            return False
        self._replay_at, count = None, 0
        try:
            if self._live is None:
                arrival_journal.sweep(self._folder)
            for path in arrival_journal.leftovers(self._folder):
                if path != self._live:
                    count += self._store(path)
        except OSError as error:
            log.warning("arrival journal not read: %s", error.strerror, extra=self._extra)
            self._replay_at = self._clock() + RETRY_S
        if count:
            log.info("%d events were in the journal of a worker that ended", count, extra=self._extra)
        return bool(count)

    @property
    def _extra(self) -> dict[str, str]:
        return {"instance": self._id}

    def _store(self, path: Path) -> int:
        """Store the events of a journal and remove it; return how many those were. Raises OSError."""
        contents = arrival_journal.read(path)
        for start in range(0, len(contents.events), _TOGETHER):
            self._hand_on(contents.events[start : start + _TOGETHER])
            self._messages.write(last=True)
            if self._messages.has_unwritten:  # no more than fits into memory
                self._replay_at = self._clock() + RETRY_S
                return start
        if contents.damaged:
            log.error("%s damaged, kept as %s", path.name, set_aside(path), extra=self._extra)
        else:
            arrival_journal.keep_raw(path, contents)
        return len(contents.events)

    def _hand_on(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            try:
                event = decode_event(line)
            except WorkerLostError as error:  # of another version of the app, perhaps
                log.error("no event in an arrival journal: %s", error, extra=self._extra)
                continue
            if isinstance(event, MessageEvent) and event.instance_id == self._id:
                self._messages.handle_event(event)
