"""What the preloader and its workers write to stderr: passed on to ours, and kept with our own lines."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from typing import IO, Final

from core.logs import redact, remember
from core.models.diagnostics import LogLine

_OURS: Final = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<ms>\d{3}) "
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<source>\S+) (?P<text>.*)"
)
"""As ``core.logs`` writes them."""
_LINE_LIMIT: Final = 65_536


def forward_stderr(stream: IO[bytes]) -> None:
    """Read ``stream`` to its end in a thread of its own, then close it. Returns at once."""
    threading.Thread(target=_pump, args=(stream,), name="worker-stderr", daemon=True).start()


def as_line(text: str, *, now: float) -> LogLine:
    """Return a line as a record; a line that our logging did not write is the core's, and a warning."""
    match = _OURS.fullmatch(text)
    try:
        at = time.mktime(time.strptime(match["at"], "%Y-%m-%d %H:%M:%S")) if match else now
    except (ValueError, OverflowError):  # it only looks like one of ours
        match, at = None, now
    if match is None:
        return LogLine(at=now, level="WARNING", source="worker", text=redact(text))
    at += int(match["ms"]) / 1000
    return LogLine(at=at, level=match["level"], source=match["source"], text=redact(match["text"]))


def _pump(stream: IO[bytes]) -> None:
    with stream:
        while data := stream.readline(_LINE_LIMIT):
            text = data.decode(errors="replace").rstrip("\n")
            remember(as_line(text, now=time.time()))
            # The reader of our stderr may be gone; the workers must not block on a full pipe for that.
            with contextlib.suppress(OSError, ValueError):
                print(redact(text), file=sys.stderr, flush=True)  # noqa: T201
