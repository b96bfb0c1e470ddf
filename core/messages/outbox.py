"""What was sent by hand and what became of it: written before it leaves, settled after, kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError, StorageUnavailableError
from core.messages import delivery
from core.models.messages import SendState, SentMessage
from core.models.worker_events import FileUploaded, MessageFailed, MessageSent, Receipt, WorkerEvent
from core.store import outbox_table, session

log = logging.getLogger(__name__)

KEPT_PER_INSTANCE: Final = 200
"""Held in memory; the file holds more. A day's limit must not be larger."""
NEVER_LEFT: Final = "never-left"
SESSION_ENDED: Final = "session-ended"
"""Why a send stays uncertain: the core's store, which would know of it, is gone."""
RateCheck = Callable[[tuple[SentMessage, ...]], None]
"""Is given the sends so far, newest first; raises when another one is too much. Must return at once."""
_NOBODY_ANSWERS: Final = frozenset({"worker-lost", "process-restarted"})
"""Why a send is uncertain for good: whoever was to send it is gone."""
_GIVEN_UP: Final = _NOBODY_ANSWERS | {SESSION_ENDED}


@dataclass(slots=True)
class _InstanceSends:
    """The sends of one instance, oldest first. ``changed`` guards the tables, never the disk."""

    folder: Path
    writing: threading.Lock = field(default_factory=threading.Lock)
    changed: threading.Condition = field(default_factory=threading.Condition)
    sends: dict[str, SentMessage] = field(default_factory=dict)
    unwritten: set[str] = field(default_factory=set)
    loaded: bool = False

    def newest_first(self) -> tuple[SentMessage, ...]:
        with self.changed:
            return tuple(reversed(self.sends.values()))

    def name(self, request_id: str, message_id: str) -> None:
        """WhatsApp's id of a send is known now."""
        with self.changed:
            if not self.sends[request_id].message_id:
                self.put(replace(self.sends[request_id], message_id=message_id))

    def put(self, message: SentMessage) -> None:
        """Take another version of a send in, to be written; wakes whoever waits."""
        with self.changed:
            if self.sends.get(message.request_id) not in (None, message):
                self.sends[message.request_id] = message
                self.unwritten.add(message.request_id)
            self.changed.notify_all()


class Outbox:
    """Sends by instance: the last 200 each in memory, the last 10,000 in its ``history.db``.

    Threading: safe from any thread. ``open``, ``flush`` and the first look at an instance touch the disk.
    """

    def __init__(
        self, *, clock: Callable[[], float], folder_of: Callable[[str], Path], boot_id: str = ""
    ) -> None:
        """``boot_id`` names this run of the machine; empty when it is not known."""
        self._clock = clock
        self._folder_of = folder_of
        self._boot_id = boot_id
        self._lock = threading.Lock()
        self._boxes: dict[str, _InstanceSends] = {}

    def record(self, message: SentMessage, *, admit: RateCheck = lambda _: None) -> tuple[SentMessage, bool]:
        """Write a send down. A request id seen before gives back the send it stands for, and False.

        ``admit`` sees the instance's sends before it, and may raise: no other send gets in between.
        Raises StorageUnavailableError when it cannot be written; then it must not be sent.
        """
        box = self._box(message.instance_id)
        with box.writing:
            self._load(box)
            known = box.sends.get(message.request_id) or outbox_table.find(box.folder, message.request_id)
            if known is not None:
                return known, False
            admit(box.newest_first())
            outbox_table.write_new(box.folder, message)
            with box.changed:
                box.sends[message.request_id] = message
                spare = [one for one in box.sends if one not in box.unwritten]
                for request_id in spare[: max(0, len(box.sends) - KEPT_PER_INSTANCE)]:
                    del box.sends[request_id]
        return message, True

    def set_outcome(
        self, instance_id: str, request_id: str, state: SendState, *, reason: str = "", message_id: str = ""
    ) -> None:
        """Say what became of a send. A late answer settles an uncertain one; a settled one stays as it is."""
        box = self._ready(instance_id)
        with box.changed:
            if known := box.sends.get(request_id):
                now = self._clock()
                box.put(delivery.settled(known, state, at=now, reason=reason, message_id=message_id))

    def handle_event(self, event: WorkerEvent) -> bool:
        """Settle what a worker answered. False when the event is no news of a send."""
        match event:
            case FileUploaded():
                self._keep_remote(event)
            case MessageSent():
                self.set_outcome(
                    event.instance_id, event.request_id, SendState.SENT, message_id=event.message_id
                )
            case MessageFailed():
                state = SendState.UNCERTAIN if event.reason == "send-timeout" else SendState.FAILED
                self.set_outcome(event.instance_id, event.request_id, state, reason=event.reason)
            case Receipt():
                self._receive(event)
            case _:
                return False
        return True

    def worker_lost(self, instance_id: str) -> None:
        """Nobody will answer for the open sends of this instance any more."""
        box = self._ready(instance_id)
        for message in box.newest_first():
            if message.state in delivery.OPEN and message.reason not in _GIVEN_UP:
                self._give_up(box, message, "worker-lost")

    def session_ended(self, instance_id: str) -> None:
        """The core's store of this instance is gone: that it knows nothing of a send proves nothing now."""
        box = self._ready(instance_id)
        for message in box.newest_first():
            if message.state in delivery.OPEN and not message.message_id:
                self._settle_unknown(box, message, reason=SESSION_ENDED)

    def verify(self, instance_id: str, request_id: str) -> SentMessage:
        """Look again for what became of an uncertain send; gives it as it is known then.

        The core writes a message's id down before the message leaves: without one it did not, provided that
        nobody is left to send it and the machine ran through. Raises KeyError if unknown.
        """
        box = self._ready(instance_id)
        message = box.sends[request_id]
        if message.state is SendState.UNCERTAIN and not message.message_id:
            found = self._message_id(box, message)
            if found:
                box.name(request_id, found)
            elif found is not None and message.reason in _NOBODY_ANSWERS and self._same_run(message):
                self.set_outcome(instance_id, request_id, SendState.FAILED, reason=NEVER_LEFT)
            self.flush(instance_id)
        return box.sends[request_id]

    def wait(self, instance_id: str, request_id: str, *, timeout: float) -> SentMessage:
        """The send once settled, or after ``timeout`` seconds as uncertain. Raises KeyError if unknown."""
        box = self._ready(instance_id)
        if request_id not in box.sends and (old := outbox_table.find(box.folder, request_id)):
            return old
        with box.changed:
            settled = box.changed.wait_for(
                lambda: box.sends[request_id].state is not SendState.SENDING, timeout
            )
        if not settled:
            self.set_outcome(instance_id, request_id, SendState.UNCERTAIN, reason="send-timeout")
            self.flush(instance_id)
        with box.changed:
            return box.sends[request_id]

    def recent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """The last 200, newest first; those of earlier processes too."""
        return self._ready(instance_id).newest_first()

    # -- the disk --------------------------------------------------------------------------------------------
    def unwritten(self, instance_id: str) -> int:
        """How many changes wait for ``flush``."""
        with self._lock:
            box = self._boxes.get(instance_id)
        return len(box.unwritten) if box else 0

    def flush(self, instance_id: str) -> bool:
        """Write what waits. False when the disk refuses: it is kept, to be tried again."""
        with self._lock:
            box = self._boxes.get(instance_id)
        if box is None:
            return True
        with box.writing:
            with box.changed:
                rows = [box.sends[request_id] for request_id in box.unwritten]
            if not rows:
                return True
            try:
                outbox_table.write_outcomes(box.folder, rows)
            except StorageUnavailableError as error:
                log.warning("outcome of %d sends kept in memory: %s", len(rows), error)
                return False
            with box.changed:
                for row in rows:
                    if box.sends[row.request_id] is row:
                        box.unwritten.discard(row.request_id)
        return True

    def _box(self, instance_id: str) -> _InstanceSends:
        with self._lock:
            return self._boxes.setdefault(instance_id, _InstanceSends(self._folder_of(instance_id)))

    def _ready(self, instance_id: str) -> _InstanceSends:
        """The box with what earlier processes left in it, as far as that can be read now."""
        box = self._box(instance_id)
        if not box.loaded:
            with box.writing:
                try:
                    self._load(box)
                except StorageUnavailableError as error:
                    log.warning("messages not read: %s", error, extra={"instance": instance_id})
        return box

    def _load(self, box: _InstanceSends) -> None:
        if box.loaded or not box.folder.is_dir():
            return
        found = reversed(outbox_table.read(box.folder, limit=KEPT_PER_INSTANCE))
        with box.changed:
            box.sends.update({message.request_id: message for message in found})
        for message in box.newest_first():
            if message.state in delivery.OPEN and message.reason not in _GIVEN_UP:
                self._give_up(box, message, "process-restarted")
        box.loaded = True

    # -- what the core's store knows -------------------------------------------------------------------------
    def _give_up(self, box: _InstanceSends, message: SentMessage, reason: str) -> None:
        message_id = message.message_id or self._message_id(box, message) or ""
        self._settle_unknown(box, message, reason=reason, message_id=message_id)

    def _settle_unknown(
        self, box: _InstanceSends, message: SentMessage, *, reason: str, message_id: str = ""
    ) -> None:
        with box.changed:
            last = box.sends[message.request_id]
            now = self._clock()
            box.put(delivery.settled(last, SendState.UNCERTAIN, at=now, reason=reason, message_id=message_id))

    def _message_id(self, box: _InstanceSends, message: SentMessage) -> str | None:
        """WhatsApp's id of it; empty when the core has not begun to send it, None when that is not known."""
        try:
            return session.message_id_of(box.folder, message.secret) if message.secret else None
        except (StorageUnavailableError, CorruptFileError) as error:
            log.warning("store not read: %s", error, extra={"instance": message.instance_id})
            return None

    def _same_run(self, message: SentMessage) -> bool:
        return bool(self._boot_id) and message.boot_id == self._boot_id

    def _keep_remote(self, event: FileUploaded) -> None:
        box = self._ready(event.instance_id)
        with box.changed:
            message = box.sends.get(event.request_id)
            if message is not None and message.content.file is not None:
                file = replace(message.content.file, remote=event.remote)
                box.put(replace(message, content=replace(message.content, file=file)))

    def _receive(self, event: Receipt) -> None:
        box = self._ready(event.instance_id)
        found = box.newest_first()
        if not any(one.message_id == event.message_id for one in found):
            # It may be ahead of the answer that would tell the id.
            for one in found:
                if (
                    one.state in delivery.OPEN
                    and not one.message_id
                    and (known := self._message_id(box, one))
                ):
                    box.name(one.request_id, known)
        with box.changed:
            for one in box.newest_first():
                if one.message_id == event.message_id:
                    box.put(delivery.received(one, event.tick, at=event.at))
