"""How long messages of a conversation last, as WhatsApp last told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from core.models.recipients import number_variants
from core.models.worker_events import ChatTimer
from core.store import history_db
from core.store.conversations.placing import Placing

# What was set later counts, in whatever order it is told.
_NOTE: Final = "UPDATE conversations SET timer = ?, timer_at = ? WHERE id = ? AND timer_at <= ?"
_FIND: Final = """
SELECT timer, timer_at FROM conversations JOIN conversation_addresses of ON of.conversation = conversations.id
WHERE of.address IN ({}) AND timer_at > 0 ORDER BY timer_at DESC LIMIT 1
"""


def note(file: Connection, timers: Iterable[ChatTimer], placing: Placing) -> None:
    """Store timers, each in its conversation; one of which nothing was known is begun."""
    for timer in timers:
        conversation = placing.of_chat(timer.chat, timer.contact)
        file.execute(_NOTE, (timer.seconds, timer.at, conversation, timer.at))


def find(folder: Path, to: str) -> tuple[int, float] | None:
    """Return seconds (0: for ever) and when that was set, for messages to ``to``; None when it is not known.

    ``to`` is digits, a group's address or a LID. Raises StorageUnavailableError.
    """
    addresses = (to,) if "@" in to else number_variants(to)
    with history_db.reading(folder) as file:
        query = _FIND.format(", ".join("?" * len(addresses)))
        row = file.execute(query, addresses).fetchone() if file else None
    return (int(row[0]), float(row[1])) if row else None
