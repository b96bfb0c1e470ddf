"""The pipe between worker and supervisor: what goes in comes out, and nonsense is refused silently."""

from __future__ import annotations

import json
import types
from dataclasses import fields
from typing import Any, Final, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.protocol import WorkerSpec, decode, decode_spec, encode, encode_spec
from core.errors import WorkerLostError
from core.models.worker_events import WorkerCommand, WorkerEvent

KINDS: Final[tuple[type[Any], ...]] = (*get_args(WorkerEvent), *get_args(WorkerCommand))
# Lone surrogates too: JSON escapes them, so even they cannot break a line.
TEXT: Final = st.text(st.characters()) | st.sampled_from(
    ["👩‍👩‍👧", "a\nb\r\n", "\u2028\u2029\x85\x00", "\ud83d"]
)
BY_TYPE: Final[dict[type, st.SearchStrategy[Any]]] = {
    str: TEXT,
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
}


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Any event or command, with any content of the declared types."""
    kind = draw(st.sampled_from(KINDS))
    return kind(**{name: draw(BY_TYPE[hint]) for name, hint in get_type_hints(kind).items()})


@given(messages())
def test_every_message_comes_out_as_it_went_in(message: WorkerEvent | WorkerCommand) -> None:
    """Texts with emoji, newlines or broken characters included."""
    assert decode(encode(message)) == message


@given(messages())
def test_every_message_is_one_line(message: WorkerEvent | WorkerCommand) -> None:
    """No content can end a line early: the next message would be read from its middle."""
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert b"\r" not in line


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_travels_under_its_own_name(kind: type[Any]) -> None:
    """Events and commands are told apart by name, and each carries its instance's id."""
    assert fields(kind)[0].name == "instance_id"
    values = {
        name: {str: "x", int: 1, float: 1.0, bool: True}[hint] for name, hint in get_type_hints(kind).items()
    }
    assert json.loads(encode(kind(**values)))["kind"] == kind.__name__


GARBAGE: Final = {
    "empty": b"",
    "a newline": b"\n",
    "no JSON": b"segrede 5511912345678\n",
    "cut off": b'{"kind":"QrCode","code":"segrede',
    "not UTF-8": b"\xff\xfesegrede\n",
    "a list": b'["segrede"]',
    "a number": b"5511912345678",
    "null": b"null",
    "no kind": b'{"code":"segrede"}',
    "an unknown kind": b'{"kind":"Segrede"}',
    "a kind that is no name": b'{"kind":["segrede"]}',
    "a field missing": b'{"kind":"QrCode","code":"segrede"}',
    "a field too many": b'{"kind":"LoggedOut","instance_id":"a","segrede":1}',
    "a text for a number": b'{"kind":"WorkerStarted","instance_id":"a","pid":"segrede"}',
    "a number for a text": b'{"kind":"LoginOutcome","instance_id":"a","outcome":5511912345678}',
    "a truth for a number": b'{"kind":"WorkerStarted","instance_id":"a","pid":true}',
    "nothing for a text": b'{"kind":"QrCode","instance_id":"a","code":null,"index":1,"at":1.0}',
    "an abyss": b"[" * 200_000,
    "a number without end": b'{"kind":"WorkerStarted","instance_id":"a","pid":' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("line", GARBAGE.values(), ids=list(GARBAGE))
def test_nonsense_is_refused_without_repeating_it(line: bytes) -> None:
    """The error names a kind of mistake, never the content: that may hold a QR or a text."""
    with pytest.raises(WorkerLostError) as caught:
        decode(line)
    assert caught.value.code == "protocol-broken"
    told = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert "egrede" not in told
    assert "5511912345678" not in told


@given(st.binary(max_size=200))
def test_no_bytes_are_ever_another_error(line: bytes) -> None:
    """Whatever a worker gone mad writes: a message of ours, or the one error that ends it."""
    try:
        message = decode(line)
    except WorkerLostError:
        return
    assert type(message) in KINDS


def test_a_whole_number_is_a_time_too() -> None:
    """JSON does not tell 5 from 5.0."""
    message = decode(b'{"kind":"QrCode","instance_id":"a","code":"x","index":1,"at":5}')
    assert getattr(message, "at", None) == 5


@given(TEXT, TEXT, TEXT)
def test_a_spec_survives_its_way_to_the_worker(instance_id: str, name: str, path: str) -> None:
    """Names are free text and paths may hold anything; the bytes fit a command line too."""
    spec = WorkerSpec(instance_id, device_name=name, store_path=path)
    data = encode_spec(spec)
    assert decode_spec(data) == spec
    assert b"\0" not in data
    assert data.isascii()


def test_the_declared_types_are_the_ones_tried_here() -> None:
    """A field of a new type needs a strategy above."""
    hints = {hint for kind in KINDS for hint in get_type_hints(kind).values()}
    assert hints == set(BY_TYPE)
    assert not any(isinstance(hint, types.UnionType) for hint in hints)
