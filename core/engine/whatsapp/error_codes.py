"""From the texts of neonize's errors to our stable codes. No I/O."""

from __future__ import annotations

import re
from typing import Final

from core.models.codes import SendCode

_ACK_LOST: Final = "disconnected before message send"
_ON_REPEAT: Final = ("websocket not connected", "frame socket is closed")
"""Alone, without a word of what failed: the core was about to send a second time what it had written once.

Source: whatsmeow's ``request.go``, ``retryFrame``; the same on the first time comes behind "failed to send".
"""
_SERVER_ERROR: Final = re.compile(r"\berror:? (\d{3})\b")


_STORAGE: Final = {
    "database or disk is full": SendCode.DISK_FULL,
    "attempt to write a readonly database": SendCode.READ_ONLY,
    "unable to open database file": SendCode.SESSION_UNREADABLE,
    "disk i/o error": SendCode.SESSION_UNREADABLE,
}
"""SQLite's words, which whatsmeow puts at the end of its own. Source: sqlite3ErrStr in SQLite's main.c."""


def storage_failure(error_text: str) -> str:
    """Return the stable code when the core failed because its store cannot be written; else empty."""
    text = error_text.casefold()
    return next((code for words, code in _STORAGE.items() if words in text), "")


_UPLOAD_STATUS: Final = re.compile(r"status code (\d{3})")
_TOO_LARGE: Final = "413"


def upload_failure(error_text: str) -> str:
    """Return the stable code for the text of an error that the core raised while uploading a file.

    ``media-too-large``, ``media-refused``, ``media-unreachable`` or ``not-connected``; in none of these cases
    did anything go out. Source: texts in whatsmeow's ``upload.go`` and ``mediaconn.go``.
    """
    if status := _UPLOAD_STATUS.search(error_text):
        return SendCode.MEDIA_TOO_LARGE if status[1] == _TOO_LARGE else SendCode.MEDIA_REFUSED
    # The connection itself is asked which host takes files.
    return SendCode.NOT_CONNECTED if "refresh media connection" in error_text else SendCode.MEDIA_UNREACHABLE


_GROUP_GONE: Final = ("not participating in that group", "that group does not exist")


def send_failure(error_text: str) -> str:
    """Return the stable code for the text of an error that the core raised while sending.

    ``wa-error-<n>`` for an error number of WhatsApp's server (463 is the best known), ``not-connected``,
    ``send-timeout``, ``wa-group-left``, those of ``storage_failure``, else ``wa-send-refused``.
    Source: texts in whatsmeow's ``errors.go`` and ``send.go``.
    """
    text = error_text.casefold()
    if storage := storage_failure(text):
        return storage  # each of them is written before the message goes out
    if any(words in text for words in _GROUP_GONE):
        return SendCode.GROUP_LEFT
    if number := _SERVER_ERROR.search(text):
        return f"wa-error-{number[1]}"
    if _ACK_LOST in text or "failed to write" in text or text in _ON_REPEAT:
        return SendCode.TIMEOUT  # it was on its way: it may have arrived
    if "timed out" in text or "timeout" in text or "deadline" in text:
        return SendCode.TIMEOUT
    if "not connected" in text or "not logged in" in text or "websocket" in text or "disconnect" in text:
        return SendCode.NOT_CONNECTED
    return SendCode.REFUSED
