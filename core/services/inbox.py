"""What arrived at the instances, as it is now. Threading: everything here is safe from any thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import uuid4

from core.errors import AppError, InvalidInputError
from core.media.file_type import shown
from core.models.codes import InputCode, RefusalCode
from core.models.content import Attachment, Content, Kind, Reference
from core.models.messages import (
    Changes,
    InboxContact,
    InboxEntry,
    LatestMessage,
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
    what = Search(conversation=contact, kinds=frozenset(kinds), text=search)
    return registry.conversations.entries(instance_id, registry.inbox.search(instance_id, what, limit=limit))


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
    return current().registry.conversations.changes_of_sent(instance_id, sent)


def find(instance_id: str, message_id: str) -> tuple[InboxEntry, ...]:
    """Return the messages with that id as they are now: several, when strangers chose the same.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    registry = current().registry
    registry.view(instance_id)
    return registry.conversations.entries(instance_id, registry.inbox.find(instance_id, [message_id]))


def fetch(instance_id: str, message_id: str, *, chat: str = "", sender: str = "") -> bytes:
    """Return the file of a message that arrived, or was sent from here: fetched and decrypted now.

    It comes from WhatsApp's servers and is kept nowhere.

    ``chat`` and ``sender``, as the entry has them, tell messages apart whose authors chose the same id.
    Blocks, up to some minutes for a large one. Raises UnknownInstanceError, NotConnectedError,
    InvalidInputError (file-too-large; detail: the limit), WorkerLostError, StorageUnavailableError, AppError
    (file-none, file-gone, file-damaged, file-unreachable, file-not-kept, no-answer).
    """
    registry = current().registry
    registry.view(instance_id)
    file = _file_of(instance_id, message_id, chat, sender)
    if file is None or not file.remote:
        raise AppError(RefusalCode.FILE_NONE)
    if file.size > FILE_LIMIT:
        raise _too_large()
    with temporary_download() as path:
        query = FetchFile(instance_id, uuid4().hex, remote=file.remote, path=str(path), limit=FILE_LIMIT)
        try:
            registry.ask(query, timeout=upload_seconds(file.size))
        except AppError as error:
            if error.code == InputCode.FILE_TOO_LARGE:  # though the message says less
                raise _too_large() from None
            raise
        return path.read_bytes()


def _too_large() -> InvalidInputError:
    return InvalidInputError(InputCode.FILE_TOO_LARGE, detail=shown(FILE_LIMIT))


def _file_of(instance_id: str, message_id: str, chat: str, sender: str) -> Attachment | None:
    if found := _named(instance_id, [message_id], chat, sender):
        return found[0].message.content.file
    sends = (one for one in current().registry.sent(instance_id) if one.message_id == message_id)
    return next((one.content.file for one in sends), None)


def mark_read(instance_id: str, message_ids: Collection[str], *, chat: str = "", sender: str = "") -> None:
    """Tell the senders of these messages that they were read: their ticks turn blue.

    ``chat`` and ``sender`` as for ``fetch``.
    Raises UnknownInstanceError, NotConnectedError, WorkerLostError, StorageUnavailableError, AppError
    (not-marked-read, no-answer); those of earlier chats are marked then.
    """
    registry = current().registry
    registry.view(instance_id)
    tell_read(instance_id, _named(instance_id, list(message_ids), chat, sender))


def tell_read(instance_id: str, messages: Sequence[StoredMessage]) -> None:
    """Tell the senders of these messages that they were read; raises as ``mark_read`` does."""
    registry = current().registry
    by_chat: dict[tuple[str, str], list[StoredMessage]] = defaultdict(list)
    for one in messages:
        if not one.message.from_me and one.message.content.kind is not Kind.CALL:
            by_chat[one.message.chat, one.message.sender].append(one)
    for (chat, sender), theirs in by_chat.items():
        ids = tuple(one.message.message_id for one in theirs)
        registry.ask(
            MarkRead(instance_id, uuid4().hex, chat=chat, sender=sender, message_ids=ids), timeout=_ANSWER_S
        )
        registry.note_read(instance_id, [one.row for one in theirs])


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
    """Return one line that stands for a message in a quote: its text, else the name in it; may be empty.

    Empty for a call, whose name is a code: a quote goes out to another person.
    """
    return "" if content.kind is Kind.CALL else content.first_words


def _named(instance_id: str, message_ids: Sequence[str], chat: str, sender: str) -> list[StoredMessage]:
    return [
        one
        for one in current().registry.inbox.find(instance_id, message_ids)
        if chat in ("", one.message.chat) and sender in ("", one.message.sender)
    ]
