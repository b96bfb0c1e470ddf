"""Sends and their outcomes: written before they leave, settled after, kept."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, assert_never

from core.errors import CorruptFileError, StorageUnavailableError
from core.messages import delivery
from core.messages.buffers import Buffer, WriteBehind
from core.messages.summary import sent
from core.models.codes import SendCode
from core.models.messages import LatestMessage, SendState, SentMessage
from core.models.recipients import is_group_address, may_be_one_person
from core.models.worker_events import FileUploaded, MessageFailed, MessageSent, Receipt, SendEvent
from core.store import outbox_table, session
from core.store.conversations import people

log = logging.getLogger(__name__)

KEPT_PER_INSTANCE: Final = 200
"""Held in memory; the file holds more. A day's limit must not be larger."""
NEVER_LEFT: Final = SendCode.NEVER_LEFT
SESSION_ENDED: Final = SendCode.SESSION_ENDED
"""Why a send stays uncertain: the core's store, which would know of it, is gone."""
RateCheck = Callable[[tuple[SentMessage, ...]], None]
"""Gets the sends so far, newest first; raises when another one is too much. Must return at once."""
_UNANSWERED: Final = frozenset({SendCode.WORKER_LOST, SendCode.PROCESS_RESTARTED})
"""Why a send is uncertain for good: the worker that was to send it is gone."""
_GIVEN_UP: Final = _UNANSWERED | {SESSION_ENDED}
_RETRY_S: Final = 30.0
"""Between two tries to read what could not be read: a page that is drawn must not wait each time."""
_MOST_EARLY: Final = 200
"""Receipts that wait for an answer; the oldest go first. A message may get one of each member of a group."""
_LOOKED_THROUGH: Final = 10
"""The last sends among which the newest message is looked for: reactions and edits are sends too."""


@dataclass(slots=True)
class _Proposal:
    """A send that waits to be written down, and then its outcome."""

    message: SentMessage
    admit: RateCheck
    result: tuple[SentMessage, bool] | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class _Sends(Buffer):
    """The last sends of one instance, oldest first."""

    sends: dict[str, SentMessage] = field(default_factory=dict)
    unsaved: set[str] = field(default_factory=set)
    """Request ids of those whose newest version is not on the disk."""
    proposals: list[_Proposal] = field(default_factory=list)
    """Who comes first writes down what all others brought meanwhile."""
    early: deque[Receipt] = field(default_factory=lambda: deque(maxlen=_MOST_EARLY))
    """Receipts that came before the answer that tells whose they are."""
    loaded: bool = False
    latest: LatestMessage | None = None
    """Of what earlier processes sent, while it is not ``loaded``."""
    look_at: float = 0.0
    """When ``latest`` may be read next (monotonic); never again once it was."""

    def newest_first(self) -> tuple[SentMessage, ...]:
        with self.changed:
            return tuple(reversed(self.sends.values()))

    def add(self, messages: Iterable[SentMessage]) -> None:
        """Add new sends, which are on the disk; forget the oldest that are."""
        with self.changed:
            self.sends.update({message.request_id: message for message in messages})
            written = [key for key in self.sends if key not in self.unsaved]
            for key in written[: max(0, len(self.sends) - KEPT_PER_INSTANCE)]:
                del self.sends[key]

    def name(self, request_id: str, message_id: str) -> None:
        """Note WhatsApp's id of a send."""
        with self.changed:
            if not self.sends[request_id].message_id:
                self.put(replace(self.sends[request_id], message_id=message_id))

    def put(self, message: SentMessage) -> None:
        """Replace a send by a newer version, to be written; wake the threads that wait."""
        with self.changed:
            if self.sends.get(message.request_id) not in (None, message):
                self.sends[message.request_id] = message
                self.unsaved.add(message.request_id)
            self.changed.notify_all()

    def take_early(self, message_id: str) -> list[Receipt]:
        """Return, once, the receipts that wait for the send with this id."""
        with self.changed:
            taken = [each for each in self.early if each.message_id == message_id]
            for each in taken:
                self.early.remove(each)
        return taken

    def unwritten(self) -> int:
        return len(self.unsaved)

    def write(self) -> None:
        with self.changed:
            rows = [self.sends[request_id] for request_id in self.unsaved]
        if not rows:
            return
        outbox_table.write_outcomes(self.folder, rows)
        with self.changed:
            for row in rows:
                if self.sends[row.request_id] is row:
                    self.unsaved.discard(row.request_id)


class Outbox(WriteBehind[_Sends]):
    """Sends by instance: the last 200 each in memory, the last 10,000 in its ``history.db``.

    Threading: safe from any thread. ``record``, ``flush``, the first look at an instance and some receipts
    touch the disk.
    """

    def __init__(
        self, *, clock: Callable[[], float], folder_of: Callable[[str], Path], boot_id: str = ""
    ) -> None:
        """``boot_id`` names this run of the machine; empty when it is not known."""
        self._clock = clock
        self._boot_id = boot_id
        super().__init__(lambda instance_id: _Sends(folder_of(instance_id)))

    def record(self, message: SentMessage, *, admit: RateCheck = lambda _: None) -> tuple[SentMessage, bool]:
        """Write a send down and return it with True; for a request id seen before, return its send and False.

        ``admit`` sees the instance's sends before it, and may raise: no other send gets in between.
        Raises StorageUnavailableError when it cannot be written; then it must not be sent.
        """
        buffer, proposal = self._buffer(message.instance_id), _Proposal(message, admit)
        with buffer.changed:
            buffer.proposals.append(proposal)
        with buffer.writing:
            with buffer.changed:
                waiting, buffer.proposals = buffer.proposals, []
            if waiting:
                self._record_all(buffer, waiting)
        if proposal.error is not None:
            raise proposal.error
        if proposal.result is None:
            raise RuntimeError("a send was left undecided")
        return proposal.result

    def set_outcome(
        self, instance_id: str, request_id: str, state: SendState, *, reason: str = "", message_id: str = ""
    ) -> None:
        """Settle a send. A late answer settles an uncertain one; a settled one stays as it is."""
        buffer = self._ready(instance_id)
        with buffer.changed:
            if message := buffer.sends.get(request_id):
                now = self._clock()
                buffer.put(delivery.settled(message, state, at=now, reason=reason, message_id=message_id))
        if state is SendState.UNCERTAIN and buffer.early:
            message_id = self._look_up(buffer, request_id)
        self._receive_early(buffer, message_id)

    def handle_event(self, event: SendEvent) -> None:
        """Update the send that the worker tells of; ignore one that is not ours."""
        match event:
            case FileUploaded():
                self._keep_remote(event)
            case MessageSent():
                self.set_outcome(
                    event.instance_id, event.request_id, SendState.SENT, message_id=event.message_id
                )
            case MessageFailed():
                state = SendState.UNCERTAIN if event.reason == SendCode.TIMEOUT else SendState.FAILED
                self.set_outcome(event.instance_id, event.request_id, state, reason=event.reason)
            case Receipt():
                self._receive(event)
            case _:
                assert_never(event)

    def is_sending(self, instance_id: str) -> bool:
        """Return whether a send waits for its answer, or for its turn."""
        return any(message.state is SendState.SENDING for message in self._ready(instance_id).newest_first())

    def is_given_up(self, instance_id: str, request_id: str) -> bool:
        """Return whether it was told of a send that no worker is left to answer for it."""
        message = self._ready(instance_id).sends.get(request_id)
        return message is not None and message.state in delivery.OPEN and message.reason in _GIVEN_UP

    def worker_lost(self, instance_id: str, *, but_sending: bool = False) -> None:
        """Leave the open sends of this instance uncertain: no worker is left to answer for them.

        ``but_sending``: those that still wait for their turn were not given to that worker, and stay.
        """
        buffer = self._ready(instance_id)
        for message in buffer.newest_first():
            if but_sending and message.state is SendState.SENDING:
                continue
            if message.state in delivery.OPEN and message.reason not in _GIVEN_UP:
                self._give_up(buffer, message, SendCode.WORKER_LOST)

    def session_ended(self, instance_id: str) -> None:
        """Leave the open sends uncertain for good: the core's store, which would know of them, is gone."""
        buffer = self._ready(instance_id)
        for message in buffer.newest_first():
            if message.state in delivery.OPEN and not message.message_id:
                self._settle_unknown(buffer, message, reason=SESSION_ENDED)

    def verify(self, instance_id: str, request_id: str) -> SentMessage:
        """Check again whether an uncertain send went out, and return it.

        The core writes a message's id down before the message leaves: without one it did not, provided that
        no worker is left to send it and the machine ran through. Raises KeyError if unknown.
        """
        buffer = self._ready(instance_id)
        message = buffer.sends[request_id]
        if message.state is SendState.UNCERTAIN and not message.message_id:
            message_id = self._message_id(buffer, message)
            if message_id:
                buffer.name(request_id, message_id)
            elif message_id is not None and message.reason in _UNANSWERED and self._same_run(message):
                self.set_outcome(instance_id, request_id, SendState.FAILED, reason=NEVER_LEFT)
            self.flush(instance_id)
        return buffer.sends[request_id]

    def wait(self, instance_id: str, request_id: str, *, timeout: float) -> SentMessage:
        """Return the send once settled, or as uncertain after ``timeout`` s. Raises KeyError if unknown."""
        buffer = self._ready(instance_id)
        if request_id not in buffer.sends and (old := outbox_table.find(buffer.folder, request_id)):
            return old
        with buffer.changed:
            settled = buffer.changed.wait_for(
                lambda: buffer.sends[request_id].state is not SendState.SENDING, timeout
            )
        if not settled:
            self.set_outcome(instance_id, request_id, SendState.UNCERTAIN, reason=SendCode.TIMEOUT)
            self.flush(instance_id)
        with buffer.changed:
            return buffer.sends[request_id]

    def recent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """Return the last 200, newest first; those of earlier processes too."""
        return self._ready(instance_id).newest_first()

    def latest(self, instance_id: str) -> LatestMessage | None:
        """Return the newest that did not fail, as it is now; from the disk once, and then from memory."""
        buffer = self._buffer(instance_id)
        if buffer.loaded:
            return sent(buffer.newest_first())
        if time.monotonic() >= buffer.look_at:
            try:
                buffer.latest = sent(outbox_table.read(buffer.folder, limit=_LOOKED_THROUGH))
                buffer.look_at = math.inf
            except StorageUnavailableError as error:
                buffer.look_at = time.monotonic() + _RETRY_S
                log.warning("messages not read: %s", error, extra={"instance": instance_id})
        return buffer.latest

    # -- the disk --------------------------------------------------------------------------------------------
    def _record_all(self, buffer: _Sends, proposals: list[_Proposal]) -> None:
        """Write down what several threads want to send, in their order and one transaction; settle each."""
        try:
            self._load(buffer)
            self._write_new(buffer, proposals)
        except BaseException as error:  # raised in the thread of each
            for proposal in proposals:
                if proposal.result is None:
                    proposal.error = proposal.error or error

    def _write_new(self, buffer: _Sends, proposals: list[_Proposal]) -> None:
        unknown = {each.message.request_id for each in proposals}.difference(buffer.sends)
        known = {**outbox_table.find_all(buffer.folder, [*unknown]), **buffer.sends}
        admitted: dict[str, _Proposal] = {}
        for proposal in proposals:
            if earlier := known.get(proposal.message.request_id):
                proposal.result = earlier, False
            elif proposal.message.request_id not in admitted:
                before = (*(each.message for each in reversed(admitted.values())), *buffer.newest_first())
                try:
                    proposal.admit(before)
                except Exception as refusal:  # raised in the thread that it is for
                    proposal.error = refusal
                else:
                    admitted[proposal.message.request_id] = proposal
        if admitted:
            outbox_table.write_new(buffer.folder, *(each.message for each in admitted.values()))
            buffer.add(each.message for each in admitted.values())
        for proposal in proposals:
            if proposal.result is None and proposal.error is None:
                first = admitted[proposal.message.request_id]
                proposal.result = first.message, first is proposal

    def _ready(self, instance_id: str) -> _Sends:
        """Return the sends with what earlier processes left, as far as that can be read now."""
        buffer = self._buffer(instance_id)
        if not buffer.loaded:
            with buffer.writing:
                try:
                    self._load(buffer)
                except StorageUnavailableError as error:
                    log.warning("messages not read: %s", error, extra={"instance": instance_id})
        return buffer

    def _load(self, buffer: _Sends) -> None:
        if buffer.loaded or not buffer.folder.is_dir():
            return
        rows = reversed(outbox_table.read(buffer.folder, limit=KEPT_PER_INSTANCE))
        with buffer.changed:
            buffer.sends.update({message.request_id: message for message in rows})
        for message in buffer.newest_first():
            if message.state in delivery.OPEN and message.reason not in _GIVEN_UP:
                self._give_up(buffer, message, SendCode.PROCESS_RESTARTED)
        buffer.loaded = True

    # -- what the core's store knows -------------------------------------------------------------------------
    def _give_up(self, buffer: _Sends, message: SentMessage, reason: str) -> None:
        message_id = message.message_id or self._message_id(buffer, message) or ""
        self._settle_unknown(buffer, message, reason=reason, message_id=message_id)

    def _settle_unknown(
        self, buffer: _Sends, message: SentMessage, *, reason: str, message_id: str = ""
    ) -> None:
        with buffer.changed:
            last = buffer.sends[message.request_id]
            now = self._clock()
            buffer.put(
                delivery.settled(last, SendState.UNCERTAIN, at=now, reason=reason, message_id=message_id)
            )
        self._receive_early(buffer, message_id)

    def _look_up(self, buffer: _Sends, request_id: str) -> str:
        """Name a send for which no answer may come any more, as the core's store knows it; return its id."""
        message = buffer.sends.get(request_id)
        if message is None or message.state not in delivery.OPEN or message.message_id:
            return ""
        message_id = self._message_id(buffer, message) or ""
        if message_id:
            buffer.name(request_id, message_id)
        return message_id

    def _message_id(self, buffer: _Sends, message: SentMessage) -> str | None:
        """Return WhatsApp's id; empty when the core has not begun to send it, None when that is not known."""
        try:
            return session.message_id_of(buffer.folder, message.secret) if message.secret else None
        except (StorageUnavailableError, CorruptFileError) as error:
            log.warning("store not read: %s", error, extra={"instance": message.instance_id})
            return None

    def _same_run(self, message: SentMessage) -> bool:
        return bool(self._boot_id) and message.boot_id == self._boot_id

    def _keep_remote(self, event: FileUploaded) -> None:
        buffer = self._ready(event.instance_id)
        with buffer.changed:
            message = buffer.sends.get(event.request_id)
            if message is not None and message.content.file is not None:
                file = replace(message.content.file, remote=event.remote)
                buffer.put(replace(message, content=replace(message.content, file=file)))

    def _receive_early(self, buffer: _Sends, message_id: str) -> None:
        for event in buffer.take_early(message_id):
            self._receive(event)

    def _receive(self, event: Receipt) -> None:
        buffer = self._ready(event.instance_id)
        with buffer.changed:  # one that becomes uncertain meanwhile would not find it among the early ones
            sends = buffer.newest_first()
            is_named = any(send.message_id == event.message_id for send in sends)
            unnamed = [send for send in sends if send.state in delivery.OPEN and not send.message_id]
            if not is_named and any(send.state is SendState.SENDING for send in unnamed):
                buffer.early.append(event)
        for send in unnamed:
            if not is_named and send.state is SendState.UNCERTAIN:
                self._look_up(buffer, send.request_id)
        for send in buffer.newest_first():
            if send.message_id == event.message_id and self._is_of_recipient(buffer, send, event):
                with buffer.changed:
                    last = buffer.sends.get(send.request_id, send)
                    buffer.put(delivery.received(last, event.tick, at=event.at, now=self._clock()))

    def _is_of_recipient(self, buffer: _Sends, send: SentMessage, event: Receipt) -> bool:
        """Return whether a receipt comes from the person whom the message went to: anyone may send one."""
        if delivery.is_recipient(send.to, event.addresses):
            return True
        if is_group_address(send.to):
            return False
        try:
            known = people.is_recipient(buffer.folder, send.request_id, event.addresses)
        except StorageUnavailableError as error:
            log.warning("recipient not compared: %s", error, extra={"instance": send.instance_id})
            known = None
        return may_be_one_person([send.to], event.addresses) if known is None else known
