"""Fetching received files, and telling that messages were read: what a person asks for one at a time."""

from __future__ import annotations

import importlib
import logging
import re
from pathlib import Path
from typing import Any, Final

from core.engine.remote import downloadable
from core.models.events import FetchFile, FileFetched, MarkedRead, MarkRead, QuestionFailed

log = logging.getLogger(__name__)

_GONE: Final = re.compile(r"status code (403|404|410)\b")
"""What WhatsApp's servers answer for a file that they keep no more. Source: whatsmeow's errors.go."""
_DAMAGED: Final = (
    "invalid media hmac",
    "hash of media",
    "file length does not match",
    "file too short",
    "failed to decrypt",
)


def fetch_file(client: Any, command: FetchFile) -> FileFetched | QuestionFailed:
    """Fetch, check and decrypt one file. Blocks until the media host answers or the core gives up."""

    def refused(reason: str) -> QuestionFailed:
        return QuestionFailed(command.instance_id, command.request_id, reason=reason)

    try:
        message = downloadable(command.remote)
    except ValueError:
        return refused("file-damaged")
    if any(part.fileLength > command.limit for _, part in message.ListFields()):
        return refused("file-too-large")
    try:
        data = client.download_any(message)
    except Exception as error:
        # neonize raises errors of several families here; the text is the core's own.
        reason = download_failure(str(error))
        log.warning("file not fetched: %s", reason, extra={"instance": command.instance_id})
        return refused(reason)
    if len(data) > command.limit:
        return refused("file-too-large")
    try:
        Path(command.path).write_bytes(data)
    except OSError as error:
        log.warning("file not kept: %s", error, extra={"instance": command.instance_id})
        return refused("file-not-kept")
    return FileFetched(command.instance_id, command.request_id, size=len(data))


def download_failure(error_text: str) -> str:
    """The stable code for the core's words when a file could not be had.

    ``file-gone``, ``file-damaged``, else ``file-unreachable``. Source: whatsmeow's errors.go and download.go.
    """
    text = error_text.casefold()
    if _GONE.search(text):
        return "file-gone"
    if any(word in text for word in _DAMAGED):
        return "file-damaged"
    return "file-unreachable"


def mark_read(client: Any, command: MarkRead) -> MarkedRead | QuestionFailed:
    """Tell the sender that messages were read (blue ticks). Blocks for a moment."""
    build = importlib.import_module("neonize.utils.jid").build_jid
    kinds = importlib.import_module("neonize.utils.enum").ReceiptType
    chat, sender = (build(*address.split("@", 1)) for address in (command.chat, command.sender))
    try:
        client.mark_read(*command.message_ids.split(), chat=chat, sender=sender, receipt=kinds.READ)
    except Exception as error:
        # As above.
        log.warning("not marked as read: %s", type(error).__name__, extra={"instance": command.instance_id})
        return QuestionFailed(command.instance_id, command.request_id, reason="not-marked-read")
    return MarkedRead(command.instance_id, command.request_id)
