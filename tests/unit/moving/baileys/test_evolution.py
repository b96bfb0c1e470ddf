"""Exports of Evolution API: the row, the hash, in each form that the usual clients print."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.baileys import evolution
from core.moving.baileys.evolution import Row, creds_of, read_export
from tests.support.baileys import samples
from tests.support.moving_keys import made_device

CREDS = samples.creds_of(made_device())
HASH = {"pre-key-1": json.dumps(samples.pair(b"k" * 32)), "session-1_1.0": "{}"}
FILES = {name + ".json": content.encode() for name, content in HASH.items()}


def row(creds: Any = None, *, session_id: str = "0b9c") -> dict[str, Any]:
    """A row as `row_to_json` prints it."""
    return {"id": "cm1", "sessionId": session_id, "creds": creds, "createdAt": "2026-11-01T10:00:00"}


def read(value: Any) -> evolution.Export:
    return read_export("session.json", json.dumps(value).encode())


@pytest.mark.parametrize("wraps", [0, 1, 2, 3])
def test_creds_are_read_however_often_they_were_encoded(wraps: int) -> None:
    """As an object, as JSON, and as JSON of JSON, which is what Evolution writes; but not without end."""
    creds: Any = CREDS
    for _ in range(wraps):
        creds = json.dumps(creds)
    (found,) = read(row(creds)).rows
    assert found.session_id == "0b9c"
    if wraps < 3:
        assert json.loads(creds_of(found)) == CREDS
    else:
        with pytest.raises(MoveRefusedError):
            creds_of(found)


@pytest.mark.parametrize("creds", ["", "{", "[]", "7", '"\\ud800"', "[" * 9000])
def test_a_row_with_other_creds_is_damaged(creds: str) -> None:
    """Named as the file that they stand for."""
    with pytest.raises(MoveRefusedError) as refused:
        creds_of(Row("0b9c", json.dumps(creds).encode()))
    assert (refused.value.code, refused.value.detail) == (MoveCode.DAMAGED, "creds.json")


@pytest.mark.parametrize(
    "exported",
    [
        HASH,
        [part for pair in HASH.items() for part in pair],
        {name: json.loads(content) for name, content in HASH.items()},
        HASH | {"other": "1", "device-list-1": "[]"},
    ],
    ids=["object", "list", "opened", "with others"],
)
def test_a_hash_becomes_the_files_of_a_folder(exported: Any) -> None:
    """From `redis-cli --json HGETALL` of either protocol, or with its fields opened."""
    (found,) = read(exported).hashes
    assert {name: json.loads(data) for name, data in found.items()} == {
        name: json.loads(data) for name, data in FILES.items()
    }


def test_several_may_lie_in_one_file() -> None:
    """A list of rows, or row and hash under names of one's own."""
    creds = json.dumps(json.dumps(CREDS))
    assert [found.session_id for found in read([row(creds), row(creds, session_id="2")]).rows] == [
        "0b9c",
        "2",
    ]
    export = read({"session": row(creds), "keys": HASH})
    assert len(export.rows) == 1
    assert export.hashes == (FILES,)


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        {},
        [1, 2],
        ["a"],
        [{}],
        {"a": {"b": {}}},
        row(None),
        row(7),
        {"sessionId": 7, "creds": "x"},
    ],
)
def test_other_json_holds_none(value: Any) -> None:
    """Of neither."""
    assert read(value) == evolution.Export((), ())


def test_an_export_may_be_larger_than_a_file_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is said."""
    monkeypatch.setattr(evolution, "LARGEST_EXPORT", 1 << 20)
    with pytest.raises(MoveRefusedError) as refused:
        read_export("session.json", b" " * ((1 << 20) + 1))
    assert (refused.value.code, refused.value.detail) == (MoveCode.TOO_LARGE, "1 MB")
