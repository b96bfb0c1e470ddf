"""Bytes in each form that Baileys writes, and nothing else."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.moving.baileys.byte_forms import bytes_of


def forms(data: bytes) -> list[Any]:
    """The same bytes in every form."""
    text = base64.b64encode(data).decode()
    numbers = list(data)
    return [
        {"type": "Buffer", "data": text},
        {"type": "Buffer", "data": numbers},
        {str(index): number for index, number in enumerate(data)},
        numbers,
        text,
    ]


@given(st.binary(max_size=80))
def test_every_form_gives_the_same_bytes(data: bytes) -> None:
    """As `JSON.stringify` with Baileys' replacer, without it, and protobufjs write them."""
    assert all(bytes_of(form) == data for form in forms(data))


def test_the_order_of_numbered_fields_does_not_matter() -> None:
    """JSON objects have none."""
    assert bytes_of({"1": 2, "0": 1, "2": 3}) == b"\x01\x02\x03"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        1.5,
        "AA",
        "A===",
        "ÁÁ==",
        "AAAA AAAA",
        "-_-_",
        [256],
        [-1],
        [True],
        [1.0],
        ["1"],
        [10**100],
        {"0": 1, "2": 3},
        {"a": 1},
        {"type": "Buffer"},
        {"type": "Buffer", "data": None},
        {"type": "Buffer", "data": {"type": "Buffer", "data": "AA=="}},
    ],
)
def test_anything_else_is_refused(value: Any) -> None:
    """With one exception, which the caller turns into the file's name."""
    with pytest.raises(ValueError):  # noqa: PT011  # of many origins, and nobody reads it
        bytes_of(value)
