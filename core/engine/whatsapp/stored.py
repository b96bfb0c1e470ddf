"""A file on WhatsApp's media host: what a message must say of it, kept so that it can be said again."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

_BYTES: Final = ("mediaKey", "fileSHA256", "fileEncSHA256")

Stored = dict[str, Any]
"""By the protobuf's field names."""


def stored(answer: Any) -> Stored:
    """What neonize's answer to an upload says."""
    return {
        "URL": answer.url,
        "directPath": answer.DirectPath,
        "mediaKey": answer.MediaKey,
        "fileSHA256": answer.FileSHA256,
        "fileEncSHA256": answer.FileEncSHA256,
        "fileLength": answer.FileLength,
    }


def to_json(fields: Stored) -> str:
    """One line, for ``Attachment.remote``. A secret: it opens the file."""
    plain = {name: base64.b64encode(fields[name]).decode() for name in _BYTES}
    return json.dumps({**fields, **plain}, separators=(",", ":"))


def from_json(text: str) -> Stored:
    """What ``to_json`` was given."""
    fields: Stored = json.loads(text)
    return fields | {name: base64.b64decode(fields[name]) for name in _BYTES}
