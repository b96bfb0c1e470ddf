"""What the reader's process is asked, and what it answers."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

import msgspec

from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession

ANSWER_LIMIT: Final = 1 << 20
"""Bytes; five hundred devices with long names are far below."""


class Task(StrEnum):
    """What is to be done with an upload."""

    INSPECT = "inspect"
    """Tell what it is and which devices it holds; answers a FoundUpload."""
    PREPARE = "prepare"
    """Write one device's session into a folder; answers a PreparedSession."""


@dataclass(frozen=True, slots=True)
class Request:
    """One task. The passphrase and the address of a database are secrets."""

    task: Task
    scratch: str
    """An empty folder for what is unpacked; as hex, since a path need not be text."""
    path: str = ""
    """The upload, as hex; empty when a database is read."""
    passphrase: str = field(default="", repr=False)
    database: str = field(default="", repr=False)
    """The address of a database; empty when an upload is read."""
    index: int = 0
    """Which of the devices, for PREPARE."""
    jid: str = ""
    """The address that this device must have; it may have joined or left a database since it was listed."""
    target: str = ""
    """An empty folder, as hex, for PREPARE."""

    @classmethod
    def make(  # noqa: PLR0913  # one for each field
        cls,
        task: Task,
        *,
        path: Path | None = None,
        database: str = "",
        scratch: Path,
        passphrase: str = "",
        device: FoundDevice | None = None,
        target: Path | None = None,
    ) -> Self:
        """Return a request about an upload, or about a database."""
        return cls(
            task=task,
            path=_hex(path) if path else "",
            database=database,
            scratch=_hex(scratch),
            passphrase=passphrase,
            index=device.index if device else 0,
            jid=device.jid if device else "",
            target=_hex(target) if target else "",
        )

    def encoded(self) -> bytes:
        """Return the request as a frame's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decoded(cls, frame: bytes) -> Self:
        """Return the request in ``frame``. Raises ValueError, KeyError or TypeError for any other."""
        fields = json.loads(frame)
        return cls(**{**fields, "task": Task(fields["task"])})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found or made, or why nothing was."""

    found: FoundUpload | None = None
    prepared: PreparedSession | None = None
    code: str = ""
    """A MoveCode; empty without a refusal."""
    detail: str = ""

    def raise_refusal(self) -> None:
        """Raise the MoveRefusedError that the process met, if it did."""
        if self.code:
            raise MoveRefusedError(self.code, self.detail)


_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[Answer]] = msgspec.json.Decoder(Answer)
"""Made once, when the module is loaded: see ``core.models.conversion`` for what threads would do to it."""


def encode_answer(answer: Answer) -> bytes:
    """Return the answer as a frame's content."""
    return _encoder.encode(answer)


def decode_answer(frame: bytes) -> Answer:
    """Return the answer in ``frame``. Raises msgspec.DecodeError, a ValueError, for any other."""
    return _decoder.decode(frame)


def path_of(text: str) -> Path:
    """Return a path that was written as hex."""
    return Path(os.fsdecode(bytes.fromhex(text)))


def _hex(path: Path) -> str:
    return os.fsencode(path.absolute()).hex()
