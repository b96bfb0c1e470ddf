"""Known contacts: the people an instance wrote to, and the people who wrote to it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from core.models.messages import SendState
from core.store import history_db

_WROTE: Final = "SELECT 1 FROM sent WHERE contact IN ({}) AND state != ? LIMIT 1"
_HEARD: Final = "SELECT 1 FROM inbox WHERE talk IN ({}) LIMIT 1"


def knows(folder: Path, numbers: Collection[str]) -> bool:
    """Return whether a message went, or may have gone, to one of ``numbers`` (digits), or came from one.

    A message in a group makes its author no contact. Raises StorageUnavailableError.
    """
    marks = ", ".join("?" * len(numbers))
    wrote = history_db.rows(folder, "sent", _WROTE.format(marks), (*numbers, SendState.FAILED.value))
    return bool(wrote or history_db.rows(folder, "inbox", _HEARD.format(marks), tuple(numbers)))
