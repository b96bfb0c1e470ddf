"""Conversations of an instance: who it talks with, what was said, and what is unread.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from core.errors import UnknownConversationError
from core.models.conversations import Conversation, Filter, Thread
from core.models.recipients import Recipient, number_variants
from core.services import inbox
from core.services.runtime import current

_MARKED: Final = 1_000
"""Messages of a conversation that one press marks as read; no person reads so many at once."""


def list_conversations(
    instance_id: str, *, search: str = "", only: Filter = Filter.ALL, limit: int = 60
) -> tuple[Conversation, ...]:
    """Return the ``limit`` conversations in which something was said last, the newest first.

    ``search`` finds names, numbers however they are written, and words, without regard to accents and case.
    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    return registry.conversations.list(instance_id, text=search, only=only, limit=limit)


def get(instance_id: str, conversation_id: str) -> Conversation:
    """Return one conversation, by its id or that of one which was joined to it.

    Raises UnknownInstanceError, UnknownConversationError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    found = registry.conversations.get(instance_id, conversation_id)
    if found is None:
        raise UnknownConversationError(conversation_id)
    return found


def thread(instance_id: str, conversation_id: str, *, limit: int = 60) -> Thread:
    """Return the newest ``limit`` messages of a conversation, as they are now. Raises as ``get`` does."""
    registry = current().registry
    registry.view(instance_id)
    found = registry.conversations.thread(instance_id, conversation_id, limit=limit)
    if found is None:
        raise UnknownConversationError(conversation_id)
    return found


def with_recipient(instance_id: str, recipient: Recipient) -> Conversation:
    """Return the conversation with a recipient; a new one where there is none.

    Its id works at once; a list has it once something is written. Raises UnknownInstanceError,
    StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    return get(instance_id, registry.conversations.begin(instance_id, recipient))


def find_by_message(instance_id: str, message_id: str) -> Conversation | None:
    """Return the conversation in which WhatsApp's id names a message; None when there is none.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    found = registry.conversations.of_message(instance_id, message_id)
    return get(instance_id, found) if found else None


def names(instance_id: str, numbers: Collection[str]) -> Mapping[str, str]:
    """Return what people are called, by those of ``numbers`` (digits, in either spelling) that are known.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    spelled = {form: number for number in numbers for form in number_variants(number)}
    found = registry.conversations.names(instance_id, [*numbers, *spelled])
    return {spelled.get(number, number): name for number, name in found.items()}


def note_seen(instance_id: str, conversation_id: str, *, up_to: str) -> None:
    """Count what arrived in a conversation as looked at, up to the message with that key.

    The senders are not told. Costs nothing while nothing is unread. Raises UnknownInstanceError,
    StorageUnavailableError.
    """
    current().registry.note_conversation_seen(instance_id, conversation_id, up_to=up_to)


def mark_read(instance_id: str, conversation_id: str) -> None:
    """Tell the senders that their messages of a conversation were read: their ticks turn blue.

    Raises UnknownInstanceError, NotConnectedError, WorkerLostError, StorageUnavailableError, AppError
    (not-marked-read, no-answer); those of earlier senders are marked then.
    """
    registry = current().registry
    registry.view(instance_id)
    inbox.tell_read(instance_id, registry.conversations.unmarked(instance_id, conversation_id, limit=_MARKED))


def unread_counts() -> Mapping[str, int]:
    """Return how many messages of others wait to be looked at, by instance id; only where there are any.

    Not among them are missed calls, reactions and votes, what was there before the count began, and what
    was marked as read or seen from here. From memory: fit for every draw of every page.
    """
    registry = current().registry
    counts = {view.id: registry.inbox.unread(view.id) for view in registry.views()}
    return {instance_id: count for instance_id, count in counts.items() if count}
