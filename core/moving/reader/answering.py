"""What both processes of the reader do with a question: every failure is an answer."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.reader.protocol import Answer, Request, Task, encode_answer, path_of
from core.moving.reader.sources import Source


def answer_with(opened: Callable[[Request], AbstractContextManager[Source]], frame: bytes) -> bytes:
    """Return what was found in a source or made of it, or why not; ``opened`` yields the source."""
    try:
        done = _run(opened, Request.decoded(frame))
    except MoveRefusedError as refused:
        done = Answer(code=refused.code, detail=refused.detail)
    except MemoryError:
        done = Answer(code=MoveCode.TOO_LARGE, detail="")
    except Exception:
        # Top of the process. A reader that fails on a foreign file says that it is damaged.
        done = Answer(code=MoveCode.DAMAGED, detail="")
    gc.collect()
    return encode_answer(done)


def address_space() -> int:
    """Return the bytes of address space that this process has before it sees anything foreign."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _run(opened: Callable[[Request], AbstractContextManager[Source]], request: Request) -> Answer:
    with opened(request) as source:
        match request.task:
            case Task.INSPECT:
                return Answer(found=source.found())
            case Task.PREPARE:
                return Answer(
                    prepared=source.prepare(request.index, path_of(request.target), jid=request.jid)
                )
