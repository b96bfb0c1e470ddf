"""Conversations as they are now: what is stored of them, with what sends and arrivals became since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.messages.changes import Later, changed, entry
from core.messages.inbox import Inbox
from core.messages.summary import received
from core.models.content import ABOUT_ANOTHER
from core.models.conversations import Conversation, Filter, Thread, ThreadMessage
from core.models.messages import (
    Changes,
    InboxEntry,
    LatestMessage,
    ReceivedMessage,
    SentMessage,
)
from core.models.recipients import Recipient
from core.store.conversations import lists, threads
from core.store.conversations.arrivals import UNCOUNTED
from core.store.conversations.lists import Line
from core.store.conversations.placing import bare
from core.store.inbox_table import StoredMessage


class Conversations:
    """The conversations of every instance.

    Threading: safe from any thread; everything touches the disk, and raises StorageUnavailableError.
    """

    def __init__(
        self,
        *,
        folder_of: Callable[[str], Path],
        inbox: Inbox,
        recent_sends: Callable[[str], Sequence[SentMessage]],
        clock: Callable[[], float],
    ) -> None:
        """``recent_sends`` gives the sends of an instance that may have changed since they were written."""
        self._folder_of = folder_of
        self._inbox = inbox
        self._recent_sends = recent_sends
        self._clock = clock

    # -- what there is ---------------------------------------------------------------------------------------
    def list(self, instance_id: str, *, text: str, only: Filter, limit: int) -> tuple[Conversation, ...]:
        """Return the ``limit`` conversations with the newest messages, newest first."""
        self._inbox.flush(instance_id)
        sends = self._newest(instance_id)
        found, updates = lists.lines(
            self._folder_of(instance_id), text=text, only=only, limit=limit, fresh=sends
        )
        later = Later(updates, sends)
        return tuple(_conversation(instance_id, line, later) for line in found)

    def get(self, instance_id: str, conversation_id: str) -> Conversation | None:
        """Return one, by its id or that of one which was joined to it; None when there is none."""
        self._inbox.flush(instance_id)
        sends = self._newest(instance_id)
        found = lists.line(self._folder_of(instance_id), conversation_id, fresh=sends)
        if found is None:
            return None
        line, updates = found
        return _conversation(instance_id, line, Later(updates, sends))

    def thread(self, instance_id: str, conversation_id: str, *, limit: int) -> Thread | None:
        """Return the newest ``limit`` messages of one; None when there is none."""
        self._inbox.flush(instance_id)
        # Memory first: a message written in between is then read twice, never missed.
        waiting, sends = self._inbox.waiting(instance_id), self._newest(instance_id)
        stored = threads.thread(self._folder_of(instance_id), conversation_id, limit=limit, fresh=sends)
        if stored is None:
            return None
        line = stored.line
        here = [_stored(one, line) for one in waiting if _is_in(one, line)]
        later = Later(stored.updates, sends, waiting=here)
        there = {_identity(one) for _, one in stored.messages if isinstance(one, StoredMessage)}
        messages = [
            *stored.messages,
            *(
                (one.message.message_id, one)
                for one in here
                if one.message.content.kind not in ABOUT_ANOTHER and _identity(one) not in there
            ),
        ]
        shown = tuple(_message(key, one, line, later) for key, one in messages[-limit:])
        return Thread(
            _conversation(instance_id, line, later),
            shown,
            has_older=stored.has_older or len(messages) > limit,
            first_unread=next((one.key for one in shown if one.unread), ""),
        )

    def begin(self, instance_id: str, recipient: Recipient) -> str:
        """Return the id of the conversation with a recipient; it is made when there is none."""
        self._inbox.flush(instance_id)
        folder = self._folder_of(instance_id)
        return lists.begin(folder, bare(recipient.address), name=recipient.name, now=self._clock())

    def of_message(self, instance_id: str, message_id: str) -> str:
        """Return the id of the conversation in which a message stands; empty for none."""
        self._inbox.flush(instance_id)
        return lists.of_message(self._folder_of(instance_id), message_id)

    def names(self, instance_id: str, numbers: Collection[str]) -> Mapping[str, str]:
        """Return what people are called, by those of these numbers (digits) that are theirs."""
        self._inbox.flush(instance_id)
        return lists.names(self._folder_of(instance_id), numbers)

    def sent_as(self, instance_id: str, message_id: str) -> tuple[SentMessage, ...]:
        """Return the sends with that id of WhatsApp's, however old."""
        recent = self._newest(instance_id)
        fresh = {one.request_id: one for one in recent.values() if one.message_id == message_id}
        stored = lists.sent_as(self._folder_of(instance_id), message_id)
        return tuple({**{one.request_id: one for one in stored}, **fresh}.values())

    # -- what was read ---------------------------------------------------------------------------------------
    def note_seen(self, instance_id: str, conversation_id: str, *, up_to: str) -> bool:
        """Store that what arrived was looked at up to that message; return whether less is unread now."""
        if not self._inbox.unread(instance_id):
            return False
        self._inbox.flush(instance_id)
        rows = threads.unread_rows(self._folder_of(instance_id), conversation_id, up_to=up_to)
        return bool(rows) and self._inbox.note_seen(instance_id, rows)

    def unmarked(self, instance_id: str, conversation_id: str, *, limit: int) -> tuple[StoredMessage, ...]:
        """Return the newest messages of others whose authors were not told that they were read."""
        self._inbox.flush(instance_id)
        return threads.unmarked(self._folder_of(instance_id), conversation_id, limit=limit)

    # -- messages beside their conversation ------------------------------------------------------------------
    def entries(self, instance_id: str, stored: Sequence[StoredMessage]) -> tuple[InboxEntry, ...]:
        """Return messages of the inbox as they are now."""
        updates = lists.updates(
            self._folder_of(instance_id), list({one.message.message_id for one in stored})
        )
        chats = {one.message.chat: one.conversation for one in stored}
        waiting = [
            StoredMessage(one, read=False, conversation=chats[one.chat])
            for one in self._inbox.waiting(instance_id)
            if one.chat in chats
        ]
        later = Later(updates, self._newest(instance_id), waiting=waiting)
        names = self._inbox.group_names(instance_id)
        return tuple(
            entry(
                one,
                later.changes_of(one.message, one.conversation),
                names.get(one.message.chat, "") if one.message.group else "",
            )
            for one in stored
        )

    def changes_of_sent(self, instance_id: str, sent: Sequence[SentMessage]) -> dict[str, Changes]:
        """Return the later changes of sends, by WhatsApp's id; only of those that have any."""
        self._inbox.flush(instance_id)
        folder = self._folder_of(instance_id)
        named = [one for one in sent if one.message_id]
        places = lists.conversations_of(folder, [one.request_id for one in named])
        later = Later(lists.updates(folder, [one.message_id for one in named]), self._newest(instance_id))
        found = {one.message_id: later.changes_of_sent(one, places.get(one.request_id, 0)) for one in named}
        return {message_id: changes for message_id, changes in found.items() if changes != Changes()}

    def _newest(self, instance_id: str) -> Mapping[str, SentMessage]:
        """Return the sends in memory by request id: newer than what the file says of them."""
        return {one.request_id: one for one in self._recent_sends(instance_id)}


def _message(key: str, one: SentMessage | StoredMessage, line: Line, later: Later) -> ThreadMessage:
    if isinstance(one, SentMessage):
        changes = later.changes_of_sent(one, line.number)
        return ThreadMessage(key, one.created_at, sent=one, changes=changes)
    changes = later.changes_of(one.message, line.number)
    shown = entry(one, changes, line.name if line.group else "")
    return ThreadMessage(key, one.message.at, received=shown, changes=changes, unread=one.unread)


def _conversation(instance_id: str, line: Line, later: Later) -> Conversation:
    return Conversation(
        instance_id,
        line.id,
        address=line.address,
        name=line.name,
        number=line.digits,
        group=line.group,
        unread=line.unread,
        latest=_latest(line, later),
    )


def _latest(line: Line, later: Later) -> LatestMessage | None:
    name = line.name if line.group else ""
    if line.received is not None:
        message = line.received.message
        changes = later.changes_of(message, line.number)
        words = "" if changes.deleted else changed(message.content, changes).first_words
        return replace(received(message, words, name), deleted=changes.deleted)
    if line.sent is None:
        return None
    sent = line.sent
    changes = later.changes_of_sent(sent, line.number)
    return LatestMessage(
        sent.content.kind,
        sent.created_at,
        from_me=True,
        contact="" if line.group else sent.to,
        text="" if changes.deleted else changed(sent.content, changes).first_words,
        deleted=changes.deleted,
        group=line.group,
        group_name=name,
        tick=sent.tick,
        state=sent.state,
    )


def _is_in(message: ReceivedMessage, line: Line) -> bool:
    """Return whether a message that is not on the disk yet belongs to a conversation."""
    if message.group:
        return message.chat == line.address
    return bare(message.chat) in (line.address, line.digits) or (message.contact or None) == line.digits


def _stored(message: ReceivedMessage, line: Line) -> StoredMessage:
    unread = not (message.from_me or message.history) and message.content.kind not in UNCOUNTED
    return StoredMessage(message, read=False, conversation=line.number, unread=unread)


def _identity(one: StoredMessage) -> tuple[str, str, str]:
    return one.message.message_id, one.message.chat, one.message.sender
