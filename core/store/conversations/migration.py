"""The step that made conversations of what had been stored by number, LID and group. Never changed again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Final

from core.models.recipients import number_variants

_BY_NUMBER: Final = "@s.whatsapp.net"
_DIRECT: Final = """
SELECT chat, contact FROM inbox_before WHERE in_group = 0 GROUP BY chat, contact ORDER BY max(id)
"""
_LINKS: Final = """
SELECT DISTINCT sender, contact FROM inbox_before
WHERE in_group = 1 AND from_me = 0 AND contact <> '' AND sender LIKE '%@lid'
"""
_NAMED: Final = """
SELECT chat, contact, name FROM inbox_before WHERE in_group = 0 AND from_me = 0 AND name <> '' ORDER BY id
"""
_COPY: Final = """
INSERT INTO inbox (id, message_id, conversation, position, contact, name, kind, content, words, at, from_me,
in_group, chat, sender, target, was_read, unread, shown)
SELECT old.id, message_id, coalesce(known.conversation, 0), CAST(at * 1000 AS INTEGER), contact, name, kind,
content, words, at, from_me, in_group, chat, sender, target, was_read,
from_me = 0 AND was_read = 0 AND old.id > coalesce((SELECT up_to FROM inbox_seen), 0)
AND kind NOT IN ('call', 'delete', 'edit', 'reaction', 'vote'),
kind NOT IN ('delete', 'edit', 'reaction', 'vote')
FROM inbox_before old
LEFT JOIN conversation_addresses known
ON known.address = CASE WHEN chat = '' THEN contact ELSE replace(chat, '@s.whatsapp.net', '') END
ORDER BY old.id
"""
_SENT: Final = """
UPDATE sent SET position = CAST(created_at * 1000 AS INTEGER),
conversation = coalesce((SELECT conversation FROM conversation_addresses WHERE address = contact), 0)
"""
_SENT_CONTENT: Final = """
UPDATE sent SET
shown = coalesce(json_extract(content, '$.kind'), '') NOT IN ('delete', 'edit', 'reaction', 'vote'),
target = CASE WHEN json_extract(content, '$.kind') IN ('delete', 'edit', 'reaction', 'vote')
THEN coalesce(json_extract(content, '$.about.message_id'), '') ELSE '' END,
words = folded(coalesce(json_extract(content, '$.text'), '') || ' ' ||
coalesce(json_extract(content, '$.file.name'), '') || ' ' || coalesce(json_extract(content, '$.name'), ''))
WHERE json_valid(content)
"""
_LAST: Final = """
INSERT INTO message_position SELECT 1, max(coalesce((SELECT max(position) FROM inbox), 0),
coalesce((SELECT max(position) FROM sent), 0))
"""


@dataclass(slots=True)
class _Person:
    """The addresses of one conversation."""

    addresses: dict[str, bool] = field(default_factory=dict)
    """In the order in which they were found; with whether a message showed it."""
    number: str = ""
    name: str = ""


def fill(file: Connection) -> None:
    """Put every stored message into a conversation: ``inbox_before`` and ``sent`` as they were."""
    people = _people(file)
    _insert(file, people)
    file.execute(_COPY)
    file.execute(_SENT)
    file.create_function("folded", 1, _folded, deterministic=True)
    file.execute(_SENT_CONTENT)
    file.execute(_LAST)


def _people(file: Connection) -> list[_Person]:
    """Return the conversations, the oldest first."""
    found: dict[str, _Person] = {}
    for chat, contact in file.execute(_DIRECT):
        known = [one for one in (chat.removesuffix(_BY_NUMBER), contact) if one] or [chat]
        person = _joined(found, known, shown=True)
        person.number = contact or person.number
    for (chat,) in file.execute("SELECT DISTINCT chat FROM inbox_before WHERE in_group = 1"):
        _joined(found, (chat,), shown=True)
    for sender, contact in file.execute(_LINKS):
        if sender in found or contact in found:
            person = _joined(found, (sender, contact), shown=True)
            person.number = person.number or contact
    for to, name in file.execute("SELECT contact, max(to_name) FROM sent GROUP BY contact ORDER BY min(id)"):
        person = _joined(found, (to,), shown=False)
        person.name = name or person.name
        person.number = person.number or ("" if "@" in to else to)
    for chat, contact, name in file.execute(_NAMED):
        found[chat.removesuffix(_BY_NUMBER) or contact].name = name
    for chat, name in file.execute("SELECT chat, name FROM inbox_groups"):
        if chat in found:
            found[chat].name = name
    return list({id(person): person for person in found.values()}.values())


def _joined(found: dict[str, _Person], addresses: Iterable[str], *, shown: bool) -> _Person:
    """Return the one conversation of these addresses; those of earlier ones become one.

    Another spelling of a number is the same person as soon as a message showed one of the two.
    """
    wanted = dict.fromkeys(addresses, shown)
    near = [*wanted, *(other for one in wanted for other in _others(found, one, shown=shown))]
    people = {id(found[one]): found[one] for one in near if one in found}
    stays, *others = [*people.values()] or [_Person()]
    for other in others:
        stays.addresses.update(other.addresses)
        stays.number, stays.name = other.number or stays.number, other.name or stays.name
    for address in wanted:
        stays.addresses[address] = shown or stays.addresses.get(address, False)
    found.update(dict.fromkeys(stays.addresses, stays))
    return stays


def _others(found: Mapping[str, _Person], address: str, *, shown: bool) -> list[str]:
    variants = () if "@" in address else number_variants(address)
    return [one for one in variants if one in found and (shown or found[one].addresses[one])]


def _insert(file: Connection, people: Iterable[_Person]) -> None:
    for person in people:
        first = next(iter(person.addresses))
        person.number = person.number or ("" if "@" in first else first)
        address = person.number or first
        number = file.execute(
            "INSERT INTO conversations (public_id, address, number, name, in_group, latest, created_at)"
            " VALUES (lower(hex(randomblob(6))), ?, ?, ?, ?, 0, 0)",
            (address, person.number, person.name, address.endswith("@g.us")),
        ).lastrowid
        file.executemany(
            "INSERT INTO conversation_addresses (address, conversation, shown) VALUES (?, ?, ?)",
            [(one, number, shown) for one, shown in person.addresses.items()],
        )


def _folded(text: str) -> str:
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split())
