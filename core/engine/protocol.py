"""Typed messages over the pipe between a worker and its supervisor: one JSON object a line.

JSON and not pickle: the worst that a broken worker can send is an invalid line, which is refused.

The standard library reads and writes the text, because only it carries lone surrogates (a path may hold
them); msgspec checks the types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO, Final, TypeVar

import msgspec

from core.errors import WorkerLostError
from core.models.conversion import convert, learn
from core.models.pipe_message import WorkerMessage
from core.models.worker_commands import WorkerCommand
from core.models.worker_events import WorkerEvent

_M = TypeVar("_M")

MAX_LINE: Final = 2 * 1024**2
"""Bytes of a line: more than any message has whose fields keep to their limits, and still little memory."""


class _Event(msgspec.Struct):
    # msgspec keeps what it learns of a struct's types, not of a bare union's: 2 µs instead of 35 (measured).
    message: WorkerEvent


class _Command(msgspec.Struct):
    message: WorkerCommand


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What a worker needs to know to run one instance."""

    instance_id: str
    device_name: str
    """Shown on the phone under Linked devices."""
    store_path: str
    """Absolute path of ``session.db``."""
    log_path: str = ""
    """Where the last lines that the worker writes to stderr are kept; empty: nowhere."""
    history: bool = False
    """Whether recent chats are taken over that the phone hands to a device which it links."""
    paired: bool = False
    """Whether the store holds a linked device: only then may the instance share a worker."""
    journal: str = ""
    """Absolute path of its arrival journal, a file that is not there yet; empty: none is kept."""
    shared: bool = False
    """A worker for several instances, which ``StartClient`` names; what tells of one instance is empty."""


def encode(message: WorkerMessage) -> bytes:
    """Return the message as one line, newline included."""
    return json.dumps(msgspec.to_builtins(message), separators=(",", ":")).encode() + b"\n"


def lines(reader: BinaryIO) -> Iterator[bytes]:
    """Yield line after line. Raises WorkerLostError for one that is too long, before all of it is read."""
    while line := reader.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise WorkerLostError("protocol-broken", detail="line-too-long")
        yield line


def learn_commands() -> None:
    """Learn what ``decode_command`` reads, once for all processes that are forked from this one."""
    learn(_Command)


def decode_event(line: bytes) -> WorkerEvent:
    """Return the event of one line. Raises WorkerLostError for anything that is not one."""
    return _decode(line, _Event).message


def decode_command(line: bytes) -> WorkerCommand:
    """Return the command of one line. Raises WorkerLostError for anything that is not one."""
    return _decode(line, _Command).message


def _decode(line: bytes, kind: type[_M]) -> _M:
    try:
        return convert({"message": json.loads(line)}, kind)
    except (ValueError, RecursionError) as error:
        # The line itself may hold a QR or a text: it must not travel in the error.
        raise WorkerLostError("protocol-broken", detail=type(error).__name__) from None


def encode_spec(spec: WorkerSpec) -> bytes:
    """Return the spec as JSON, for the preloader's socket and for a plain subprocess's command line."""
    return json.dumps(asdict(spec)).encode()


def decode_spec(data: bytes) -> WorkerSpec:
    """Return the spec that ``encode_spec`` wrote."""
    return WorkerSpec(**json.loads(data))
