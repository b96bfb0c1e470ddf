"""What arrived at one instance, in its ``history.db``; bounded by count and age."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from core.models.content import ADMIN, Content, Kind
from core.models.messages import InboxContact, ReceivedMessage
from core.models.worker_events import ChatTimer
from core.store import history_db
from core.store.conversations import arrivals
from core.store.conversations import timers as store_timers
from core.store.conversations.placing import Placing
from core.store.conversations.words import folded, search_term
from core.store.history_db import HISTORY_FILE

_GROUP_CALLED: Final = """
UPDATE conversations SET name = ?
WHERE id = (SELECT conversation FROM conversation_addresses WHERE address = ?) AND name <> ?
"""
_NAME: Final = "INSERT OR REPLACE INTO inbox_groups (chat, name) VALUES (?, ?)"
_TRIM: Final = "DELETE FROM inbox WHERE id <= (SELECT id FROM inbox ORDER BY id DESC LIMIT 1 OFFSET ?)"
_TOO_OLD: Final = "DELETE FROM inbox WHERE at < ?"
_EMPTY: Final = (
    """
DELETE FROM conversations WHERE created_at < ?
AND NOT EXISTS (SELECT 1 FROM inbox WHERE conversation = conversations.id)
AND NOT EXISTS (SELECT 1 FROM sent WHERE conversation = conversations.id)
""",
    """
DELETE FROM conversation_addresses WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE id = conversation)
""",
    "DELETE FROM joined_conversations WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE id = conversation)",
)
COLUMNS: Final = (
    "message_id, contact, name, content, at, from_me, in_group, chat, sender, was_read, id, conversation,"
    " position, unread"
)
# Only its author changes a message; an administrator may take back any message of the group.
# The second condition lets the index be used, which leaves out the empty ones.
_LATER: Final = (
    "later.target = inbox.message_id AND later.target <> '' AND later.conversation = inbox.conversation"
)
_BY_AUTHOR: Final = """
(later.from_me = inbox.from_me AND (later.from_me OR inbox.in_group = 0
OR later.sender = inbox.sender OR (later.contact <> '' AND later.contact = inbox.contact)))
"""
_DELETED: Final = f"""
EXISTS (SELECT 1 FROM inbox later WHERE {_LATER} AND later.kind = 'delete'
AND ({_BY_AUTHOR} OR (later.chat = inbox.chat AND json_extract(later.content, '$.name') = '{ADMIN}')))
"""  # noqa: S608  # constants
# A deleted message is found by nothing that it said, an edited one by its newest words.
_WORDS: Final = f"""
coalesce((SELECT later.words FROM inbox later WHERE {_LATER} AND later.kind = 'edit' AND {_BY_AUTHOR}
ORDER BY later.at DESC, later.id DESC LIMIT 1), words)
"""  # noqa: S608  # constants
HAS_WORDS: Final = f"NOT {_DELETED} AND instr({_WORDS}, ?) > 0"
"""Of a row of ``inbox``: whether it says that now."""
_TOGETHER: Final = """
SELECT 1 FROM conversation_addresses one JOIN conversation_addresses other USING (conversation)
WHERE one.address = ? AND other.address IN ({0})
"""
# As ``ReceivedMessage.addresses``.
_BEHIND: Final = """
SELECT 1 FROM inbox WHERE contact IN ({0}) AND ((in_group = 0 AND chat = ?) OR (from_me = 0 AND sender = ?))
LIMIT 1
"""
_OF_CONVERSATION: Final = """
conversation = (SELECT id FROM conversations WHERE public_id = ?
UNION ALL SELECT conversation FROM joined_conversations WHERE public_id = ?)
"""
COUNT_UNREAD: Final = "SELECT count(*) FROM inbox WHERE unread = 1"
_MOST_PARAMETERS: Final = 500


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept, and what time it is."""

    messages: int = 10_000
    """Reactions, edits, … count too; the oldest go first."""
    since: float = 0.0
    """Nothing from before; seconds since the epoch."""
    now: float = 0.0
    """Likewise."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which messages are wanted; everything that is empty wants all."""

    conversation: str = ""
    """Its id for pages."""
    kinds: Collection[Kind] = field(default=frozenset())
    text: str = field(default="", repr=False)
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message, and what is stored beside it."""

    message: ReceivedMessage
    read: bool
    """It was marked as read."""
    row: int = 0
    """Of the table; 0 while it waits in memory, as are the next two."""
    conversation: int = 0
    position: int = 0
    unread: bool = False
    """It was neither looked at nor marked as read."""


def write(  # noqa: PLR0913  # one transaction
    folder: Path,
    arrived: Sequence[ReceivedMessage],
    *,
    names: Mapping[str, str],
    keep: Retention,
    pairs: Mapping[str, str] | None = None,
    timers: Collection[ChatTimer] = (),
) -> None:
    """Write arrivals and what is known of chats, at once.

    That is: names of groups by their address, numbers by the LID of the same person, how long messages last.

    What is there already is not written again, but where only its place was held. Raises
    StorageUnavailableError; nothing is written then.
    """
    with history_db.writing(folder) as file:
        placing = Placing(file, now=keep.now, messages=len(arrived))
        file.executemany(_NAME, list(names.items()))
        arrivals.insert(file, arrived, placing)
        for lid, number in (pairs or {}).items():
            placing.link(lid, number)
        store_timers.note(file, timers, placing)
        file.executemany(_GROUP_CALLED, [(name, chat, name) for chat, name in names.items()])
        _trim(file, keep)


def trim(folder: Path, keep: Retention) -> None:
    """Delete what is too much or too old, where there is an inbox, and conversations that are empty for long.

    Raises StorageUnavailableError.
    """
    if (folder / HISTORY_FILE).exists():
        with history_db.writing(folder) as file:
            _trim(file, keep)
            file.execute(_EMPTY[0], (keep.since,))
            for statement in _EMPTY[1:]:
                file.execute(statement)


def note_read(folder: Path, rows: Iterable[int]) -> None:
    """Mark messages as read, by ``StoredMessage.row``. Raises StorageUnavailableError."""
    with history_db.writing(folder) as file:
        file.executemany("UPDATE inbox SET was_read = 1, unread = 0 WHERE id = ?", [(row,) for row in rows])


def note_seen(folder: Path, rows: Iterable[int] | None = None) -> None:
    """Store that messages were looked at, by ``StoredMessage.row``; all that are there, for None.

    Raises StorageUnavailableError.
    """
    with history_db.writing(folder) as file:
        if rows is None:
            file.execute("UPDATE inbox SET unread = 0 WHERE unread = 1")
        else:
            file.executemany("UPDATE inbox SET unread = 0 WHERE id = ?", [(row,) for row in rows])


def count_unread(folder: Path) -> int:
    """Return how many messages of others were neither looked at nor marked as read.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        return int(file.execute(COUNT_UNREAD).fetchone()[0]) if file else 0


def newest(folder: Path) -> tuple[StoredMessage, str, bool] | None:
    """Return the newest message, none that only changes another; its group's name, and if it was changed.

    Raises StorageUnavailableError.
    """
    query = f"""
SELECT {COLUMNS}, coalesce((SELECT named.name FROM inbox_groups named WHERE named.chat = inbox.chat), ''),
EXISTS (SELECT 1 FROM inbox later WHERE {_LATER}) FROM inbox WHERE +shown = 1
ORDER BY at DESC, id DESC LIMIT 1
"""  # noqa: S608  # constants; without the plus SQLite takes the index of threads, and sorts all there are
    with history_db.reading(folder) as file:
        row = file.execute(query).fetchone() if file else None
    if row is None:
        return None
    *stored, group_name, changed = row
    return from_row(folder.name, stored), str(group_name), bool(changed)


def search(folder: Path, what: Search, *, limit: int) -> tuple[StoredMessage, ...]:
    """Return the newest ``limit`` matching messages, newest first; none that only change another.

    Raises StorageUnavailableError.
    """
    clauses = ["shown = 1", "at >= ?"]
    arguments: list[object] = [what.since]
    if what.conversation:
        clauses.append(_OF_CONVERSATION)
        arguments += [what.conversation, what.conversation]
    if what.kinds:
        clauses.append(f"kind IN ({places(what.kinds)})")
        arguments += sorted(what.kinds)
    if text := search_term(what.text):
        groups = [chat for chat, name in group_names(folder).items() if text in folded(name)]
        clauses.append(f"(({HAS_WORDS}) OR (NOT {_DELETED} AND chat IN ({places(groups)})))")
        arguments += [text, *groups]
    clause = f"WHERE {' AND '.join(clauses)} ORDER BY at DESC, id DESC LIMIT ?"
    return _stored(folder, clause, (*arguments, limit))


def find(folder: Path, message_ids: Sequence[str]) -> tuple[StoredMessage, ...]:
    """Return those of the ids that are there: several of one id, when strangers chose the same.

    Raises StorageUnavailableError.
    """
    return _by(folder, "message_id", message_ids)


def about(folder: Path, message_ids: Sequence[str]) -> tuple[StoredMessage, ...]:
    """Return reactions, edits, deletions and votes on messages with these ids, oldest first.

    Raises StorageUnavailableError.
    """
    return _by(folder, "target", message_ids)


def is_behind(folder: Path, address: str, numbers: Collection[str]) -> bool:
    """Return whether some message shows a LID and one of ``numbers`` (digits) to be one person's.

    Raises StorageUnavailableError.
    """
    together, behind = (query.format(places(numbers)) for query in (_TOGETHER, _BEHIND))
    with history_db.reading(folder) as file:
        if file is None:
            return False
        found = file.execute(together, (address, *numbers)).fetchone()
        return bool(found or file.execute(behind, (*numbers, address, address)).fetchone())


def contacts(folder: Path, *, since: float) -> tuple[InboxContact, ...]:
    """Return the chats in which a message arrived since then, the newest first.

    Raises StorageUnavailableError.
    """
    query = """
SELECT public_id, number, name, in_group FROM conversations
WHERE EXISTS (SELECT 1 FROM inbox WHERE conversation = conversations.id AND at >= ?) ORDER BY latest DESC
"""
    with history_db.reading(folder) as file:
        rows = file.execute(query, (since,)).fetchall() if file else []
    return tuple(InboxContact(key, number, name, bool(group)) for key, number, name, group in rows)


def group_names(folder: Path) -> dict[str, str]:
    """Return every group's name by its address. Raises StorageUnavailableError."""
    return dict(history_db.rows(folder, "inbox_groups", "SELECT chat, name FROM inbox_groups"))


def from_row(instance_id: str, row: Sequence[Any]) -> StoredMessage:
    """Return the message in a row of ``COLUMNS``."""
    message_id, contact, name, stored, at, from_me, group, chat, sender, read, *beside = row
    try:
        content = Content.from_json(stored)
    except ValueError:  # of a version that knew more kinds
        content = Content(Kind.OTHER)
    message = ReceivedMessage(
        instance_id, message_id, contact, name, content, at, bool(from_me), bool(group), chat, sender
    )
    number, conversation, position, unread = beside
    return StoredMessage(message, bool(read), number, conversation, position, bool(unread))


def places(values: Collection[object]) -> str:
    """Return so many placeholders of a query."""
    return ", ".join("?" * len(values))


def _by(folder: Path, column: str, keys: Sequence[str]) -> tuple[StoredMessage, ...]:
    messages: list[StoredMessage] = []
    for start in range(0, len(keys), _MOST_PARAMETERS):
        part = keys[start : start + _MOST_PARAMETERS]
        # The second condition lets the index of ``target`` be used, which leaves out the empty ones.
        clause = f"WHERE {column} IN ({places(part)}) AND {column} <> '' ORDER BY id"
        messages += _stored(folder, clause, part)
    return tuple(messages)


def _stored(folder: Path, clause: str, arguments: Sequence[object]) -> tuple[StoredMessage, ...]:
    query = f"SELECT {COLUMNS} FROM inbox {clause}"  # noqa: S608  # every value is an argument
    with history_db.reading(folder) as file:
        rows = file.execute(query, arguments).fetchall() if file else []
    return tuple(from_row(folder.name, row) for row in rows)


def _trim(file: Connection, keep: Retention) -> None:
    file.execute(_TRIM, (keep.messages,))
    file.execute(_TOO_OLD, (keep.since,))
