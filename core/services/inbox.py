"""What arrived at the instances, as it is now. Threading: everything here is safe from any thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from core.errors import AppError, InvalidInputError
from core.messages.updates import Author, MessageUpdate, apply_updates, author_of, update_of
from core.models.codes import InputCode, RefusalCode
from core.models.content import ABOUT_ANOTHER, Content, Kind, Reference
from core.models.messages import (
    Changes,
    InboxContact,
    InboxEntry,
    LatestMessage,
    SendState,
    SentMessage,
    upload_seconds,
)
from core.models.worker_commands import FetchFile, MarkRead
from core.services.runtime import current
from core.store.inbox_table import Search, StoredMessage
from core.store.temp_file import temporary_download

FILE_LIMIT: Final = 100 * 1024**2
"""Bytes of a file that is fetched."""
_ANSWER_S: Final = 15.0


def conversation(
    instance_id: str,
    *,
    contact: str = "",
    kinds: Collection[Kind] = frozenset(),
    search: str = "",
    limit: int = 50,
) -> tuple[InboxEntry, ...]:
    """Return the newest ``limit`` messages, newest first: of one ``InboxContact.key``, of these kinds.

    ``search`` finds words without regard to accents and case, names, and numbers however they are written.
    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    what = Search(talk=contact, kinds=frozenset(kinds), text=search)
    stored = registry.inbox.search(instance_id, what, limit=limit)
    later = _later(instance_id, [one.message.message_id for one in stored])
    names = registry.inbox.group_names(instance_id)
    return tuple(_entry(one, later.get(one.message.message_id, ()), names) for one in stored)


def contacts(instance_id: str) -> tuple[InboxContact, ...]:
    """Return people and groups in the inbox, the newest first.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    return registry.inbox.contacts(instance_id)


def changes_of_sent(instance_id: str, sent: Sequence[SentMessage]) -> dict[str, Changes]:
    """Return the later changes of messages that this instance sent, by WhatsApp's id: reactions, edits, …

    Only of those that have any. Raises StorageUnavailableError.
    """
    by_id = {one.message_id: one for one in sent if one.message_id}
    me = Author(from_me=True)
    found = {
        message_id: apply_updates(by_id[message_id].content, me, "", later)
        for message_id, later in _later(instance_id, list(by_id)).items()
    }
    return {message_id: each for message_id, each in found.items() if each != Changes()}


def find(instance_id: str, message_id: str) -> InboxEntry | None:
    """Return that message as it is now; None when this instance has it not.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    found = registry.inbox.find(instance_id, [message_id])
    if not found:
        return None
    later = _later(instance_id, [message_id])
    return _entry(found[0], later.get(message_id, ()), registry.inbox.group_names(instance_id))


def fetch(instance_id: str, message_id: str) -> bytes:
    """Return the file of a message, fetched from WhatsApp's servers and decrypted now; it is kept nowhere.

    Blocks, up to some minutes for a large one. Raises UnknownInstanceError, NotConnectedError,
    InvalidInputError (file-too-large; detail: megabytes), WorkerLostError, StorageUnavailableError, AppError
    (file-none, file-gone, file-damaged, file-unreachable, file-not-kept, no-answer).
    """
    registry = current().registry
    registry.view(instance_id)
    found = registry.inbox.find(instance_id, [message_id])
    file = found[0].message.content.file if found else None
    if file is None or not file.remote:
        raise AppError(RefusalCode.FILE_NONE)
    if file.size > FILE_LIMIT:
        raise InvalidInputError(InputCode.FILE_TOO_LARGE, detail=str(FILE_LIMIT // 1024**2))
    with temporary_download() as path:
        registry.ask(
            FetchFile(instance_id, uuid4().hex, remote=file.remote, path=str(path), limit=FILE_LIMIT),
            timeout=upload_seconds(file.size),
        )
        return path.read_bytes()


def mark_read(instance_id: str, message_ids: Collection[str]) -> None:
    """Tell the senders of these messages that they were read: their ticks turn blue.

    Raises UnknownInstanceError, NotConnectedError, WorkerLostError, StorageUnavailableError, AppError
    (not-marked-read, no-answer); those of earlier chats are marked then.
    """
    registry = current().registry
    registry.view(instance_id)
    by_chat: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in registry.inbox.find(instance_id, list(message_ids)):
        if not one.message.from_me and one.message.content.kind is not Kind.CALL:
            by_chat[one.message.chat, one.message.sender].append(one.message.message_id)
    for (chat, sender), ids in by_chat.items():
        registry.ask(
            MarkRead(instance_id, uuid4().hex, chat=chat, sender=sender, message_ids=tuple(ids)),
            timeout=_ANSWER_S,
        )
        registry.note_read(instance_id, ids)


def latest() -> Mapping[str, LatestMessage]:
    """Return the newest message of each instance that has one, sent or received, by instance id.

    From memory: fit for every draw.
    """
    registry = current().registry
    found: dict[str, LatestMessage] = {}
    for view in registry.views():
        ends = (registry.inbox.latest(view.id), registry.latest_sent(view.id))
        if messages := [message for message in ends if message is not None]:
            found[view.id] = max(messages, key=lambda message: message.at)
    return found


def note_seen(instance_id: str) -> None:
    """Count everything that arrived at this instance as looked at; the senders are not told.

    Costs nothing while nothing is unread. Raises UnknownInstanceError.
    """
    registry = current().registry
    registry.view(instance_id)
    if registry.inbox.unread(instance_id):
        registry.note_seen(instance_id)


def reference(entry: InboxEntry) -> Reference:
    """Return the reference that names the entry in an answer or a reaction."""
    return Reference(
        message_id=entry.message_id,
        chat=entry.chat,
        sender="" if entry.from_me else entry.sender,
        from_me=entry.from_me,
        text=first_words(entry.content),
        kind=entry.content.kind,
        thumbnail=entry.content.small_picture,
    )


def first_words(content: Content) -> str:
    """Return one line that stands for a message: its text, else the name of its content; may be empty."""
    return content.first_words


def _later(instance_id: str, message_ids: Sequence[str]) -> dict[str, list[MessageUpdate]]:
    """Return the later messages about each of these: by others, from the phone, and from here."""
    found: dict[str, list[MessageUpdate]] = defaultdict(list)
    for one in current().registry.inbox.about(instance_id, message_ids):
        if one.content.about is not None:
            found[one.content.about.message_id].append(update_of(one))
    asked = set(message_ids)
    for sent in current().registry.sent(instance_id):
        content = sent.content
        target = content.about.message_id if content.about and content.kind in ABOUT_ANOTHER else ""
        if target in asked and sent.state is SendState.SENT:
            found[target].append(MessageUpdate(content, Author(from_me=True), "", "", sent.created_at))
    return found


def _entry(stored: StoredMessage, later: Sequence[MessageUpdate], names: dict[str, str]) -> InboxEntry:
    one = stored.message
    became = apply_updates(one.content, author_of(one), one.chat, later)
    content = one.content
    if became.deleted:
        content = Content(content.kind)
    elif became.edited:
        content = replace(content, text=became.text)
    return InboxEntry(
        instance_id=one.instance_id,
        message_id=one.message_id,
        contact=one.contact,
        name=one.name,
        content=content,
        at=one.at,
        from_me=one.from_me,
        group=one.group,
        group_name=names.get(one.chat, "") if one.group else "",
        chat=one.chat,
        sender=one.sender,
        changes=became,
        read=stored.read,
    )
