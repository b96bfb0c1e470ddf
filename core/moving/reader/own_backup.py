"""The child process for a backup of the operator's own: ``python -m core.moving.reader.own_backup``.

It opens backups of this app and nothing else, and may take for it what their trial opening took: one that was
made can be brought back, however large it is.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Final

from core.moving.backup.contents import LARGEST
from core.moving.backup.process import LIMITS
from core.moving.reader.answering import address_space, answer_with
from core.moving.reader.protocol import Request, path_of
from core.moving.reader.sealed import open_sealed
from core.moving.reader.sources import Source
from core.sandbox.child import serve
from core.sandbox.limits import Limits

_MEMORY: Final = 512 << 20
"""Bytes of address space beside what is there already: ``age`` itself seals with 256 MB."""

READING_S: Final = 1_700.0
"""For one task, of the wall clock; what asks waits a little longer."""


def answer(frame: bytes) -> bytes:
    """Return what was found in a backup or made of it, or why not."""
    return answer_with(_source, frame)


def _source(request: Request) -> AbstractContextManager[Source]:
    deadline = time.monotonic() + READING_S
    return open_sealed(path_of(request.path), request.passphrase, path_of(request.scratch), deadline=deadline)


def main() -> None:
    """Serve until nothing was asked for a while."""
    serve(
        answer,
        Limits(memory=address_space() + _MEMORY, cpu_s=LIMITS.cpu_s, file_size=LARGEST, nice=LIMITS.nice),
    )


if __name__ == "__main__":
    main()
