"""A child for the tests: does what its request says, the worst included."""

from __future__ import annotations

import os
import signal
import sys
import time

from core.sandbox.child import serve
from core.sandbox.limits import Limits


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
        case b"sleep":
            time.sleep(60)
        case b"bus":
            os.kill(os.getpid(), signal.SIGBUS)
        case b"exit":
            sys.exit(int(rest))
    return b"?"


if __name__ == "__main__":
    serve(answer, Limits(memory=512 * 1024**2, cpu_s=1))
