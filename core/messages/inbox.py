"""Messages that arrived: at once for the pages, a moment later on the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, assert_never

from core.errors import StorageUnavailableError
from core.messages.buffers import Buffer, WriteBehind
from core.messages.summary import Summary, read_summary, received
from core.models.content import ABOUT_ANOTHER, WITHOUT_CONTENT, Kind
from core.models.memory_size import memory_size
from core.models.messages import InboxContact, LatestMessage, ReceivedMessage
from core.models.recipients import number_variants
from core.models.worker_events import AddressPaired, ChatTimer, GroupNamed, InboxEvent, MessageArrived
from core.store import inbox_table
from core.store.conversations import timers
from core.store.conversations.arrivals import UNCOUNTED
from core.store.conversations.words import search_term, search_text
from core.store.inbox_table import Retention, Search, StoredMessage

log = logging.getLogger(__name__)

_MOST_UNWRITTEN: Final = 2_000
"""While the disk refuses; the oldest go first."""
_MOST_WAITING: Final = 16 * 1024**2
"""Bytes of their contents, likewise."""
_MOST_TIMERS: Final = 500
"""Chats of which it is kept in memory how long their messages last."""
_DAY_S: Final = 86_400.0
_Identity = tuple[str, str, str]
"""Id, chat and author of a message: ids alone are chosen by those who write."""
RETRY_S: Final = 30.0
"""Between two tries to read a summary that could not be read."""


@dataclass(slots=True)
class _Unwritten(Buffer):
    """What arrived at one instance and is not on the disk yet; and a summary of what is."""

    keep: Callable[[], Retention] = field(kw_only=True)
    messages: dict[_Identity, ReceivedMessage] = field(default_factory=dict)
    """Oldest first."""
    names: dict[str, str] = field(default_factory=dict)
    """Of groups, by their address."""
    pairs: dict[str, str] = field(default_factory=dict)
    """Numbers (digits) by the LID of the same person."""
    timers: dict[str, ChatTimer] = field(default_factory=dict)
    """The newest of each chat, by its address."""
    stored_timers: dict[str, tuple[int, float] | None] = field(default_factory=dict)
    """What was found on the disk since the last write, by whom a message goes to."""
    sizes: dict[_Identity, int] = field(default_factory=dict)
    """Bytes of each message's content."""
    waiting: int = 0
    """Their sum."""
    dropped: int = 0
    """Messages, since the last line in the log about it."""
    summary: Summary | None = None
    """None until it was read."""
    retry_at: float = 0.0
    """Not before then it is tried again (monotonic): a page that is drawn never waits for a file for long."""

    def put(self, message: ReceivedMessage, size: int) -> None:
        """Add a message, once; drop the oldest while there are too many."""
        with self.changed:
            identity = _identity(message)
            before = self.messages.get(identity)
            if before is not None:
                if before.content.kind not in WITHOUT_CONTENT:
                    return
                self._pop(identity)
            self.messages[identity] = message
            self.sizes[identity] = size
            self.waiting += size
            while len(self.messages) > _MOST_UNWRITTEN or self.waiting > _MOST_WAITING:
                self._pop(next(iter(self.messages)))
                self.dropped += 1

    def pair(self, lid: str, number: str) -> None:
        """Add that a LID and a number are one person's; drop the oldest while there are too many."""
        with self.changed:
            self.pairs[lid] = number
            while len(self.pairs) > _MOST_UNWRITTEN:
                del self.pairs[next(iter(self.pairs))]

    def set_timer(self, timer: ChatTimer) -> None:
        """Add how long messages of a chat last; drop the oldest while there are too many."""
        with self.changed:
            before = self.timers.pop(timer.chat, timer)
            self.timers[timer.chat] = max(timer, before, key=lambda one: one.at)
            while len(self.timers) > _MOST_UNWRITTEN:
                del self.timers[next(iter(self.timers))]

    def name(self, chat: str, name: str) -> None:
        """Add the name of a group; drop the oldest while there are too many."""
        with self.changed:
            self.names[chat] = name
            while len(self.names) > _MOST_UNWRITTEN:
                del self.names[next(iter(self.names))]

    def set_timers(self) -> tuple[ChatTimer, ...]:
        """Return the timers that are not on the disk yet."""
        with self.changed:
            return tuple(self.timers.values())

    def copy(self) -> tuple[list[ReceivedMessage], dict[str, str]]:
        """Return the messages, oldest first, and the names."""
        with self.changed:
            return list(self.messages.values()), dict(self.names)

    def unwritten(self) -> int:
        with self.changed:
            return len(self.messages) + len(self.names) + len(self.pairs) + len(self.timers)

    def write(self) -> None:
        messages, names = self.copy()
        with self.changed:
            dropped, self.dropped = self.dropped, 0
            pairs, timers = dict(self.pairs), dict(self.timers)
        if dropped:
            instance = {"instance": self.folder.name}
            log.error("%d arrivals dropped: too many wait", dropped, extra=instance)
        if not (messages or names or pairs or timers):
            return
        inbox_table.write(
            self.folder,
            messages,
            names=names,
            pairs=pairs,
            timers=tuple(timers.values()),
            keep=self.keep(),
        )
        summary = read_summary(self.folder)
        with self.changed:
            self.summary = summary
            self.stored_timers = {}
            for message in messages:
                if self.messages.get(_identity(message)) is message:
                    self._pop(_identity(message))
            tables: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
                (self.names, names),
                (self.pairs, pairs),
                (self.timers, timers),
            )
            for waiting, written in tables:
                for address, value in written.items():
                    if waiting.get(address) == value:
                        del waiting[address]

    def load(self, *, again: bool = False) -> None:
        """Read the summary, unless it is there."""
        if again or (self.summary is None and time.monotonic() >= self.retry_at):
            with self.writing:  # one that was read before a write must not replace the one after it
                self.summary = read_summary(self.folder)
            if self.summary is None:
                self.retry_at = time.monotonic() + RETRY_S

    def unread(self) -> int:
        """Return how many messages are, written or not."""
        with self.changed:
            waiting = sum(
                not (message.from_me or message.history) and message.content.kind not in UNCOUNTED
                for message in self.messages.values()
            )
            return waiting + (self.summary.unread if self.summary else 0)

    def latest(self) -> LatestMessage | None:
        """Return the newest message, written or not."""
        with self.changed:
            for message in reversed(self.messages.values()):
                if message.content.kind not in ABOUT_ANOTHER and not message.history:
                    return received(message, message.content.first_words, self.names.get(message.chat, ""))
            return self.summary.latest if self.summary else None

    def _pop(self, identity: _Identity) -> None:
        self.messages.pop(identity, None)
        self.waiting -= self.sizes.pop(identity, 0)


class Inbox(WriteBehind[_Unwritten]):
    """Received messages by instance: unwritten ones in memory, all others in its ``history.db``.

    Threading: safe from any thread. All but ``handle_event``, ``unwritten``, ``unread``, ``latest`` and
    ``waiting`` touch the disk.

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
        super().__init__(lambda instance_id: _Unwritten(folder_of(instance_id), keep=self._keep))

    # -- writing --------------------------------------------------------------------------------------------
    def handle_event(self, event: InboxEvent) -> None:
        """Take in a message, once, or what is known of a chat."""
        match event:
            case MessageArrived():
                self._buffer(event.instance_id).put(_message(event), memory_size(event.content))
            case GroupNamed():
                self._buffer(event.instance_id).name(event.chat, event.name)
            case AddressPaired():
                self._buffer(event.instance_id).pair(event.lid, event.number)
            case ChatTimer():
                self._buffer(event.instance_id).set_timer(event)
            case _:
                assert_never(event)

    def trim(self, instance_id: str) -> None:
        """Delete what became too old, though nothing new arrives."""
        inbox_table.trim(self._folder_of(instance_id), self._keep())
        self._buffer(instance_id).load(again=True)

    def note_read(self, instance_id: str, rows: Iterable[int]) -> None:
        """Store that messages were marked as read, by ``StoredMessage.row``."""
        inbox_table.note_read(self._folder_of(instance_id), rows)
        self._buffer(instance_id).load(again=True)

    def note_seen(self, instance_id: str, rows: Sequence[int] | None = None) -> bool:
        """Store that messages were looked at, by ``StoredMessage.row``; for None, everything that arrived.

        Return whether less is unread now. Nothing changes while the disk refuses.
        """
        buffer = self._buffer(instance_id)
        before = buffer.unread()
        self.flush(instance_id)
        try:
            inbox_table.note_seen(self._folder_of(instance_id), rows)
        except StorageUnavailableError as error:
            log.warning("not noted as seen: %s", error, extra={"instance": instance_id})
            return False
        buffer.load(again=True)
        return buffer.unread() < before

    def has_unwritten_from(self, instance_id: str, numbers: Collection[str]) -> bool:
        """Return whether a message of one of these numbers (digits), and no call, is not on the disk yet."""
        waiting = (one for one in self.waiting(instance_id) if one.content.kind is not Kind.CALL)
        return any(one.conversation_key in numbers for one in waiting)

    def timer(self, instance_id: str, to: str) -> tuple[int, float] | None:
        """Return how many seconds messages to ``to`` last (0: for ever), and when that was set.

        ``to`` is digits, a group's address or a LID. None when it is not known.
        """
        addresses = (to,) if "@" in to else number_variants(to)
        buffer = self._buffer(instance_id)
        known_on_disk = buffer.stored_timers  # a write meanwhile begins another one
        waiting = [one for one in buffer.set_timers() if one.chat == to or one.contact in addresses]
        if to not in known_on_disk:
            if len(known_on_disk) >= _MOST_TIMERS:
                known_on_disk.clear()
            known_on_disk[to] = timers.find(buffer.folder, to)
        stored = known_on_disk[to]
        known = [*((one.seconds, one.at) for one in waiting), *((stored,) if stored else ())]
        return max(known, key=lambda one: one[1], default=None)

    def is_behind(self, instance_id: str, address: str, numbers: Collection[str]) -> bool:
        """Return whether some arrival shows a LID and one of ``numbers`` (digits) to be one person's."""
        waiting = self.waiting(instance_id)
        return any(one.contact in numbers and address in one.addresses for one in waiting) or (
            inbox_table.is_behind(self._folder_of(instance_id), address, numbers)
        )

    # -- from memory, after the first time ------------------------------------------------------------------
    def unread(self, instance_id: str) -> int:
        """Return how many messages of others were neither looked at nor marked as read."""
        return self._loaded(instance_id).unread()

    def latest(self, instance_id: str) -> LatestMessage | None:
        """Return the newest message as it is now; None when there is none."""
        return self._loaded(instance_id).latest()

    def _loaded(self, instance_id: str) -> _Unwritten:
        buffer = self._buffer(instance_id)
        buffer.load()
        return buffer

    # -- reading --------------------------------------------------------------------------------------------
    def search(self, instance_id: str, what: Search, *, limit: int) -> tuple[StoredMessage, ...]:
        """Return the newest ``limit`` messages that match, newest first; none that only change another."""
        what = replace(what, since=self._keep().since)
        # Only the file knows conversations, and applies an edit or a deletion to the searchable text.
        self.flush(instance_id)
        # Memory first: a message written in between is then read twice, never missed.
        waiting = [one for one in reversed(self.waiting(instance_id)) if _is_wanted(one, what)]
        stored = inbox_table.search(self._folder_of(instance_id), what, limit=limit)
        return tuple(islice(_together(waiting, stored), limit))

    def find(self, instance_id: str, message_ids: Sequence[str]) -> tuple[StoredMessage, ...]:
        """Return the messages with these ids: several of one, when strangers chose the same."""
        self.flush(instance_id)
        waiting = [one for one in self.waiting(instance_id) if one.message_id in message_ids]
        return tuple(_together(waiting, inbox_table.find(self._folder_of(instance_id), message_ids)))

    def contacts(self, instance_id: str) -> tuple[InboxContact, ...]:
        """Return all contacts of the inbox, the newest first."""
        self.flush(instance_id)
        return inbox_table.contacts(self._folder_of(instance_id), since=self._keep().since)

    def group_names(self, instance_id: str) -> dict[str, str]:
        """Return the names of groups by their address."""
        buffer = self._find(instance_id)
        waiting = buffer.copy()[1] if buffer else {}
        return {**inbox_table.group_names(self._folder_of(instance_id)), **waiting}

    def waiting(self, instance_id: str) -> list[ReceivedMessage]:
        """Return what is not on the disk yet, oldest first."""
        buffer = self._find(instance_id)
        return buffer.copy()[0] if buffer else []

    def _keep(self) -> Retention:
        now = self._clock()
        return Retention(self._most, since=now - self._longest_s, now=now)


def _message(event: MessageArrived) -> ReceivedMessage:
    return ReceivedMessage(
        instance_id=event.instance_id,
        message_id=event.message_id,
        contact=event.contact,
        name=event.name,
        content=event.content,
        at=event.at,
        from_me=event.from_me,
        group=event.group,
        chat=event.chat,
        sender=event.sender,
        history=event.history,
    )


def _is_wanted(message: ReceivedMessage, what: Search) -> bool:
    kind = message.content.kind
    return (
        kind not in ABOUT_ANOTHER
        and message.at >= what.since
        and (not what.kinds or kind in what.kinds)
        and not what.conversation
        and search_term(what.text) in search_text(message)
    )


def _together(waiting: Iterable[ReceivedMessage], stored: Sequence[StoredMessage]) -> Iterable[StoredMessage]:
    there = {_identity(one.message) for one in stored}
    yield from (StoredMessage(one, read=False) for one in waiting if _identity(one) not in there)
    yield from stored


def _identity(message: ReceivedMessage) -> _Identity:
    return message.message_id, message.chat, message.sender
