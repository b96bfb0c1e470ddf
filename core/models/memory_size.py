"""How much memory a value takes, with all that it holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any, Final

import msgspec

_PLAIN: Final = frozenset({str, int, float, bool, bytes})
_parts_of: Final[dict[type, Callable[[Any], object]]] = {}
"""What gives the fields of a type in one step; each message that comes in is measured, all its fields."""


def memory_size(value: object) -> int:
    """Return the bytes that a message, a dataclass, a tuple or a plain value takes, about.

    What is empty costs nothing: all share it. Anything else that is shared counts each time: the figure is a
    bound, not a measurement.
    """
    if not value:
        return 0
    total = sys.getsizeof(value)
    for part in _parts(value):
        if part:
            total += sys.getsizeof(part) if type(part) in _PLAIN else memory_size(part)
    return total


def _parts(value: object) -> tuple[object, ...]:
    if isinstance(value, tuple):
        return value
    kind = type(value)
    if kind not in _parts_of:
        _parts_of[kind] = _reader(kind)
    found = _parts_of[kind](value)
    return found if isinstance(found, tuple) else (found,)


def _reader(kind: type) -> Callable[[Any], object]:
    if issubclass(kind, msgspec.Struct):
        names = kind.__struct_fields__
    elif is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
    else:
        names = ()
    return attrgetter(*names) if names else lambda _: ()
