"""What later messages changed in earlier ones of their conversation: by others, from the phone, from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from core.messages.updates import Author, MessageUpdate, apply_updates, author_of, update_of
from core.models.content import ABOUT_ANOTHER, Content
from core.models.messages import Changes, InboxEntry, ReceivedMessage, SendState, SentMessage
from core.store.conversations.lists import Updates
from core.store.inbox_table import StoredMessage

_ME: Final = Author(from_me=True)


class Later:
    """Reactions, edits, deletions and votes by conversation and message."""

    def __init__(
        self, updates: Updates, sends: Mapping[str, SentMessage], *, waiting: Iterable[StoredMessage] = ()
    ) -> None:
        """``sends`` are newer versions of those in ``updates``; ``waiting`` is not on the disk yet."""
        self._by_message: dict[tuple[int, str], list[MessageUpdate]] = defaultdict(list)
        for one in (*updates.received, *waiting):
            content = one.message.content
            if content.kind in ABOUT_ANOTHER and content.about is not None:
                self._by_message[one.conversation, content.about.message_id].append(_update(one.message))
        for conversation, stored in updates.sent:
            sent = sends.get(stored.request_id, stored)
            if sent.state is SendState.SENT and sent.content.about is not None:
                update = MessageUpdate(sent.content, _ME, "", "", sent.created_at)
                self._by_message[conversation, sent.content.about.message_id].append(update)

    def changes_of(self, message: ReceivedMessage, conversation: int) -> Changes:
        """Return what happened to a message that arrived."""
        author = author_of(message)
        by = author if message.group else replace(author, sender="")
        return apply_updates(message.content, by, message.chat, self._of(message.message_id, conversation))

    def changes_of_sent(self, sent: SentMessage, conversation: int) -> Changes:
        """Return what happened to a send."""
        return apply_updates(sent.content, _ME, "", self._of(sent.message_id, conversation))

    def _of(self, message_id: str, conversation: int) -> list[MessageUpdate]:
        return self._by_message.get((conversation, message_id), []) if message_id else []


def entry(stored: StoredMessage, changes: Changes, group_name: str) -> InboxEntry:
    """Return a message of the inbox with what changed it."""
    one = stored.message
    return InboxEntry(
        instance_id=one.instance_id,
        message_id=one.message_id,
        contact=one.contact,
        name=one.name,
        content=changed(one.content, changes),
        at=one.at,
        from_me=one.from_me,
        group=one.group,
        group_name=group_name,
        chat=one.chat,
        sender=one.sender,
        changes=changes,
        read=stored.read,
    )


def changed(content: Content, changes: Changes) -> Content:
    """Return a content as it is now: nothing but the kind of a deleted one."""
    if changes.deleted:
        return Content(content.kind)
    return replace(content, text=changes.text) if changes.edited else content


def _update(message: ReceivedMessage) -> MessageUpdate:
    """Return a change; in a chat with one person all that is not the account's is theirs, by any address."""
    update = update_of(message)
    return update if message.group else replace(update, by=replace(update.by, sender=""))
