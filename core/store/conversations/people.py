"""Whether an address is of the person whom a send went to, by all that was seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from core.models.recipients import may_be_one_person
from core.store import history_db
from core.store.conversations.placing import spellings

_SEND: Final = "SELECT conversation, contact FROM sent WHERE request_id = ?"
_CONVERSATIONS: Final = "SELECT DISTINCT conversation FROM conversation_addresses WHERE address IN ({})"
_ADDRESSES: Final = "SELECT address FROM conversation_addresses WHERE conversation = ?"
_BEHIND_LID: Final = """
SELECT contact FROM inbox WHERE sender = ? AND in_group = 1 AND contact <> '' ORDER BY id DESC LIMIT 1
"""


def is_recipient(folder: Path, request_id: str, addresses: Sequence[str]) -> bool | None:
    """Return whether a person with these addresses is the one whom a send went to, as far as can be told.

    ``addresses``: digits of their number, their LID, or both. A person of whom nothing is known may be that
    one; None when there is no such send. Raises StorageUnavailableError.
    """
    with history_db.reading(folder) as file:
        send = file.execute(_SEND, (request_id,)).fetchone() if file else None
        if file is None or send is None:
            return None
        conversation, to = send
        theirs = spellings([*addresses, *_shown_in_groups(file, addresses)])
        query = _CONVERSATIONS.format(", ".join("?" * len(theirs)))
        found = {int(one) for (one,) in file.execute(query, theirs)}
        if found:
            return conversation in found
        known = [str(address) for (address,) in file.execute(_ADDRESSES, (conversation,))]
        return may_be_one_person([to, *known], theirs)


def _shown_in_groups(file: Connection, addresses: Sequence[str]) -> list[str]:
    """Return the numbers that messages in groups showed behind LIDs."""
    rows = (file.execute(_BEHIND_LID, (one,)).fetchone() for one in addresses if "@" in one)
    return [str(row[0]) for row in rows if row]
