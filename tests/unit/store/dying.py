"""A session process that a bus error ends at its first request, as a full disk may do it."""

from __future__ import annotations

import os
import signal

from core.sandbox.child import serve
from core.store.session_process import LIMITS


def die(_: bytes) -> bytes:
    """End this process."""
    os.kill(os.getpid(), signal.SIGBUS)
    return b""


if __name__ == "__main__":
    serve(die, LIMITS)
