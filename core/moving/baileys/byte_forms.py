"""The forms in which Baileys writes bytes into JSON."""

from __future__ import annotations

import binascii
from typing import Any


def bytes_of(value: Any) -> bytes:
    """Return the bytes that a JSON value stands for. Raises ValueError for anything else.

    ``{"type": "Buffer", "data": …}`` with base64 or numbers, ``{"0": 17, "1": …}`` (a Uint8Array that was
    serialized as an object), a list of numbers, or base64 alone (protobuf objects). Source: Baileys,
    src/Utils/generics.ts, ``BufferJSON``.
    """
    match value:
        case str():
            return _from_base64(value)
        case list():
            return _from_numbers(value)
        case {"type": "Buffer", "data": str() | list() as data}:
            return bytes_of(data)
        case dict():
            return _from_numbers([value.get(str(index)) for index in range(len(value))])
        case _:
            raise ValueError("no bytes")


def _from_base64(text: str) -> bytes:
    # binascii.Error, and what text beyond ASCII raises, are ValueErrors.
    return binascii.a2b_base64(text, strict_mode=True)


def _from_numbers(numbers: list[Any]) -> bytes:
    if not all(type(number) is int for number in numbers):  # True is an int too
        raise ValueError("no numbers")
    return bytes(numbers)
