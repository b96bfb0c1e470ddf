"""Small JSON files of our own: written in one step, and read into the type that they are declared to hold."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from core.errors import CorruptFileError
from core.models.conversion import convert
from core.store.files import write_atomic

T = TypeVar("T")

_NOT_JSON: Final = (ValueError, RecursionError, IsADirectoryError)


class OtherVersionError(CorruptFileError):
    """The file is sound and of another version than this one reads."""


OPTIONAL: Final = {"optional": True}
"""Metadata of a dataclass's field that came after the first version: written unless it is its default."""


def load(path: Path, kind: type[T], *, largest: int, code: str, version: int | None = None) -> T:
    """Return the file's content as a ``kind``, a dataclass or a msgspec Struct.

    Unknown fields are ignored: a newer version may have written the file. Every field of ``kind`` must be
    there, also one with a default, because ``save`` writes them all; but for ``OPTIONAL`` ones. Types are
    strict: ``1`` is no ``True`` and no ``"1"``; every number is finite. ``largest`` is in bytes. None for
    ``version`` accepts any.

    Raises CorruptFileError with ``code`` when the file holds anything else or is a folder, its subclass
    OtherVersionError for another version, FileNotFoundError, and OSError when it cannot be read now.
    """
    try:
        body = _parse(path, largest)
        if version is not None and body["version"] != version:
            raise OtherVersionError(code, detail="version")
        _require_fields(body, kind)
        return convert(body, kind)
    except msgspec.ValidationError as error:
        # The part before the path may quote what was in the file.
        raise CorruptFileError(code, detail=str(error).rpartition(" - at ")[2]) from error
    except (KeyError, *_NOT_JSON) as error:
        raise CorruptFileError(code, detail=type(error).__name__) from error


def save(path: Path, value: Any, *, version: int, readable: bool = False, line_end: bytes = b"\n") -> None:
    """Write ``value`` (a dataclass or Struct) and its ``version``, durably; mode 0600.

    ``readable`` puts each field on a line of its own and leaves letters as they are. Raises OSError; the old
    content is then still there.
    """
    body = {"version": version, **msgspec.to_builtins(value)}
    for field in fields(value) if is_dataclass(value) else ():
        if field.metadata == OPTIONAL and body[field.name] == field.default:
            del body[field.name]
    if readable:
        text = json.dumps(body, ensure_ascii=False, indent=1)
    else:
        text = json.dumps(body, separators=(",", ":"))
    write_atomic(path, text.encode("utf-8", "surrogatepass") + line_end)


def _parse(path: Path, largest: int) -> dict[str, Any]:
    # Not msgspec's own parser: it refuses the lone surrogates that earlier versions wrote.
    with path.open("rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise ValueError("too large")
    body = json.loads(data, parse_float=_finite, parse_constant=_finite)
    if not isinstance(body, dict):
        raise ValueError("not an object")  # as any other content that is not ours
    return body


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _require_fields(body: dict[str, Any], kind: type) -> None:
    if is_dataclass(kind):
        for field in fields(kind):
            if field.metadata != OPTIONAL:
                body[field.name]  # KeyError names it
