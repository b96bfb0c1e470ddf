"""What arrived at the instances: at once for the pages, a moment later on the disk."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from core.errors import StorageUnavailableError
from core.models.content import ABOUT_ANOTHER, Content, Kind
from core.models.received import InboxContact, ReceivedMessage
from core.models.worker_events import GroupNamed, MessageArrived, WorkerEvent
from core.store import inbox_table
from core.store.inbox_table import Retention, Search, StoredMessage, search_term, search_text

log = logging.getLogger(__name__)

_MOST_UNWRITTEN: Final = 2_000
"""While the disk refuses; the oldest go first."""
_MOST_WAITING: Final = 16 * 1024**2
"""Bytes of what they say, likewise."""
_DAY_S: Final = 86_400.0


@dataclass(slots=True)
class _Buffer:
    """What waits to be written for one instance; ``writing`` is held while the disk is."""

    folder: Path
    writing: threading.Lock = field(default_factory=threading.Lock)
    messages: dict[str, ReceivedMessage] = field(default_factory=dict)
    """By id, oldest first."""
    names: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of what each message says, by its id."""
    waiting: int = 0
    """Their sum."""
    dropped: int = 0
    """Messages, since it was last told."""

    def put(self, message: ReceivedMessage, size: int) -> None:
        """Take a message in, once; the oldest go while there are too many."""
        if message.message_id in self.messages:
            return
        self.messages[message.message_id] = message
        self.sizes[message.message_id] = size
        self.waiting += size
        while len(self.messages) > _MOST_UNWRITTEN or self.waiting > _MOST_WAITING:
            self.pop(next(iter(self.messages)))
            self.dropped += 1

    def pop(self, message_id: str) -> None:
        """Let go of a message, if it is there."""
        self.messages.pop(message_id, None)
        self.waiting -= self.sizes.pop(message_id, 0)

    def name(self, chat: str, name: str) -> None:
        """Take the name of a group in; the oldest go while there are too many."""
        self.names[chat] = name
        while len(self.names) > _MOST_UNWRITTEN:
            del self.names[next(iter(self.names))]


class Inbox:
    """Threading: safe from any thread. All but ``hear`` and ``unwritten`` touch the disk.

    Reading raises StorageUnavailableError.
    """

    def __init__(
        self,
        *,
        folder_of: Callable[[str], Path],
        clock: Callable[[], float],
        messages: int = 10_000,
        days: float = 90,
    ) -> None:
        """``messages`` are kept of each instance, none older than ``days``."""
        self._folder_of = folder_of
        self._clock = clock
        self._most = messages
        self._longest_s = days * _DAY_S
        self._lock = threading.Lock()
        self._trays: dict[str, _Buffer] = {}

    # -- taking in ------------------------------------------------------------------------------------------
    def handle_event(self, event: WorkerEvent) -> bool:
        """Take an arrival in, once. False when the event is none."""
        match event:
            case MessageArrived():
                message = _message(event)
                with self._lock:
                    self._tray(event.instance_id).put(message, sys.getsizeof(event.content))
            case GroupNamed():
                with self._lock:
                    self._tray(event.instance_id).name(event.chat, event.name)
            case _:
                return False
        return True

    def unwritten(self, instance_id: str) -> int:
        """How many wait for ``flush``."""
        with self._lock:
            tray = self._trays.get(instance_id)
            return len(tray.messages) + len(tray.names) if tray else 0

    def flush(self, instance_id: str) -> bool:
        """Write what waits. False when the disk refuses: it is kept, to be tried again."""
        with self._lock:
            tray = self._trays.get(instance_id)
        if tray is None:
            return True
        with tray.writing:
            with self._lock:
                messages, names = list(tray.messages.values()), dict(tray.names)
                dropped, tray.dropped = tray.dropped, 0
            if dropped:
                log.error("%d arrivals dropped: too many wait", dropped, extra={"instance": instance_id})
            if not messages and not names:
                return True
            try:
                inbox_table.write(tray.folder, messages, names=names, keep=self._keep())
            except StorageUnavailableError as error:
                log.warning("%d arrivals kept in memory: %s", len(messages), error)
                return False
            with self._lock:
                for one in messages:
                    tray.pop(one.message_id)
                for chat, name in names.items():
                    if tray.names.get(chat) == name:
                        del tray.names[chat]
        return True

    def trim(self, instance_id: str) -> None:
        """Let go of what became too old, though nothing new arrives."""
        inbox_table.trim(self._folder_of(instance_id), self._keep())

    def note_read(self, instance_id: str, message_ids: Iterable[str]) -> None:
        """These were marked as read."""
        self.flush(instance_id)
        inbox_table.note_read(self._folder_of(instance_id), message_ids)

    def has_unwritten_from(self, instance_id: str, numbers: Collection[str]) -> bool:
        """Whether something of one of these numbers (digits) is not on the disk yet."""
        return any(one.talk in numbers for one in self._waiting(instance_id))

    def is_behind(self, instance_id: str, address: str, numbers: Collection[str]) -> bool:
        """Return whether some arrival shows a LID and one of ``numbers`` (digits) to be one person's."""
        waiting = self._waiting(instance_id)
        return any(one.contact in numbers and address in one.addresses for one in waiting) or (
            inbox_table.is_behind(self._folder_of(instance_id), address, numbers)
        )

    # -- telling --------------------------------------------------------------------------------------------
    def search(self, instance_id: str, what: Search, *, limit: int) -> tuple[StoredMessage, ...]:
        """The newest ``limit`` messages that are wanted, newest first; none that only change another."""
        what = replace(what, since=self._keep().since)
        if what.text:
            # What an edit or a deletion waiting in memory means for the words is the file's to know.
            self.flush(instance_id)
        # Memory first: what is written in between is then found twice, never lost.
        waiting = [one for one in reversed(self._waiting(instance_id)) if _is_wanted(one, what)]
        stored = inbox_table.search(self._folder_of(instance_id), what, limit=limit)
        return tuple(islice(_together(waiting, stored), limit))

    def find(self, instance_id: str, message_ids: Sequence[str]) -> tuple[StoredMessage, ...]:
        """Those of the ids that are there."""
        waiting = [one for one in self._waiting(instance_id) if one.message_id in message_ids]
        return tuple(_together(waiting, inbox_table.find(self._folder_of(instance_id), message_ids)))

    def about(self, instance_id: str, message_ids: Sequence[str]) -> tuple[ReceivedMessage, ...]:
        """Reactions, edits, deletions and votes on these messages, oldest first."""
        asked = set(message_ids)
        waiting = [
            one
            for one in self._waiting(instance_id)
            if one.content.kind in ABOUT_ANOTHER
            and one.content.about is not None
            and one.content.about.message_id in asked
        ]
        stored = inbox_table.about(self._folder_of(instance_id), message_ids)
        known = {one.message_id for one in stored}
        return (*stored, *(one for one in waiting if one.message_id not in known))

    def contacts(self, instance_id: str) -> tuple[InboxContact, ...]:
        """Everybody in the inbox, the newest first."""
        self.flush(instance_id)
        return inbox_table.contacts(self._folder_of(instance_id), since=self._keep().since)

    def group_names(self, instance_id: str) -> dict[str, str]:
        """Names of groups by their address."""
        with self._lock:
            tray = self._trays.get(instance_id)
            waiting = dict(tray.names) if tray else {}
        return {**inbox_table.group_names(self._folder_of(instance_id)), **waiting}

    def _keep(self) -> Retention:
        return Retention(self._most, since=self._clock() - self._longest_s)

    def _waiting(self, instance_id: str) -> list[ReceivedMessage]:
        with self._lock:
            tray = self._trays.get(instance_id)
            return list(tray.messages.values()) if tray else []

    def _tray(self, instance_id: str) -> _Buffer:
        if instance_id not in self._trays:
            self._trays[instance_id] = _Buffer(self._folder_of(instance_id))
        return self._trays[instance_id]


def _message(event: MessageArrived) -> ReceivedMessage:
    try:
        content = Content.from_json(event.content)
    except ValueError:  # a worker gone mad
        content = Content(Kind.OTHER)
    return ReceivedMessage(
        instance_id=event.instance_id,
        message_id=event.message_id,
        contact=event.contact,
        name=event.name,
        content=content,
        at=event.at,
        from_me=event.from_me,
        group=event.group,
        chat=event.chat,
        sender=event.sender,
    )


def _is_wanted(message: ReceivedMessage, what: Search) -> bool:
    kind = message.content.kind
    return (
        kind not in ABOUT_ANOTHER
        and message.at >= what.since
        and (not what.kinds or kind in what.kinds)
        and (not what.talk or message.talk == what.talk)
        and search_term(what.text) in search_text(message)
    )


def _together(waiting: Iterable[ReceivedMessage], stored: Sequence[StoredMessage]) -> Iterable[StoredMessage]:
    known = {one.message.message_id for one in stored}
    yield from (StoredMessage(one, read=False) for one in waiting if one.message_id not in known)
    yield from stored
