"""Fetching received files, and telling that messages were read: what a person asks for one at a time."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any, Final

from core.engine.whatsapp.media_cipher import MediaFile
from core.engine.whatsapp.media_download import DownloadError, download, media_path
from core.engine.whatsapp.media_reference import downloadable
from core.models.messages import upload_seconds
from core.models.worker_events import FetchFile, FileFetched, MarkedRead, MarkRead, QuestionFailed

log = logging.getLogger(__name__)

_KINDS: Final = {
    "imageMessage": "image",
    "stickerMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
}
"""Source: whatsmeow, download.go (``classToMediaType``, ``mediaTypeToMMSType``)."""


def fetch_file(command: FetchFile) -> FileFetched | QuestionFailed:
    """Fetch, check and open one file. Blocks until that is done or its time is over."""
    try:
        file = _media_file(command.remote)
        if file.length > command.limit:
            raise DownloadError("file-too-large")
        # Not made anew: who asked may have given up and deleted it.
        with Path(command.path).open("r+b", buffering=0) as target:
            target.truncate()
            size = download(file, target, limit=command.limit, timeout_s=upload_seconds(file.length))
    except (DownloadError, OSError) as error:
        reason = error.reason if isinstance(error, DownloadError) else "file-not-kept"
        log.warning("file not fetched: %s", reason, extra={"instance": command.instance_id})
        return QuestionFailed(command.instance_id, command.request_id, reason=reason)
    return FileFetched(command.instance_id, command.request_id, size=size)


def _media_file(remote: str) -> MediaFile:
    """Return what a message said of its file. Raises DownloadError (file-damaged)."""
    try:
        ((field, part),) = downloadable(remote).ListFields()
        return MediaFile(
            kind=_KINDS[field.name],
            path=media_path(part.directPath, part.URL),
            key=part.mediaKey,
            sha256=part.fileSHA256,
            enc_sha256=part.fileEncSHA256,
            length=part.fileLength,
        )
    except (ValueError, KeyError):
        raise DownloadError("file-damaged") from None


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
