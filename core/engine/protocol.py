"""Typed messages over the pipe between a worker and its supervisor: one JSON object a line.

JSON and not pickle, so that a worker gone mad can at worst send nonsense, which ``decode`` refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final, get_args, get_type_hints

from core.errors import WorkerLostError
from core.models.worker_events import WorkerCommand, WorkerEvent

MAX_LINE: Final = 2 * 1024**2
"""Bytes of a line: more than any message has whose fields keep to their limits, and still little memory."""
_KINDS: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (*get_args(WorkerEvent), *get_args(WorkerCommand))
}
# JSON writes 5.0 as 5 when it likes; a truth is never a number.
_ACCEPTED: Final[dict[type, tuple[type, ...]]] = {
    str: (str,),
    int: (int,),
    float: (float, int),
    bool: (bool,),
}
_FIELDS: Final = {kind: get_type_hints(kind) for kind in _KINDS.values()}


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


def encode(message: WorkerEvent | WorkerCommand) -> bytes:
    """One line, newline included."""
    body = {"kind": type(message).__name__, **asdict(message)}
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def lines(reader: BinaryIO) -> Iterator[bytes]:
    """Yield line after line. Raises WorkerLostError for one that is too long, before all of it is read."""
    while line := reader.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise WorkerLostError("protocol-broken", detail="line-too-long")
        yield line


def decode(line: bytes) -> WorkerEvent | WorkerCommand:
    """The message of one line. Raises WorkerLostError for anything that is not one."""
    try:
        body = json.loads(line)
        kind = _KINDS[body.pop("kind")]
        if any(type(body[name]) not in _ACCEPTED[hint] for name, hint in _FIELDS[kind].items()):
            raise TypeError(kind.__name__)
        message: WorkerEvent | WorkerCommand = kind(**body)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # The line itself may hold a QR or a text: it must not travel in the error.
        raise WorkerLostError("protocol-broken", detail=type(error).__name__) from None
    return message


def encode_spec(spec: WorkerSpec) -> bytes:
    """The spec as JSON, for the preloader's socket and for a plain subprocess's command line."""
    return json.dumps(asdict(spec)).encode()


def decode_spec(data: bytes) -> WorkerSpec:
    """The spec that ``encode_spec`` wrote."""
    return WorkerSpec(**json.loads(data))
