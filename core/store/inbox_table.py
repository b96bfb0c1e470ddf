"""What arrived at one instance, in its ``history.db``; bounded by count and age."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from core.models.content import ABOUT_ANOTHER, ADMIN, Content, Kind
from core.models.messages import InboxContact, ReceivedMessage
from core.store import history_db
from core.store.history_db import HISTORY_FILE

_TABLE: Final = "inbox"
_INSERT: Final = """
INSERT OR IGNORE INTO inbox
(message_id, talk, contact, name, kind, content, words, at, from_me, in_group, chat, sender, target)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_NAME: Final = "INSERT OR REPLACE INTO inbox_groups (chat, name) VALUES (?, ?)"
_TRIM: Final = "DELETE FROM inbox WHERE id <= (SELECT id FROM inbox ORDER BY id DESC LIMIT 1 OFFSET ?)"
_TOO_OLD: Final = "DELETE FROM inbox WHERE at < ?"
_COLUMNS: Final = "message_id, contact, name, content, at, from_me, in_group, chat, sender, was_read"
# Only its author changes a message; an administrator may take back any message of the group.
# The second condition lets the index be used, which leaves out the empty ones.
_LATER: Final = "later.target = inbox.message_id AND later.target <> ''"
_BY_AUTHOR: Final = """
(later.from_me = inbox.from_me AND (later.from_me
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
# As ``ReceivedMessage.addresses``.
_BEHIND: Final = """
SELECT 1 FROM inbox WHERE contact IN ({}) AND ((in_group = 0 AND chat = ?) OR (from_me = 0 AND sender = ?))
LIMIT 1
"""
# As the condition of its index, word for word: SQLite then counts in the index alone.
COUNT_UNREAD: Final = """
SELECT (SELECT count(*) FROM inbox WHERE id > up_to AND from_me = 0 AND was_read = 0
AND kind NOT IN ('call', 'delete', 'edit', 'reaction', 'vote')) FROM inbox_seen
"""
_SEEN: Final = "UPDATE inbox_seen SET up_to = (SELECT coalesce(max(id), 0) FROM inbox)"
UNCOUNTED: Final = ABOUT_ANOTHER | {Kind.CALL}
"""Kinds that are never unread."""
_MOST_PARAMETERS: Final = 500
_DIGITS: Final = re.compile(r"[\d\s()+.-]*\d[\d\s()+.-]*")


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept."""

    messages: int = 10_000
    """Reactions, edits, … count too; the oldest go first."""
    since: float = 0.0
    """Nothing from before; seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which messages are wanted; everything that is empty wants all."""

    talk: str = ""
    kinds: Collection[Kind] = field(default=frozenset())
    text: str = field(default="", repr=False)
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message, and whether it was marked as read."""

    message: ReceivedMessage
    read: bool


def write(
    folder: Path, arrived: Iterable[ReceivedMessage], *, names: Mapping[str, str], keep: Retention
) -> None:
    """Write arrivals and names of groups by their address, in one transaction.

    What is there already is not written again. Raises StorageUnavailableError; nothing is written then.
    """
    with history_db.writing(folder) as file:
        file.executemany(_INSERT, [_row(message) for message in arrived])
        file.executemany(_NAME, list(names.items()))
        _trim(file, keep)


def trim(folder: Path, keep: Retention) -> None:
    """Delete what is too much or too old, where there is an inbox. Raises StorageUnavailableError."""
    if (folder / HISTORY_FILE).exists():
        with history_db.writing(folder) as file:
            _trim(file, keep)


def note_read(folder: Path, message_ids: Iterable[str]) -> None:
    """Mark messages as read. Raises StorageUnavailableError."""
    with history_db.writing(folder) as file:
        file.executemany(
            "UPDATE inbox SET was_read = 1 WHERE message_id = ?",
            [(message_id,) for message_id in message_ids],
        )


def note_seen(folder: Path) -> None:
    """Store that everything there was looked at. Raises StorageUnavailableError."""
    with history_db.writing(folder) as file:
        file.execute(_SEEN)


def count_unread(folder: Path) -> int:
    """Return how many messages of others were neither looked at nor marked as read.

    A file from before this was counted has none. Raises StorageUnavailableError.
    """
    rows = history_db.rows(folder, "inbox_seen", COUNT_UNREAD)
    return int(rows[0][0]) if rows else 0


def newest(folder: Path) -> tuple[ReceivedMessage, str, bool] | None:
    """Return the newest message, none that only changes another; its group's name, and if it was changed.

    Raises StorageUnavailableError.
    """
    none = "', '".join(sorted(ABOUT_ANOTHER))
    query = f"""
SELECT {_COLUMNS}, coalesce((SELECT named.name FROM inbox_groups named WHERE named.chat = inbox.chat), ''),
EXISTS (SELECT 1 FROM inbox later WHERE {_LATER}) FROM inbox WHERE kind NOT IN ('{none}')
ORDER BY id DESC LIMIT 1
"""  # noqa: S608  # constants
    rows = history_db.rows(folder, "inbox_groups", query)
    if not rows:
        return None
    *row, group_name, changed = rows[0]
    return _read(folder.name, tuple(row)).message, str(group_name), bool(changed)


def search(folder: Path, what: Search, *, limit: int) -> tuple[StoredMessage, ...]:
    """Return the newest ``limit`` matching messages, newest first; none that only change another.

    Raises StorageUnavailableError.
    """
    none = "', '".join(sorted(ABOUT_ANOTHER))
    clauses = [f"kind NOT IN ('{none}')", "at >= ?"]
    arguments: list[object] = [what.since]
    if what.talk:
        clauses.append("talk = ?")
        arguments.append(what.talk)
    if what.kinds:
        clauses.append(f"kind IN ({_places(what.kinds)})")
        arguments += sorted(what.kinds)
    if text := search_term(what.text):
        groups = [chat for chat, name in group_names(folder).items() if text in folded(name)]
        clauses.append(f"NOT {_DELETED} AND (instr({_WORDS}, ?) > 0 OR chat IN ({_places(groups)}))")
        arguments += [text, *groups]
    return _stored(folder, f"WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT ?", (*arguments, limit))


def find(folder: Path, message_ids: Sequence[str]) -> tuple[StoredMessage, ...]:
    """Return those of the ids that are there. Raises StorageUnavailableError."""
    return _by(folder, "message_id", message_ids)


def about(folder: Path, message_ids: Sequence[str]) -> tuple[ReceivedMessage, ...]:
    """Return reactions, edits, deletions and votes on these messages, oldest first.

    Raises StorageUnavailableError.
    """
    return tuple(stored.message for stored in _by(folder, "target", message_ids))


def is_behind(folder: Path, address: str, numbers: Collection[str]) -> bool:
    """Return whether some message shows a LID and one of ``numbers`` (digits) to be one person's.

    Raises StorageUnavailableError.
    """
    query = _BEHIND.format(_places(numbers))
    rows = history_db.rows(folder, _TABLE, query, (*numbers, address, address))
    return bool(rows)


def contacts(folder: Path, *, since: float) -> tuple[InboxContact, ...]:
    """Return the chats with a message since then, the newest first. Raises StorageUnavailableError."""
    query = """
SELECT talk, in_group, max(contact), max(id),
coalesce((SELECT name FROM inbox named WHERE named.talk = inbox.talk AND named.name <> ''
AND named.from_me = 0 ORDER BY named.id DESC LIMIT 1), '') FROM inbox
WHERE at >= ? GROUP BY talk ORDER BY max(id) DESC
"""
    names = group_names(folder)
    rows = history_db.rows(folder, _TABLE, query, (since,))
    return tuple(
        InboxContact(
            key=talk,
            number="" if group else contact,
            name=names.get(talk, "") if group else name,
            group=bool(group),
        )
        for talk, group, contact, _, name in rows
    )


def group_names(folder: Path) -> dict[str, str]:
    """Return every group's name by its address. Raises StorageUnavailableError."""
    return dict(history_db.rows(folder, "inbox_groups", "SELECT chat, name FROM inbox_groups"))


def folded(text: str) -> str:
    """Return ``text`` for comparing: without accents, upper case and runs of blanks."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


def search_text(message: ReceivedMessage) -> str:
    """Return all that a message can be found by."""
    content = message.content
    file = content.file.name if content.file else ""
    parts = (content.text, file, content.name, content.address, content.phone, *content.options)
    return folded("\n".join((*parts, message.name, message.contact)))


def search_term(typed: str) -> str:
    """Return what was typed in the form of ``search_text``; a number without its blanks and hyphens."""
    return re.sub(r"\D", "", typed) if _DIGITS.fullmatch(typed.strip()) else folded(typed)


def _by(folder: Path, column: str, keys: Sequence[str]) -> tuple[StoredMessage, ...]:
    messages: list[StoredMessage] = []
    for start in range(0, len(keys), _MOST_PARAMETERS):
        part = keys[start : start + _MOST_PARAMETERS]
        # The second condition lets the index of ``target`` be used, which leaves out the empty ones.
        clause = f"WHERE {column} IN ({_places(part)}) AND {column} <> '' ORDER BY id"
        messages += _stored(folder, clause, part)
    return tuple(messages)


def _stored(folder: Path, clause: str, arguments: Sequence[object]) -> tuple[StoredMessage, ...]:
    query = f"SELECT {_COLUMNS} FROM inbox {clause}"  # noqa: S608  # every value is an argument
    rows = history_db.rows(folder, _TABLE, query, arguments)
    return tuple(_read(folder.name, row) for row in rows)


def _read(instance_id: str, row: tuple[Any, ...]) -> StoredMessage:
    message_id, contact, name, stored, at, from_me, group, chat, sender, read = row
    try:
        content = Content.from_json(stored)
    except ValueError:  # of a version that knew more kinds
        content = Content(Kind.OTHER)
    message = ReceivedMessage(
        instance_id, message_id, contact, name, content, at, bool(from_me), bool(group), chat, sender
    )
    return StoredMessage(message, bool(read))


def _row(message: ReceivedMessage) -> tuple[object, ...]:
    content = message.content
    target = content.about.message_id if content.about and content.kind in ABOUT_ANOTHER else ""
    identity = (message.message_id, message.conversation_key, message.contact, message.name)
    words = (content.kind.value, content.to_json(), search_text(message))
    origin = (message.from_me, message.group, message.chat, message.sender)
    return (*identity, *words, message.at, *origin, target)


def _places(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _trim(file: Connection, keep: Retention) -> None:
    file.execute(_TRIM, (keep.messages,))
    file.execute(_TOO_OLD, (keep.since,))
