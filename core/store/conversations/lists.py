"""What pages read of conversations: the lines of a list, and who people are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from types import MappingProxyType
from typing import Any, Final

from core.models.conversations import Filter
from core.models.messages import SentMessage
from core.models.recipients import number_variants
from core.store import history_db, inbox_table, outbox_table
from core.store.conversations.placing import Placing
from core.store.conversations.words import folded, search_term
from core.store.inbox_table import HAS_WORDS, StoredMessage, places

_LINE: Final = """
SELECT id, public_id, address, number, name, in_group,
(SELECT count(*) FROM inbox WHERE conversation = conversations.id AND unread = 1),
(SELECT id FROM inbox WHERE conversation = conversations.id AND shown = 1
ORDER BY position DESC, id DESC LIMIT 1) AS arrived,
(SELECT id FROM sent WHERE conversation = conversations.id AND shown = 1
ORDER BY position DESC, id DESC LIMIT 1) AS went,
(SELECT max(position) FROM inbox WHERE conversation = conversations.id AND shown = 1),
(SELECT max(position) FROM sent WHERE conversation = conversations.id AND shown = 1)
FROM conversations
"""
_BY_ID: Final = """
WHERE id = (SELECT id FROM conversations WHERE public_id = ?
UNION ALL SELECT conversation FROM joined_conversations WHERE public_id = ?)
"""
_UNREAD: Final = "EXISTS (SELECT 1 FROM inbox WHERE conversation = conversations.id AND unread = 1)"
_NUMBERED: Final = """
EXISTS (SELECT 1 FROM conversation_addresses WHERE conversation = conversations.id AND in_group = 0
AND address NOT LIKE '%@%' AND (instr(address, ?) > 0 OR instr(address, ?) > 0))
"""
_SAYS: Final = f"""
(EXISTS (SELECT 1 FROM inbox WHERE conversation = conversations.id AND shown = 1 AND {HAS_WORDS})
OR EXISTS (SELECT 1 FROM sent WHERE conversation = conversations.id AND state <> 'failed'
AND instr(words, ?) > 0 AND NOT EXISTS (SELECT 1 FROM sent later WHERE later.target = sent.message_id
AND later.target <> '' AND later.state = 'sent'
AND json_extract(later.content, '$.kind') IN ('delete', 'edit'))))
"""  # noqa: S608  # constants
_NAMES: Final = """
SELECT known.address, name FROM conversation_addresses known JOIN conversations ON id = known.conversation
WHERE in_group = 0 AND name <> '' AND known.address IN ({})
"""
_OF_MESSAGE: Final = """
SELECT public_id FROM conversations WHERE id = coalesce(
(SELECT conversation FROM sent WHERE message_id = ? AND message_id <> '' ORDER BY id LIMIT 1),
(SELECT conversation FROM inbox WHERE message_id = ? ORDER BY id LIMIT 1))
"""
Fresh = Mapping[str, SentMessage]
"""Sends by request id that are newer than the file."""
_MOST: Final = 500
"""Parameters of one query."""


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation and its newest message."""

    number: int
    """Of the table."""
    id: str
    address: str = field(repr=False)
    digits: str = field(repr=False)
    name: str = field(repr=False)
    group: bool
    unread: int
    received: StoredMessage | None = None
    sent: SentMessage | None = None
    """One of the two, or none."""


@dataclass(frozen=True, slots=True)
class Updates:
    """Reactions, edits, deletions and votes, each with the number of its conversation."""

    received: tuple[StoredMessage, ...] = ()
    sent: tuple[tuple[int, SentMessage], ...] = ()


def lines(
    folder: Path,
    *,
    text: str = "",
    only: Filter = Filter.ALL,
    limit: int,
    fresh: Fresh = MappingProxyType({}),
) -> tuple[tuple[Line, ...], Updates]:
    """Return the ``limit`` conversations with the newest messages, newest first, and what changes those.

    Sends are as ``fresh`` has them, as far as it does. Raises StorageUnavailableError.
    """
    clauses, arguments = ["latest > 0", "(arrived IS NOT NULL OR went IS NOT NULL)"], list[object]()
    if only is Filter.UNREAD:
        clauses.append(_UNREAD)
    if only is Filter.GROUPS:
        clauses.append("in_group = 1")
    with history_db.reading(folder) as file:
        if file is None:
            return (), Updates()
        if term := search_term(text):
            file.create_function("folded", 1, folded, deterministic=True)
            clauses.append(f"(instr(folded(name), ?) > 0 OR {_NUMBERED} OR {_SAYS})")
            spellings = number_variants(term)
            arguments += [term, spellings[0], spellings[-1], term, term]
        query = f"{_LINE} WHERE {' AND '.join(clauses)} ORDER BY latest DESC, id DESC LIMIT ?"
        found = _lines(file, folder, file.execute(query, (*arguments, limit)).fetchall(), fresh)
        ids = [_message_id(line) for line in found]
        return found, read_updates(file, folder, [one for one in ids if one])


def line(folder: Path, public_id: str, *, fresh: Fresh = MappingProxyType({})) -> tuple[Line, Updates] | None:
    """Return one conversation, by its id or that of one which was joined to it, as ``lines`` does.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        found = find(file, folder, public_id, fresh) if file else None
        if file is None or found is None:
            return None
        return found, read_updates(file, folder, [_message_id(found)])


def updates(folder: Path, message_ids: Sequence[str]) -> Updates:
    """Return what changes messages with these ids; one id may name several.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        return read_updates(file, folder, message_ids) if file else Updates()


def of_message(folder: Path, message_id: str) -> str:
    """Return the id of the conversation in which a message stands; empty for none.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        row = file.execute(_OF_MESSAGE, (message_id, message_id)).fetchone() if file else None
    return str(row[0]) if row else ""


def conversations_of(folder: Path, request_ids: Sequence[str]) -> dict[str, int]:
    """Return the number of the conversation of each of these sends. Raises StorageUnavailableError."""
    wanted = tuple(request_ids)[:_MOST]
    query = f"SELECT request_id, conversation FROM sent WHERE request_id IN ({places(wanted)})"  # noqa: S608
    with history_db.reading(folder) as file:
        return dict(file.execute(query, wanted)) if file else {}


def sent_as(folder: Path, message_id: str) -> tuple[SentMessage, ...]:
    """Return the sends with that id of WhatsApp's. Raises StorageUnavailableError."""
    query = f"SELECT {outbox_table.COLUMNS} FROM sent WHERE message_id = ? AND message_id <> ''"  # noqa: S608
    with history_db.reading(folder) as file:
        rows = file.execute(query, (message_id,)).fetchall() if file else []
    return tuple(outbox_table.from_row(folder.name, row) for row in rows)


def begin(folder: Path, to: str, *, name: str, now: float) -> str:
    """Return the id of the conversation with ``to`` (digits, a group's address or a LID); made if need be.

    ``name`` is what it is called, unless that is known. Raises StorageUnavailableError.
    """
    query = """
SELECT public_id FROM conversation_addresses known JOIN conversations ON id = known.conversation
WHERE known.address = ?
"""
    with history_db.reading(folder) as file:
        row = file.execute(query, (to,)).fetchone() if file else None
    if row is not None:
        return str(row[0])
    with history_db.writing(folder) as file:
        made = Placing(file, now=now, messages=0).of_send(to, name=name)
        file.execute("UPDATE conversations SET name = ? WHERE id = ? AND name = ''", (name, made))
        ((public_id,),) = file.execute("SELECT public_id FROM conversations WHERE id = ?", (made,))
        return str(public_id)


def names(folder: Path, addresses: Collection[str]) -> dict[str, str]:
    """Return what people are called, by those of these addresses that are theirs.

    Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        wanted = tuple(addresses)[:_MOST]
        return dict(file.execute(_NAMES.format(places(wanted)), wanted)) if file else {}


def find(file: Connection, folder: Path, public_id: str, fresh: Fresh) -> Line | None:
    """Return one conversation, by its id or that of one which was joined to it."""
    found = _lines(file, folder, file.execute(f"{_LINE} {_BY_ID}", (public_id, public_id)).fetchall(), fresh)
    return found[0] if found else None


def number_of(file: Connection, public_id: str) -> int | None:
    """Return the number of a conversation in the table, by its id or that of one which was joined to it."""
    row = file.execute(f"SELECT id FROM conversations {_BY_ID}", (public_id, public_id)).fetchone()  # noqa: S608
    return int(row[0]) if row else None


def _lines(file: Connection, folder: Path, rows: Sequence[Sequence[Any]], fresh: Fresh) -> tuple[Line, ...]:
    """Return conversations with the newest message of each."""
    came = [row[7] for row in rows if row[7] is not None and (row[10] is None or row[9] >= row[10])]
    went = [row[8] for row in rows if row[8] is not None and row[7] not in came]
    received = {
        int(row[10]): inbox_table.from_row(folder.name, row)
        for row in _by_id(file, "inbox", inbox_table.COLUMNS, came)
    }
    sent = {
        int(row[-1]): fresh.get(row[0]) or outbox_table.from_row(folder.name, row[:-1])
        for row in _by_id(file, "sent", f"{outbox_table.COLUMNS}, id", went)
    }
    return tuple(
        Line(
            number=row[0],
            id=row[1],
            address=row[2],
            digits=row[3],
            name=row[4],
            group=bool(row[5]),
            unread=row[6],
            received=received.get(row[7]),
            sent=sent.get(row[8]) if row[7] not in received else None,
        )
        for row in rows
    )


def _by_id(file: Connection, table: str, columns: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM {table} WHERE id IN ({places(ids)})"  # noqa: S608  # constants
    return file.execute(query, ids).fetchall() if ids else []


def _message_id(line: Line) -> str:
    if line.received is not None:
        return line.received.message.message_id
    return line.sent.message_id if line.sent is not None else ""


def read_updates(file: Connection, folder: Path, message_ids: Sequence[str]) -> Updates:
    """Return what changes messages with these ids."""
    received: list[StoredMessage] = []
    sent: list[tuple[int, SentMessage]] = []
    for start in range(0, len(message_ids), _MOST):
        part = message_ids[start : start + _MOST]
        # The second condition lets the index of ``target`` be used, which leaves out the empty ones.
        clause = f"WHERE target IN ({places(part)}) AND target <> '' ORDER BY position, id"
        came = file.execute(f"SELECT {inbox_table.COLUMNS} FROM inbox {clause}", part)  # noqa: S608
        received += [inbox_table.from_row(folder.name, row) for row in came]
        went = file.execute(f"SELECT {outbox_table.COLUMNS}, conversation FROM sent {clause}", part)  # noqa: S608
        sent += [(row[-1], outbox_table.from_row(folder.name, row[:-1])) for row in went]
    return Updates(tuple(received), tuple(sent))
