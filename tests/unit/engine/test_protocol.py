"""The pipe between worker and supervisor: what goes in comes out, and an invalid line is refused silently."""

from __future__ import annotations

import contextlib
import json
import types
from collections.abc import Callable
from typing import Any, Final, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.protocol import WorkerSpec, decode_command, decode_event, decode_spec, encode, encode_spec
from core.errors import WorkerLostError
from core.models.content import Attachment, Content, Kind, Reference
from core.models.messages import Activity, Tick
from core.models.profile.own_profile import BlockedPerson
from core.models.recipients import Group
from core.models.worker_commands import WorkerCommand
from core.models.worker_events import WorkerEvent

KINDS: Final[tuple[type[Any], ...]] = (*get_args(WorkerEvent), *get_args(WorkerCommand))
# Lone surrogates too: JSON escapes them, so even they cannot break a line.
TEXT: Final = st.text(st.characters()) | st.sampled_from(
    ["👩‍👩‍👧", "a\nb\r\n", "\u2028\u2029\x85\x00", "\ud83d"]
)
CONTENTS: Final = st.builds(
    Content,
    kind=st.sampled_from(Kind),
    text=TEXT,
    file=st.none() | st.builds(Attachment, name=TEXT, size=st.integers(), remote=TEXT),
    latitude=st.floats(-90, 90),
    options=st.lists(TEXT, max_size=3).map(tuple),
    about=st.none() | st.builds(Reference, message_id=TEXT, from_me=st.booleans(), text=TEXT),
)
GROUPS: Final = st.builds(Group, TEXT, TEXT, st.integers(), st.booleans())
PEOPLE: Final = st.lists(st.builds(BlockedPerson, TEXT, TEXT, TEXT), max_size=3).map(tuple)
BY_TYPE: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: TEXT,
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Tick: st.sampled_from(Tick),
    Activity: st.sampled_from(Activity),
    Content: CONTENTS,
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    tuple[tuple[str, str], ...]: st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    tuple[Group, ...]: st.lists(GROUPS, max_size=3).map(tuple),
    str | None: st.none() | TEXT,
    tuple[BlockedPerson, ...] | None: st.none() | PEOPLE,
}


def decode(line: bytes) -> WorkerEvent | WorkerCommand:
    """What the end of the pipe that the message is for makes of it."""
    command = json.loads(line)["kind"] in {kind.__name__ for kind in get_args(WorkerCommand)}
    return decode_command(line) if command else decode_event(line)


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Any event or command, with any content of the declared types."""
    kind = draw(st.sampled_from(KINDS))
    return kind(**{name: draw(BY_TYPE[hint]) for name, hint in get_type_hints(kind).items()})


EXAMPLES: Final[dict[Any, Any]] = {
    str: "x",
    int: 1,
    float: 1.0,
    bool: True,
    Tick: Tick.READ,
    Activity: Activity.TYPING,
    Content: Content(Kind.TEXT),
    tuple[str, ...]: ("x",),
    tuple[tuple[str, str], ...]: (("x", "x"),),
    tuple[Group, ...]: (Group("x", "x", 1),),
    str | None: "x",
    tuple[BlockedPerson, ...] | None: (BlockedPerson("x", "x", "x"),),
}


def example(kind: type[Any]) -> Any:
    """A message of that kind with something in every field."""
    return kind(**{name: EXAMPLES[hint] for name, hint in get_type_hints(kind).items()})


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
    assert kind.__struct_fields__[0] == "instance_id"
    assert json.loads(encode(example(kind)))["kind"] == kind.__name__


@pytest.mark.parametrize("kind", KINDS)
def test_each_end_takes_only_what_is_for_it(kind: type[Any]) -> None:
    """A worker cannot send a command, nor be sent an event."""
    refusing = decode_event if kind in get_args(WorkerCommand) else decode_command
    with pytest.raises(WorkerLostError):
        refusing(encode(example(kind)))


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
    "a content that is a text": b'{"kind":"MessageArrived","instance_id":"a","message_id":"1","contact":"",'
    b'"name":"","content":"segrede","at":1,"from_me":false,"group":false,"chat":"","sender":""}',
    "a content of an unknown kind": b'{"kind":"SendMessage","instance_id":"a","request_id":"r","to":"1",'
    b'"content":{"kind":"segrede"},"secret":""}',
    "a group that is none": b'{"kind":"GroupsListed","instance_id":"a","request_id":"r",'
    b'"groups":[{"address":"segrede","name":5511912345678,"members":1}]}',
    "a tick that is none": b'{"kind":"Receipt","instance_id":"a","message_id":"1",'
    b'"tick":5511912345678,"at":1}',
    "texts that are one text": b'{"kind":"MarkRead","instance_id":"a","request_id":"r","chat":"","sender":"",'
    b'"message_ids":"segrede"}',
    "an abyss": b"[" * 200_000,
    "an abyss inside": b'{"kind":"MarkRead","message_ids":' + b"[" * 200_000,
    "a number without end": b'{"kind":"WorkerStarted","instance_id":"a","pid":' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("line", GARBAGE.values(), ids=list(GARBAGE))
def test_an_invalid_line_is_refused_without_repeating_it(line: bytes) -> None:
    """The error names a kind of mistake, never the content: that may hold a QR or a text."""
    for decode_line in (decode_event, decode_command):
        _refuses(decode_line, line)


def _refuses(decode_line: Callable[[bytes], object], line: bytes) -> None:
    with pytest.raises(WorkerLostError) as caught:
        decode_line(line)
    assert caught.value.code == "protocol-broken"
    told = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert "egrede" not in told
    assert "5511912345678" not in told


@given(st.binary(max_size=200))
def test_no_bytes_are_ever_another_error(line: bytes) -> None:
    """Whatever a broken worker writes: a message of ours, or the one error that ends it."""
    for decode_line in (decode_event, decode_command):
        with contextlib.suppress(WorkerLostError):
            assert type(decode_line(line)) in KINDS


def test_a_whole_number_is_a_time_too() -> None:
    """JSON does not tell 5 from 5.0."""
    message = decode_event(b'{"kind":"QrCode","instance_id":"a","code":"x","index":1,"at":5}')
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
    """A field of a new type needs a strategy above; it is of one type, or None where nothing was said."""
    hints = {hint for kind in KINDS for hint in get_type_hints(kind).values()}
    assert hints == set(BY_TYPE)
    unions = [get_args(hint) for hint in hints if isinstance(hint, types.UnionType)]
    assert all(len(members) == 2 and types.NoneType in members for members in unions)
    assert set(EXAMPLES) == hints
