"""What a worker writes to stderr, line by line, on its way to ours.

The Go core and its runtime write there past our logging: hints for terminals, which are dropped, and crash
reports, which must be seen, but without a telephone number.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections import deque
from pathlib import Path
from typing import Final

from core.logs import LINE_LIMIT, redact

log = logging.getLogger(__name__)

LINES_KEPT: Final = 60
"""Of one worker, in its file."""
_CHUNK: Final = 65_536
_CRASH: Final = ("panic:", "fatal error:", "SIG", "unexpected fault")
_HINTS: Final = (b"Press Ctrl+C to exit",)


class StderrRelay:
    """The end of one worker's stderr; call ``read`` whenever ``descriptor`` is readable."""

    def __init__(self, descriptor: int, *, log_tail: Path | None = None) -> None:
        self.descriptor = descriptor
        self._log_tail = log_tail
        self._kept: deque[str] = deque(maxlen=LINES_KEPT)
        self._crashed = False
        self._rest = b""

    def read(self) -> bool:
        """Pass on what is there; False at the end, with the descriptor closed and the last lines on disk."""
        data = os.read(self.descriptor, _CHUNK)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data or len(self._rest) > _CHUNK:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            if line and not line.startswith(_HINTS):
                text = redact(line.decode(errors="replace"))
                self._keep(text)
                # The reader of our stderr may be gone; that must not end every worker.
                with contextlib.suppress(OSError):
                    print(text, file=sys.stderr, flush=True)  # noqa: T201
        if not data:
            os.close(self.descriptor)
            self._write_log_tail()
        return bool(data)

    def _keep(self, text: str) -> None:
        if not self._crashed and text.startswith(_CRASH):
            self._kept.clear()
            self._crashed = True
        # The head of a crash report says what happened; its hundreds of lines would push that out.
        if not self._crashed or len(self._kept) < LINES_KEPT:
            self._kept.append(text[:LINE_LIMIT])

    def _write_log_tail(self) -> None:
        if self._log_tail is None or not self._kept:
            return
        try:
            descriptor = os.open(self._log_tail, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.writelines(f"{line}\n" for line in self._kept)
        except OSError as error:
            log.warning("last lines of a worker not kept: %s", error)
