"""The child process: ``python -m core.media.decoder``."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from core.errors import AppError
from core.media.decoder.display import Shown, make_jpeg, make_shown, make_square
from core.media.decoder.frames import Frames, make_frames
from core.media.decoder.opener import Bounds, prepare_pillow
from core.media.decoder.photo import make_image
from core.media.decoder.sticker import make_sticker
from core.media.decoder_protocol import (
    QUICK,
    QUICK_CPU_S,
    SLOW_S,
    Request,
    Task,
    encode_answer,
    parse_request,
)
from core.media.images import MEMORY_BUDGET, Picture
from core.models.codes import InputCode
from core.sandbox.child import serve
from core.sandbox.limits import Limits, allow_cpu

_MIB: Final = 1024**2
_ROOM: Final = MEMORY_BUDGET + 72 * _MIB
"""Bytes of address space beside what is there already: the budget, the file, what is made of it, a thread."""
_SMALL: Final = 32 * _MIB
"""The budget of a picture that is small."""
_NICE: Final = 5
"""Behind the pages of others, and before work in the background."""
_M_MMAP_THRESHOLD: Final = -3
"""Source: mallopt(3), as the next."""
_M_ARENA_MAX: Final = -8
_FACE: Final = Bounds(("JPEG", "PNG", "WEBP"), pixels=4_000_000, memory=_SMALL)
_THUMBNAIL: Final = Bounds(("JPEG", "PNG"), pixels=1_000_000, memory=_SMALL)
_SHOWN: Final = Bounds(("JPEG", "PNG", "WEBP", "GIF"))
_PREVIEW: Final = Bounds(("JPEG", "PNG", "WEBP", "GIF"), pixels=30_000_000)
_PREVIEW_QUALITY: Final = 70

_TASKS: Final[dict[Task, Callable[[Request], Picture | Shown | Frames]]] = {
    Task.IMAGE: lambda request: make_image(request.data),
    Task.STICKER: lambda request: make_sticker(request.data),
    Task.SHOWN: lambda request: make_shown(request.data, _SHOWN, side=request.side),
    Task.THUMBNAIL: lambda request: make_shown(request.data, _THUMBNAIL, side=request.side),
    Task.FACE: lambda request: make_shown(request.data, _FACE, side=request.side),
    Task.PROFILE: lambda request: make_square(request.data, Bounds(), side=request.side),
    Task.FRAMES: lambda request: make_frames(request.data),
    Task.PREVIEW: lambda request: make_jpeg(
        request.data, _PREVIEW, side=request.side, quality=_PREVIEW_QUALITY
    ),
}


def answer(frame: bytes) -> bytes:
    """Return what is made of the picture in ``frame``, or why nothing is."""
    try:
        request = parse_request(frame)
        if request.task in QUICK:
            allow_cpu(QUICK_CPU_S)
        fields = asdict(_TASKS[request.task](request))
        data = fields.pop("data")
        return encode_answer(fields, data)
    except AppError as error:
        refusal = {"refusal": error.code, "detail": error.detail}
    except Exception:
        # Top of the process. A decoder that fails on a foreign file says that it is damaged.
        refusal = {"refusal": InputCode.FILE_DAMAGED, "detail": ""}
    gc.collect()  # a traceback in a cycle may hold a whole picture
    return encode_answer(refusal)


def main() -> None:
    """Serve until nothing was asked for a while."""
    prepare_pillow()
    gc.freeze()
    _give_memory_back()
    serve(answer, Limits(memory=_address_space() + _ROOM, cpu_s=SLOW_S, nice=_NICE))


def _give_memory_back() -> None:
    """Have large blocks freed at once: the address space is bounded, and holes in the heap count."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _MIB)
        libc.mallopt(_M_ARENA_MAX, 1)  # a thread's own would reserve 64 MB


def _address_space() -> int:
    """Return the bytes of address space that this process has before it sees a picture."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
