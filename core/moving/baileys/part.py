"""A value in one of a session's files, read with its type; what is not as it should be names the file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.baileys.byte_forms import bytes_of

LARGEST_PART: Final = 8 << 20
"""Bytes of one file. The session of a contact with 40 closed ratchets and 2,000 late messages has 1 MB."""

_LONGEST_TEXT: Final = 1024
_LONGEST_NAME: Final = 80
_MOST_DIGITS: Final = 15
_NUMBER: Final = re.compile(r"[0-9]{4,}(?=[0-9]{4})")
_NOT_JSON: Final = (ValueError, RecursionError, MemoryError)


class Part:
    """One JSON value and the file that it comes from.

    Every method raises MoveRefusedError (DAMAGED, with the file's name) for a value of another kind.
    """

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value

    def __getitem__(self, field: str) -> Part:
        """Return a field that has to be there."""
        part = self.get(field)
        if part is None:
            raise self.damaged()
        return part

    def get(self, field: str) -> Part | None:
        """Return a field; None when it is missing or null."""
        if not isinstance(self.value, dict):
            raise self.damaged()
        value = self.value.get(field)
        return None if value is None else Part(self.name, value)

    def fields(self) -> Iterator[tuple[str, Part]]:
        """Yield all fields of an object, in their order."""
        if not isinstance(self.value, dict):
            raise self.damaged()
        return ((field, Part(self.name, value)) for field, value in self.value.items())

    def text(self) -> str:
        """Return a text that can be stored, of at most 1,024 characters."""
        if not isinstance(self.value, str) or len(self.value) > _LONGEST_TEXT:
            raise self.damaged()
        # JavaScript cuts a name in the middle of an emoji and keeps the half.
        return self.value.encode("utf-8", "replace").decode()

    def integer(self, lowest: int, highest: int) -> int:
        """Return a whole number between the two, both included."""
        if type(self.value) is not int or not lowest <= self.value <= highest:
            raise self.damaged()
        return self.value

    def whole_number(self) -> int:
        """Return a whole number of up to 15 digits, written as a number or, as protobuf does, in digits."""
        if isinstance(self.value, str):
            text = self.value
            if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
                raise self.damaged()
            return int(text)
        return self.integer(0, 10**_MOST_DIGITS)

    def data(self, *lengths: int) -> bytes:
        """Return bytes of one of these lengths; of any when none is given."""
        try:
            data = bytes_of(self.value)
        except ValueError as error:
            raise self.damaged() from error
        if lengths and len(data) not in lengths:
            raise self.damaged()
        return data

    def damaged(self) -> MoveRefusedError:
        """Return the refusal that names this part."""
        return MoveRefusedError(MoveCode.DAMAGED, masked(self.name))


def parse(name: str, data: bytes, *, largest: int = LARGEST_PART) -> Part:
    """Return the JSON value in a file.

    Raises MoveRefusedError: TOO_LARGE beyond ``largest`` bytes, DAMAGED for what is no JSON or nests deeper
    than any session does.
    """
    if len(data) > largest:
        raise MoveRefusedError(MoveCode.TOO_LARGE, f"{largest >> 20} MB")
    try:
        text = data.decode("utf-8-sig")
        return Part(name, json.loads(text, parse_float=_finite, parse_constant=_finite))
    except _NOT_JSON as error:
        raise MoveRefusedError(MoveCode.DAMAGED, masked(name)) from error


def masked(name: str) -> str:
    """Return a file's name as it may be shown and logged: of a number in it, the last four digits."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in name[:_LONGEST_NAME])
    return _NUMBER.sub("…", shown)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number
