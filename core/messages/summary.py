"""The newest message of an instance in one line, and how many are unread: for pages that list instances."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import StorageUnavailableError
from core.messages.updates import apply_updates, author_of, update_of
from core.models.content import ABOUT_ANOTHER, Kind
from core.models.messages import LatestMessage, ReceivedMessage, SendState, SentMessage
from core.store import inbox_table

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of an inbox without reading it."""

    unread: int = 0
    latest: LatestMessage | None = None


def read_summary(folder: Path) -> Summary | None:
    """Return the summary of the inbox on the disk; None when it cannot be read now."""
    try:
        found = inbox_table.newest(folder)
        if found is None:
            return Summary()
        stored, group_name, changed = found
        newest = stored.message
        about = inbox_table.about(folder, [newest.message_id]) if changed else ()
        later = [one.message for one in about if one.conversation == stored.conversation]
        unread = inbox_table.count_unread(folder)
    except StorageUnavailableError as error:
        log.warning("no summary of an inbox: %s", error, extra={"instance": folder.name})
        return None
    became = apply_updates(newest.content, author_of(newest), newest.chat, map(update_of, later))
    words = replace(newest.content, text=became.text) if became.edited else newest.content
    latest = received(newest, "" if became.deleted else words.first_words, group_name if newest.group else "")
    return Summary(unread, replace(latest, deleted=became.deleted))


def received(message: ReceivedMessage, words: str, group_name: str) -> LatestMessage:
    """Return an arrival as the newest message; ``words`` are its first ones as they are now."""
    return LatestMessage(
        message.content.kind,
        message.at,
        from_me=message.from_me,
        name="" if message.from_me else message.name,
        contact=message.contact,
        text=words,
        group=message.group,
        group_name=group_name,
    )


def sent(newest_first: tuple[SentMessage, ...]) -> LatestMessage | None:
    """Return the newest of these sends that did not fail, as it is now; None without one."""
    newest = next(
        (
            send
            for send in newest_first
            if send.state is not SendState.FAILED and send.content.kind not in ABOUT_ANOTHER
        ),
        None,
    )
    if newest is None:
        return None
    changes = [
        send.content
        for send in newest_first
        if send.state is SendState.SENT
        and send.content.about is not None
        and send.content.about.message_id == newest.message_id
    ]
    deleted = any(change.kind is Kind.DELETE for change in changes)
    edits = [change.first_words for change in changes if change.kind is Kind.EDIT]
    words = edits[0] if edits else newest.content.first_words
    return LatestMessage(
        newest.content.kind,
        newest.created_at,
        from_me=True,
        contact="" if newest.to_name else newest.to,
        text="" if deleted else words,
        deleted=deleted,
        group=bool(newest.to_name),
        group_name=newest.to_name,
    )
