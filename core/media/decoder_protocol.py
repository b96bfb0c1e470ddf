"""What the decoder of pictures is asked, and what it answers: JSON on one line, then a file as it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from core.models.codes import InputCode
from core.models.picture_header import is_thumbnail

REQUEST_LIMIT: Final = 16 * 1024**2
"""Bytes of a picture."""
ANSWER_LIMIT: Final = 20 * 1024**2
QUICK_CPU_S: Final = 5
"""Of processor time for one small picture; a few milliseconds are usual."""
SLOW_S: Final = 60
"""For a large one; a sticker of 150 frames takes 10 s and more."""
_BEGINS: Final = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "image/webp": b"RIFF"}
_MOST_FIELDS: Final = 128 * 1024
"""Bytes of the line."""


class Task(StrEnum):
    """What is made of a picture."""

    IMAGE = "image"
    """A message's image."""
    STICKER = "sticker"
    SHOWN = "shown"
    """Something for a page to show."""
    THUMBNAIL = "thumbnail"
    """The same of the small picture in a message."""
    FACE = "face"
    """The same of a profile picture."""
    PROFILE = "profile"
    """A square JPEG out of the middle, for an account's own profile."""
    PREVIEW = "preview"
    """A small JPEG that goes into a message."""
    FRAMES = "frames"
    """Of a picture that moves: its frames, a JPEG after the other."""


QUICK: Final = frozenset({Task.THUMBNAIL, Task.FACE})
"""Tasks with small pictures, of which a page asks for many."""


@dataclass(frozen=True, slots=True)
class Request:
    """A task and its picture."""

    task: Task
    data: bytes = field(repr=False)
    side: int = 0
    """Pixels of the longer side of what is made; 0 where the task knows better."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A picture that was made, or why there is none."""

    data: bytes = field(default=b"", repr=False)
    mime: str = ""
    width: int = 0
    """Of an image or a sticker, as the next two."""
    height: int = 0
    thumbnail: str = field(default="", repr=False)
    moves: bool = False
    """Of an image: there are further frames, which are not in it."""
    percent: int = 100
    """Of an image: how long its sides are, of what they were."""
    shows_ms: int = 0
    """Of frames: how long each shows."""
    refusal: str = ""
    """The error's code; empty when there is a picture."""
    detail: str = ""


def encode_head(task: Task, side: int) -> bytes:
    """Return what stands before the picture in a request."""
    return json.dumps({"task": task, "side": side}).encode() + b"\n"


def parse_request(frame: bytes) -> Request:
    """Return the request in ``frame``."""
    head, _, data = frame.partition(b"\n")
    fields = json.loads(head)
    return Request(Task(fields["task"]), data, side=int(fields["side"]))


def encode_answer(fields: Mapping[str, object], data: bytes = b"") -> bytes:
    """Return an answer; ``fields`` are those of Verdict."""
    return json.dumps(fields).encode() + b"\n" + data


def parse_answer(frame: bytes) -> Verdict:
    """Return what the child said, as far as it is possible: file-damaged for anything else.

    A picture may have taken the child over, so its answer is a stranger's word.
    """
    end = frame.find(b"\n", 0, _MOST_FIELDS)
    try:
        fields = json.loads(frame[: max(0, end)])
        if fields.get("refusal"):
            return Verdict(refusal=str(fields["refusal"])[:40], detail=str(fields["detail"])[:40])
        return _picture(fields, frame[end + 1 :])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict(refusal=InputCode.FILE_DAMAGED)


def _picture(fields: dict[str, object], data: bytes) -> Verdict:
    mime, thumbnail = str(fields["mime"]), str(fields.get("thumbnail", ""))
    if not data.startswith(_BEGINS[mime]):
        raise ValueError(mime)
    if thumbnail and not is_thumbnail(base64.b64decode(thumbnail, validate=True)):
        raise ValueError("thumbnail")
    width, height, shows_ms = (_small(fields.get(name, 0)) for name in ("width", "height", "shows_ms"))
    percent, moves = _small(fields.get("percent", 100)), fields.get("moves") is True
    return Verdict(data, mime, width, height, thumbnail, moves=moves, percent=percent, shows_ms=shows_ms)


def _small(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 65_535:
        raise ValueError("too large a number")
    return value
