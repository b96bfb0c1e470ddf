"""Typed values out of plain ones, with msgspec, from any thread."""

from __future__ import annotations

import threading
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

_lock: Final = threading.Lock()
_known: Final[set[Any]] = set()
"""Types that msgspec has learned."""


def convert(value: object, kind: type[T]) -> T:
    """Return ``value``, made of dicts, lists, texts and numbers, as a ``kind``: a dataclass or a Struct.

    Raises msgspec.ValidationError, a ValueError, for anything else.

    Threading: safe from any thread. msgspec alone is not: of two threads that meet a type for the first time,
    one finds what the other has half written down, and the process ends by SIGSEGV (msgspec 0.22.0). So each
    type, with all those in it, is learned under a lock before it is used.
    """
    if kind not in _known:
        learn(kind)
    return msgspec.convert(value, kind)  # noqa: TID251  # the one place


def learn(kind: type) -> None:
    """Let msgspec learn ``kind`` now: a process that is forked later shares it."""
    with _lock:
        msgspec.json.Decoder(kind)
        _known.add(kind)
