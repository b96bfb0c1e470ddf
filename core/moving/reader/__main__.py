"""The child process: ``python -m core.moving.reader``."""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.reader.protocol import Answer, Request, Task, encode_answer, path_of
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
    try:
        done = _run(Request.decoded(frame), time.monotonic() + READING_S)
    except MoveRefusedError as refused:
        done = Answer(code=refused.code, detail=refused.detail)
    except MemoryError:
        done = Answer(code=MoveCode.TOO_LARGE, detail="")
    except Exception:
        # Top of the process. A reader that fails on a foreign file says that it is damaged.
        done = Answer(code=MoveCode.DAMAGED, detail="")
    gc.collect()
    return encode_answer(done)


def _run(request: Request, deadline: float) -> Answer:
    with _source(request, deadline) as source:
        match request.task:
            case Task.INSPECT:
                return Answer(found=source.found())
            case Task.PREPARE:
                return Answer(
                    prepared=source.prepare(request.index, path_of(request.target), jid=request.jid)
                )


def _source(request: Request, deadline: float) -> AbstractContextManager[Source]:
    if request.database:
        return whatsmeow_database(request.database, deadline=deadline)
    return open_source(
        path_of(request.path),
        scratch=path_of(request.scratch),
        passphrase=request.passphrase,
        deadline=deadline,
    )


def _address_space() -> int:
    """Return the bytes of address space that this process has before it sees an upload."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Serve until nothing was asked for a while."""
    limits = Limits(memory=_address_space() + _MEMORY, cpu_s=_CPU_S, file_size=_FILE_SIZE, nice=_NICE)
    serve(answer, limits)


if __name__ == "__main__":
    main()
