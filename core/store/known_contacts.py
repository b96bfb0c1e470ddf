"""Known contacts: the people an instance wrote to, and the people who wrote to it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from core.models.content import Kind
from core.models.messages import SendState
from core.store import history_db

_KNOWN: Final = """
SELECT 1 FROM conversation_addresses known WHERE address IN ({})
AND (EXISTS (SELECT 1 FROM inbox WHERE conversation = known.conversation AND kind <> ?)
OR EXISTS (SELECT 1 FROM sent WHERE conversation = known.conversation AND state <> ?)) LIMIT 1
"""


def knows(folder: Path, numbers: Collection[str]) -> bool:
    """Return whether a message went, or may have gone, to one of ``numbers`` (digits), or came from one.

    By whichever of that person's addresses. Neither a message in a group nor a call makes anybody a contact:
    who calls has said nothing yet. Raises StorageUnavailableError.
    """
    query = _KNOWN.format(", ".join("?" * len(numbers)))
    with history_db.reading(folder) as file:
        if file is None:
            return False
        found = file.execute(query, (*numbers, Kind.CALL.value, SendState.FAILED.value))
        return found.fetchone() is not None
