"""Known contacts: the people an instance wrote to, and the people who wrote to it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from core.models.messages import SendState
from core.store import history_db

_KNOWN: Final = """
SELECT 1 FROM conversation_addresses known WHERE address IN ({})
AND (EXISTS (SELECT 1 FROM inbox WHERE conversation = known.conversation)
OR EXISTS (SELECT 1 FROM sent WHERE conversation = known.conversation AND state <> ?)) LIMIT 1
"""


def knows(folder: Path, numbers: Collection[str]) -> bool:
    """Return whether a message went, or may have gone, to one of ``numbers`` (digits), or came from one.

    By whichever of that person's addresses. A message in a group makes its author no contact. Raises
    StorageUnavailableError.
    """
    query = _KNOWN.format(", ".join("?" * len(numbers)))
    with history_db.reading(folder) as file:
        return (
            file is not None
            and file.execute(query, (*numbers, SendState.FAILED.value)).fetchone() is not None
        )
