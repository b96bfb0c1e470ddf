"""What pages read of one conversation: its newest messages, and which of them are unread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from types import MappingProxyType
from typing import Final

from core.models.messages import SentMessage
from core.store import history_db, inbox_table, outbox_table
from core.store.conversations.lists import Fresh, Line, Updates, find, number_of, read_updates
from core.store.inbox_table import StoredMessage

_FIRST: Final = "SELECT min(id) FROM inbox WHERE conversation = ? AND message_id = ?"
_BY_ROW: Final = "~"
"""Begins the key of a message whose id another one of the conversation has too: its author chose it."""


@dataclass(frozen=True, slots=True)
class StoredThread:
    """The newest messages of a conversation, oldest first, each with its key."""

    line: Line
    messages: tuple[tuple[str, SentMessage | StoredMessage], ...]
    has_older: bool
    updates: Updates


def thread(
    folder: Path, public_id: str, *, limit: int, fresh: Fresh = MappingProxyType({})
) -> StoredThread | None:
    """Return the newest ``limit`` messages of a conversation; sends as ``fresh`` has them, where it does.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        found = find(file, folder, public_id, fresh) if file else None
        if file is None or found is None:
            return None
        newest = _newest(file, folder, found.number, limit + 1, fresh)
        messages = tuple((_key(file, found.number, one), one) for one in newest[:limit][::-1])
        ids = [
            one.message.message_id if isinstance(one, StoredMessage) else one.message_id
            for _, one in messages
        ]
        return StoredThread(
            found, messages, len(newest) > limit, read_updates(file, folder, [one for one in ids if one])
        )


def unread_rows(folder: Path, public_id: str, *, up_to: str) -> tuple[int, ...]:
    """Return the rows of what is unread in a conversation up to the message with that key.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        found = number_of(file, public_id) if file else None
        if file is None or found is None:
            return ()
        rows = file.execute(
            "SELECT id FROM inbox WHERE conversation = ? AND unread = 1 AND position <= ?",
            (found, _position(file, found, up_to)),
        )
        return tuple(int(row) for (row,) in rows)


def unmarked(folder: Path, public_id: str, *, limit: int) -> tuple[StoredMessage, ...]:
    """Return the newest messages of others in a conversation whose authors were not told that they were read.

    Raises StorageUnavailableError.
    """
    query = f"""
SELECT {inbox_table.COLUMNS} FROM inbox WHERE conversation = ? AND shown = 1 AND from_me = 0 AND was_read = 0
AND kind <> 'call' ORDER BY position DESC, id DESC LIMIT ?
"""  # noqa: S608  # constants
    with history_db.reading(folder) as file:
        found = number_of(file, public_id) if file else None
        rows = file.execute(query, (found, limit)).fetchall() if file else []
    return tuple(inbox_table.from_row(folder.name, row) for row in rows)


def _newest(
    file: Connection, folder: Path, conversation: int, limit: int, fresh: Fresh
) -> list[SentMessage | StoredMessage]:
    """Return the newest messages, newest first."""
    clause = "WHERE conversation = ? AND shown = 1 ORDER BY position DESC, id DESC LIMIT ?"
    came = file.execute(f"SELECT {inbox_table.COLUMNS} FROM inbox {clause}", (conversation, limit))  # noqa: S608
    placed: list[tuple[tuple[int, float, int], SentMessage | StoredMessage]] = []
    for row in came:
        stored = inbox_table.from_row(folder.name, row)
        placed.append(((stored.position, stored.message.at, stored.row), stored))
    went = file.execute(
        f"SELECT {outbox_table.COLUMNS}, position, id FROM sent {clause}",  # noqa: S608  # constants
        (conversation, limit),
    )
    for *row, position, number in went:
        sent = fresh.get(row[0]) or outbox_table.from_row(folder.name, row)
        placed.append(((position, sent.created_at, number), sent))
    placed.sort(key=lambda one: one[0], reverse=True)
    return [one for _, one in placed[:limit]]


def _key(file: Connection, conversation: int, one: SentMessage | StoredMessage) -> str:
    """Return what names a message in its conversation: an id that a stranger chose may be there twice."""
    if isinstance(one, SentMessage):
        return one.request_id
    message_id = one.message.message_id
    ((first,),) = file.execute(_FIRST, (conversation, message_id))
    return message_id if first == one.row and not message_id.startswith(_BY_ROW) else f"{_BY_ROW}{one.row}"


def _position(file: Connection, conversation: int, key: str) -> int:
    """Return where the message with that key stands; 0 when there is none."""
    if key.startswith(_BY_ROW):
        query, named = (
            "SELECT position FROM inbox WHERE conversation = ? AND id = ?",
            key.removeprefix(_BY_ROW),
        )
    else:
        query, named = f"SELECT position FROM inbox WHERE id = ({_FIRST})", key  # noqa: S608  # constants
    row = (
        file.execute(query, (conversation, named)).fetchone()
        or file.execute(
            "SELECT position FROM sent WHERE conversation = ? AND request_id = ?", (conversation, key)
        ).fetchone()
    )
    return int(row[0]) if row else 0
