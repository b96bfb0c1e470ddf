"""Evolution API: a row of its table ``Session`` and the Redis hash of the same instance, each as JSON.

The row holds ``creds.json`` as JSON that was encoded twice (src/utils/use-multi-file-auth-state-prisma.ts),
the hash what Baileys keeps in files (src/cache/rediscache.ts). With ``CACHE_REDIS_SAVE_INSTANCES`` the hash
holds ``creds`` too, and there is no row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from core.moving.baileys.folder import CREDS, MOST_FILES, SUFFIX
from core.moving.baileys.names import kind_and_id
from core.moving.baileys.part import Part, parse

LARGEST_EXPORT: Final = 64 << 20
"""Bytes of one exported JSON file. An instance with 5,000 conversations has about 15 MB."""
_CREDS_FIELD: Final = "creds"
_ENCODED: Final = 3
"""As often a row's creds may be wrapped in JSON: by the app, by the column's type, by the export."""

Files = dict[str, bytes]


class Row(NamedTuple):
    """One row of ``Session``."""

    session_id: str
    """The id of the instance, which its folder and its hash are named after."""
    creds: bytes


class Export(NamedTuple):
    """What one JSON file of an export holds."""

    rows: tuple[Row, ...]
    hashes: tuple[Files, ...]
    """Each as the files of a folder."""


def read_export(name: str, data: bytes) -> Export:
    """Return the rows and hashes in an exported JSON file; none of either for any other JSON.

    A row alone, a list of rows, a hash as an object or as the list that older ``redis-cli --json`` prints, or
    an object of these. Raises MoveRefusedError: TOO_LARGE, DAMAGED for what is no JSON.
    """
    top = parse(name, data, largest=LARGEST_EXPORT)
    values = list(_candidates(top.value))
    return Export(
        rows=tuple(row for value in values if (row := _row(value)) is not None),
        hashes=tuple(found for value in values if (found := _hash(value))),
    )


def creds_of(row: Row) -> bytes:
    """Return the content of ``creds.json`` in a row. Raises MoveRefusedError (DAMAGED) if there is none."""
    data = row.creds
    for _ in range(_ENCODED):
        part = parse(CREDS, data)
        if isinstance(part.value, dict):
            return data
        data = _encoded(part)
    raise Part(CREDS, None).damaged()


def _encoded(part: Part) -> bytes:
    if not isinstance(part.value, str):
        raise part.damaged()
    return part.value.encode("utf-8", "surrogatepass")


def _candidates(value: Any) -> Iterator[Any]:
    """Yield the value, and what it is a list or an object of."""
    yield value
    if isinstance(value, list):
        yield from value[:MOST_FILES]
    elif isinstance(value, dict) and len(value) <= MOST_FILES:
        yield from value.values()


def _row(value: Any) -> Row | None:
    match value:
        case {"sessionId": str() as session_id, "creds": str() | dict() as creds}:
            return Row(session_id, _json(creds))
        case _:
            return None


def _hash(value: Any) -> Files:
    """Return a hash's fields as the files of a folder; none for what is no hash."""
    if isinstance(value, list) and len(value) % 2 == 0:
        names = value[::2]
        value = dict(zip(names, value[1::2], strict=True)) if _all_texts(names) else {}
    if not isinstance(value, dict) or "sessionId" in value:
        return {}
    fields = {name: _field(content) for name, content in value.items() if _is_field(name)}
    return {name + SUFFIX: content for name, content in fields.items() if content}


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_field(name: str) -> bool:
    return name == _CREDS_FIELD or kind_and_id(name) is not None


def _field(content: Any) -> bytes:
    """Return a field's JSON: Redis holds it as text; an export may have opened it."""
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    return _json(content) if isinstance(content, dict) else b""


def _json(value: Any) -> bytes:
    """Return JSON; empty for what nests so deep that it could be read and cannot be written."""
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return b""
