"""The sends of one instance in its ``history.db``: written before they leave, in their place; bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from core.models.content import ABOUT_ANOTHER, Content
from core.models.messages import SendState, SentMessage
from core.store import history_db
from core.store.conversations.placing import Placing
from core.store.conversations.words import content_words

LIMIT: Final = 10_000
"""Sends kept; the oldest go first."""
_TABLE: Final = "sent"
_INSERT: Final = """
INSERT INTO sent
(request_id, message_id, contact, to_name, content, stranger, created_at, state, reason, secret, boot_id,
conversation, position, shown, target, words)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LATEST: Final = "UPDATE conversations SET latest = max(latest, ?) WHERE id = ?"
_UPDATE: Final = """
UPDATE sent SET content = ?, message_id = ?, state = ?, reason = ?,
settled_at = ?, delivered_at = ?, read_at = ?, played_at = ? WHERE request_id = ?
"""
COLUMNS: Final = (
    "request_id, contact, to_name, content, stranger, state, created_at, settled_at, reason, message_id,"
    " delivered_at, read_at, played_at, secret, boot_id"
)


def forget_boot(folder: Path) -> None:
    """Forget in which run of the machine each send was written; ``session.db`` is another copy from now on.

    What was on its way then stays uncertain: that a copy knows nothing of it does not prove that it never
    left. Raises StorageUnavailableError.
    """
    with history_db.writing(folder) as file:
        file.execute("UPDATE sent SET boot_id = ''")


def write_new(folder: Path, *messages: SentMessage) -> None:
    """Write new sends, durably, each in its conversation, in one transaction.

    Raises StorageUnavailableError; nothing is written then.
    """
    with history_db.writing(folder) as file:
        placing = Placing(file, now=messages[-1].created_at, messages=len(messages))
        for message in messages:
            number = _insert(file, message, placing)
        file.execute("DELETE FROM sent WHERE id <= ?", (number - LIMIT,))


def _insert(file: Connection, message: SentMessage, placing: Placing) -> int:
    """Insert one send and return its row's number."""
    content = message.content
    row = (
        message.request_id,
        message.message_id,
        message.to,
        message.to_name,
        _kept(content),
        message.stranger,
        message.created_at,
        message.state.value,
        message.reason,
        message.secret,
        message.boot_id,
    )
    shown = content.kind not in ABOUT_ANOTHER
    target = content.about.message_id if content.about and not shown else ""
    conversation, position = placing.of_send(message.to, name=message.to_name), placing.position()
    place = (conversation, position, shown, target, content_words(content))
    number = file.execute(_INSERT, (*row, *place)).lastrowid or 0
    if shown:
        file.execute(_LATEST, (position, conversation))
    return number


def write_outcomes(folder: Path, sends: Iterable[SentMessage]) -> None:
    """Write how sends ended. Raises StorageUnavailableError; nothing is written then."""
    with history_db.writing(folder) as file:
        file.executemany(
            _UPDATE,
            [
                (
                    _kept(send.content),
                    send.message_id,
                    send.state.value,
                    send.reason,
                    send.settled_at,
                    send.delivered_at,
                    send.read_at,
                    send.played_at,
                    send.request_id,
                )
                for send in sends
            ],
        )


def read(folder: Path, *, limit: int) -> tuple[SentMessage, ...]:
    """Return the newest ``limit`` sends, newest first. Raises StorageUnavailableError."""
    return tuple(from_row(folder.name, row) for row in _rows(folder, "ORDER BY id DESC LIMIT ?", limit))


def find(folder: Path, request_id: str) -> SentMessage | None:
    """Return the send with that request id, however old. Raises StorageUnavailableError."""
    return find_all(folder, [request_id]).get(request_id)


def find_all(folder: Path, request_ids: Sequence[str]) -> dict[str, SentMessage]:
    """Return those sends that have one of these request ids, by it. Raises StorageUnavailableError."""
    if not request_ids:
        return {}
    places = ", ".join("?" * len(request_ids))
    rows = _rows(folder, f"WHERE request_id IN ({places})", *request_ids)
    return {send.request_id: send for send in (from_row(folder.name, row) for row in rows)}


def from_row(instance_id: str, row: Sequence[Any]) -> SentMessage:
    """Return the send in a row of ``COLUMNS``."""
    key, to, to_name, content, stranger, state, created, settled, reason, message_id, *rest = row
    delivered, read_at, played, secret, boot = rest
    return SentMessage(
        request_id=key,
        instance_id=instance_id,
        to=to,
        content=Content.from_json(content),
        state=SendState(state),
        created_at=created,
        settled_at=settled,
        reason=reason,
        message_id=message_id,
        delivered_at=delivered,
        read_at=read_at,
        played_at=played,
        secret=secret,
        boot_id=boot,
        to_name=to_name,
        stranger=bool(stranger),
    )


def _kept(content: Content) -> str:
    """Return the content to store; the path of the temporary file is left out."""
    file = replace(content.file, path="") if content.file else None
    return replace(content, file=file).to_json()


def _rows(folder: Path, clause: str, *arguments: object) -> list[tuple[Any, ...]]:
    query = f"SELECT {COLUMNS} FROM sent {clause}"  # noqa: S608  # every value is an argument
    return history_db.rows(folder, _TABLE, query, arguments)
