"""The child process: ``python -m core.moving.reader``."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Final

from core.moving.reader.answering import address_space, answer_with
from core.moving.reader.protocol import Request, path_of
from core.moving.reader.recognition import open_source
from core.moving.reader.sources import Source, whatsmeow_database
from core.sandbox.child import serve
from core.sandbox.limits import Limits

_MEMORY: Final = 512 << 20
"""Bytes of address space beside what is there already. Opening a backup of ours takes 256 MB by itself, the
price that the passphrase is guarded with."""
_FILE_SIZE: Final = 320 << 20
"""Bytes of one file that it writes: somewhat more than an upload may hold unpacked."""
_CPU_S: Final = 60
READING_S: Final = 60.0
"""For one task, of the wall clock; what asks waits a little longer."""
_NICE: Final = 5
"""Behind the pages of others."""


def answer(frame: bytes) -> bytes:
    """Return what was found in an upload or made of it, or why not."""
    return answer_with(_source, frame)


def _source(request: Request) -> AbstractContextManager[Source]:
    deadline = time.monotonic() + READING_S
    if request.database:
        return whatsmeow_database(request.database, deadline=deadline)
    return open_source(
        path_of(request.path),
        scratch=path_of(request.scratch),
        passphrase=request.passphrase,
        deadline=deadline,
    )


def main() -> None:
    """Serve until nothing was asked for a while."""
    serve(answer, Limits(memory=address_space() + _MEMORY, cpu_s=_CPU_S, file_size=_FILE_SIZE, nice=_NICE))


if __name__ == "__main__":
    main()
