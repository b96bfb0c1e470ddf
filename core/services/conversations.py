"""Conversations of an instance: who it talks with, what was said, and what nobody has looked at yet.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2s

from core.errors import UnknownConversationError
from core.models.content import ABOUT_ANOTHER
from core.models.conversations import Conversation, Filter, Thread, ThreadMessage
from core.models.messages import Changes, LatestMessage
from core.models.recipients import Recipient, is_group_address
from core.services import inbox
from core.services.phone_numbers import number_variants
from core.services.runtime import current

_BEGUN: dict[tuple[str, str], Conversation] = {}


def list_conversations(
    instance_id: str, *, search: str = "", only: Filter = Filter.ALL, limit: int = 60
) -> tuple[Conversation, ...]:
    """Return the ``limit`` conversations in which something was said last, the newest first.

    ``search`` finds names, numbers however they are written, and words, without regard to accents and case.
    Raises UnknownInstanceError, StorageUnavailableError.
    """
    found = [
        one
        for one in _all(instance_id).values()
        if one.latest is not None
        and (only is not Filter.GROUPS or one.group)
        and (only is not Filter.UNREAD or one.unread)
        and search.casefold() in f"{one.name} {one.number} {one.latest.text}".casefold()
    ]
    return tuple(sorted(found, key=lambda one: one.latest.at if one.latest else 0, reverse=True)[:limit])


def get(instance_id: str, conversation_id: str) -> Conversation:
    """Return one conversation, by its id or that of one which was joined to it.

    Raises UnknownInstanceError, UnknownConversationError, StorageUnavailableError.
    """
    current().registry.view(instance_id)
    found = _all(instance_id).get(conversation_id) or _BEGUN.get((instance_id, conversation_id))
    if found is None:
        raise UnknownConversationError(conversation_id)
    return found


def thread(instance_id: str, conversation_id: str, *, limit: int = 60) -> Thread:
    """Return the newest ``limit`` messages of a conversation, as they are now. Raises as ``get`` does."""
    conversation = get(instance_id, conversation_id)
    messages = [
        ThreadMessage(one.message_id, one.at, received=one, changes=one.changes)
        for one in inbox.conversation(instance_id, limit=1000)
        if _id(one.chat if one.group or not one.contact else one.contact) == conversation.id
    ]
    sends = [one for one in current().registry.sent(instance_id) if _id(one.to) == conversation.id]
    changes = inbox.changes_of_sent(instance_id, sends)
    messages += [
        ThreadMessage(
            one.request_id, one.created_at, sent=one, changes=changes.get(one.message_id, Changes())
        )
        for one in sends
        if one.content.kind not in ABOUT_ANOTHER
    ]
    messages.sort(key=lambda one: one.at)
    return Thread(conversation, tuple(messages[-limit:]), len(messages) > limit, "")


def with_recipient(instance_id: str, recipient: Recipient) -> Conversation:
    """Return the conversation with a recipient; a new one where there is none.

    Its id works at once; a list has it once something is written. Raises UnknownInstanceError,
    StorageUnavailableError.
    """
    made = _empty(instance_id, recipient.address, recipient.name)
    _BEGUN[instance_id, made.id] = made
    return get(instance_id, made.id)


def find_by_message(instance_id: str, message_id: str) -> Conversation | None:
    """Return the conversation in which WhatsApp's id names a message; None when there is none.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    found = inbox.find(instance_id, message_id)
    if found is not None:
        return get(instance_id, _id(found.chat if found.group or not found.contact else found.contact))
    sends = (one for one in current().registry.sent(instance_id) if one.message_id == message_id)
    return next((get(instance_id, _id(one.to)) for one in sends), None)


def note_seen(instance_id: str, conversation_id: str, *, up_to: str) -> None:
    """Count what arrived in a conversation as looked at, up to the message with that key.

    The senders are not told. Costs nothing while nothing of it is unread. Raises as ``get`` does.
    """
    get(instance_id, conversation_id)
    if up_to:
        inbox.note_seen(instance_id)


def mark_read(instance_id: str, conversation_id: str) -> None:
    """Tell the senders that their messages of a conversation were read: their ticks turn blue.

    Raises as ``get`` does, and as ``inbox.mark_read``.
    """
    read = thread(instance_id, conversation_id).messages
    inbox.mark_read(
        instance_id, [one.received.message_id for one in read if one.received and not one.received.read]
    )


def unread_counts() -> Mapping[str, int]:
    """Return how many messages of others wait to be looked at, by instance id; only where there are any.

    Not among them are missed calls, reactions and votes, what was there before the count began, and what
    was marked as read or seen from here. From memory: fit for every draw of every page.
    """
    registry = current().registry
    counts = {view.id: registry.inbox.unread(view.id) for view in registry.views()}
    return {instance_id: count for instance_id, count in counts.items() if count}


def _id(address: str) -> str:
    key = address if "@" in address else number_variants(address)[0]
    return blake2s(key.encode(), digest_size=6).hexdigest()


def _empty(instance_id: str, address: str, name: str = "") -> Conversation:
    number = "" if "@" in address else address
    return Conversation(instance_id, _id(address), address, name, number, is_group_address(address))


def _all(instance_id: str) -> dict[str, Conversation]:
    found: dict[str, Conversation] = {}
    for entry in inbox.conversation(instance_id, limit=1000):
        address = entry.chat if entry.group or not entry.contact else entry.contact
        if _id(address) not in found:
            name = entry.group_name if entry.group else "" if entry.from_me else entry.name
            said = LatestMessage(entry.kind, entry.at, entry.from_me, entry.name, entry.contact)
            told = _said(said, entry.content.first_words, entry.changes.deleted)
            found[_id(address)] = _with(_empty(instance_id, address, name), told)
    for sent in current().registry.sent(instance_id):
        if sent.content.kind in ABOUT_ANOTHER:
            continue
        known = found.get(_id(sent.to)) or _empty(instance_id, sent.to, sent.to_name)
        if known.latest is None or known.latest.at < sent.created_at:
            said = LatestMessage(
                sent.content.kind, sent.created_at, from_me=True, tick=sent.tick, state=sent.state
            )
            found[known.id] = _with(known, _said(said, sent.content.first_words, deleted=False))
    return found


def _said(latest: LatestMessage, words: str, deleted: bool) -> LatestMessage:
    return replace(latest, text="" if deleted else words, deleted=deleted)


def _with(conversation: Conversation, latest: LatestMessage) -> Conversation:
    return replace(conversation, latest=latest)
