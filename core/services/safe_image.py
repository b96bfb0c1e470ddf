"""Pictures of strangers, made harmless: decoded in a child process and written anew; only pixels are left."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from core.errors import InvalidInputError
from core.media.decoder_protocol import Task
from core.models.picture_header import is_thumbnail
from core.services.runtime import current

SIDE: Final = 1_280
"""Pixels of the longer side that are shown."""
THUMBNAIL_SIDE: Final = 240
"""The same of a thumbnail."""
FACE_SIDE: Final = 96
"""The same of a profile picture."""


def reencode(data: bytes, *, side: int = SIDE) -> bytes:
    """Return ``data`` as a JPEG, or as a PNG where it is transparent; empty if it cannot be shown.

    Of a moving one, the first frame. Nothing of the file itself is in it: no script, no place, no comment.
    """
    return _made(Task.SHOWN, data, side=side)


def thumbnail_data_uri(thumbnail: str) -> str:
    """Return a thumbnail (base64) as the address of a picture for a page; empty if it is none."""
    try:
        data = base64.b64decode(thumbnail, validate=True)
    except (binascii.Error, ValueError):
        return ""
    # What was stored before inbox were looked at may be anything.
    return address(_made(Task.THUMBNAIL, data, side=THUMBNAIL_SIDE)) if is_thumbnail(data) else ""


def face(data: bytes) -> bytes:
    """Return a profile picture as ``reencode`` does, smaller; empty for anything else (GIF, over 4 MP)."""
    return _made(Task.FACE, data, side=FACE_SIDE)


def address(made: bytes) -> str:
    """Return what ``reencode`` made as the address of a picture for a page; empty for nothing.

    Streamlit gives an address to the browser as it is; bytes it would decode in this process.
    """
    kind = "png" if made.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(made).decode()}" if made else ""


def _made(task: Task, data: bytes, *, side: int) -> bytes:
    try:
        return current().media.decoders.ask(task, data, side=side).data
    except InvalidInputError:
        return b""
