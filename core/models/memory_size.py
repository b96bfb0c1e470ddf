"""How much memory a value takes, with all that it holds."""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass

import msgspec


def memory_size(value: object) -> int:
    """Return the bytes that a message, a dataclass, a tuple or a plain value takes, about.

    What is empty costs nothing: all share it. Anything else that is shared counts each time: the figure is a
    bound, not a measurement.
    """
    if not value:
        return 0
    return sys.getsizeof(value) + sum(map(memory_size, _parts(value)))


def _parts(value: object) -> tuple[object, ...]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.astuple(value)
    if is_dataclass(value):
        return tuple(getattr(value, field.name) for field in fields(value))
    return ()
