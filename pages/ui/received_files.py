"""Files of messages that this visitor fetched: for no one else, and gone with the visit."""

from __future__ import annotations

from hashlib import blake2s
from typing import Final

from core.models.messages import InboxEntry
from core.services.received_file import ReceivedFile
from pages.ui.state import Slot

_MOST_BYTES: Final = 120 * 1024**2
_FILES: Final = Slot("received-files", dict[str, ReceivedFile])


def key_of(entry: InboxEntry) -> str:
    """Return what names a message of an instance in keys of widgets: ids are written by strangers.

    In a group that two instances are in, both have the same message under the same id.
    """
    named = f"{entry.instance_id} {entry.chat} {entry.sender} {entry.message_id}"
    return blake2s(named.encode(errors="replace"), digest_size=6).hexdigest()


def file_of(key: str) -> ReceivedFile | None:
    """Return the file that was fetched of the message that ``key_of`` names; None when none is kept."""
    return _FILES.get().get(key)


def keep_file(key: str, file: ReceivedFile) -> None:
    """Keep a file; of all that are kept, the earliest go when they are 120 MB together."""
    files = _FILES.keep()
    files.pop(key, None)
    files[key] = file
    while len(files) > 1 and sum(len(kept.data) for kept in files.values()) > _MOST_BYTES:
        del files[next(iter(files))]
