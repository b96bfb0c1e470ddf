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
    """A line of text as a record; what was not written by our logging is the core's, and a warning."""
    found = _OURS.fullmatch(text)
    try:
        at = time.mktime(time.strptime(found["at"], "%Y-%m-%d %H:%M:%S")) if found else now
    except (ValueError, OverflowError):  # it only looks like one of ours
        found, at = None, now
    if found is None:
        return LogLine(at=now, level="WARNING", source="worker", text=redact(text))
    at += int(found["ms"]) / 1000
    return LogLine(at=at, level=found["level"], source=found["source"], text=redact(found["text"]))


def _pump(stream: IO[bytes]) -> None:
    with stream:
        while data := stream.readline(_LINE_LIMIT):
            text = data.decode(errors="replace").rstrip("\n")
            remember(as_line(text, now=time.time()))
            # Whoever reads our stderr may be gone; the workers must not block on a full pipe for that.
            with contextlib.suppress(OSError, ValueError):
                print(redact(text), file=sys.stderr, flush=True)  # noqa: T201
