"""A child for the tests: does what its request says, the worst included."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import sys
import time

from core.sandbox.child import serve
from core.sandbox.limits import Limits


def _dribble() -> None:
    """Say that a long answer follows, and send it byte by byte without an end."""
    pipe = next(fd for fd in range(3, 20) if _is_written_pipe(fd))
    os.write(pipe, (1_000_000).to_bytes(4, "big"))
    while True:
        os.write(pipe, b"x")
        time.sleep(0.0005)


def _is_written_pipe(descriptor: int) -> bool:
    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode) and flags & os.O_ACCMODE == os.O_WRONLY
    except OSError:
        return False


def answer(request: bytes) -> bytes:
    """Behave as asked."""
    word, _, rest = request.partition(b" ")
    match word:
        case b"echo":
            return rest
        case b"pid":
            return str(os.getpid()).encode()
        case b"environment":
            return "\n".join(f"{name}={value}" for name, value in os.environ.items()).encode()
        case b"print":
            print("in between", flush=True)
            return b"done"
        case b"large":
            return bytes(int(rest))
        case b"eat":
            return str(len(bytearray(1024**3))).encode()
        case b"spin":
            while True:
                pass
        case b"dribble":
            _dribble()
        case b"sleep":
            time.sleep(60)
        case b"bus":
            os.kill(os.getpid(), signal.SIGBUS)
        case b"exit":
            sys.exit(int(rest))
    return b"?"


if __name__ == "__main__":
    serve(answer, Limits(memory=512 * 1024**2, cpu_s=1))
