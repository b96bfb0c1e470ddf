"""Arrivals on their way into the table ``inbox``: each once, in its conversation, at its place."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

from core.models.content import ABOUT_ANOTHER, WITHOUT_CONTENT, Kind
from core.models.messages import ReceivedMessage
from core.store.conversations.placing import Placing
from core.store.conversations.words import search_text

UNCOUNTED: Final = ABOUT_ANOTHER | {Kind.CALL}
"""Kinds that are never unread."""
_INSERT: Final = """
INSERT OR IGNORE INTO inbox
(message_id, conversation, position, contact, name, kind, content, words, at, from_me, in_group, chat, sender,
target, unread, shown)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# The same author in the same conversation, by whichever of their addresses.
_SAME: Final = """
SELECT id, kind FROM inbox WHERE message_id = ? AND conversation = ? AND from_me = ?
AND (in_group = 0 OR sender = ? OR (contact <> '' AND contact = ?)) LIMIT 1
"""
_SENT_FROM_HERE: Final = (
    "SELECT 1 FROM sent WHERE message_id = ? AND message_id <> '' AND conversation = ? LIMIT 1"
)
_REPLACE: Final = """
UPDATE inbox SET kind = ?, content = ?, words = ?, target = ?, unread = unread AND ?, shown = ? WHERE id = ?
"""
_LATEST: Final = "UPDATE conversations SET latest = max(latest, ?) WHERE id = ?"
_CALLED: Final = "UPDATE conversations SET name = ? WHERE id = ? AND name <> ?"


def insert(file: Connection, arrived: Iterable[ReceivedMessage], placing: Placing) -> None:
    """Insert arrivals, each once, and lead every conversation to its newest message and its person's name.

    One that takes the place of a message that could not be read here fills it.
    """
    newest: dict[int, int] = {}
    called: dict[int, str] = {}
    for message in arrived:
        conversation = placing.of_arrival(message)
        position = placing.position_at(message.at) if message.history else placing.position()
        if not _insert(file, message, conversation, position):
            continue
        if message.content.kind not in ABOUT_ANOTHER:
            newest[conversation] = max(position, newest.get(conversation, 0))
        if message.name and not (message.group or message.from_me):
            called[conversation] = message.name
    file.executemany(_LATEST, [(position, placing.now_in(one)) for one, position in newest.items()])
    file.executemany(_CALLED, [(name, placing.now_in(one), name) for one, name in called.items()])


def _insert(file: Connection, message: ReceivedMessage, conversation: int, position: int) -> bool:
    """Insert an arrival; return False for one that is there already, or was sent from here."""
    content, kind = message.content, message.content.kind
    target = content.about.message_id if content.about and kind in ABOUT_ANOTHER else ""
    what = (kind.value, content.to_json(), search_text(message))
    flags = (not (message.from_me or message.history) and kind not in UNCOUNTED, kind not in ABOUT_ANOTHER)
    author = (message.from_me, message.sender, message.contact)
    there = file.execute(_SAME, (message.message_id, conversation, *author)).fetchone()
    if there is not None:
        row, before = there
        if before in WITHOUT_CONTENT and kind not in WITHOUT_CONTENT:
            file.execute(_REPLACE, (*what, target, *flags, row))
            return True
        return False
    if message.from_me and file.execute(_SENT_FROM_HERE, (message.message_id, conversation)).fetchone():
        return False
    identity = (message.message_id, conversation, position, message.contact, message.name)
    origin = (message.from_me, message.group, message.chat, message.sender)
    return file.execute(_INSERT, (*identity, *what, message.at, *origin, target, *flags)).rowcount > 0
