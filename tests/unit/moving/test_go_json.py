"""JSON as the core's Signal library reads it."""

from __future__ import annotations

from core.moving.go_json import serialized, text_of


def test_structures_and_bytes_are_written_as_go_writes_them() -> None:
    """No spaces; base64 with its padding."""
    assert serialized({"A": 1, "B": None, "C": [text_of(b"\xff")]}) == b'{"A":1,"B":null,"C":["/w=="]}'
