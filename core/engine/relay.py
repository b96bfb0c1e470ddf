"""What a worker writes to stderr, line by line, on its way to ours.

The Go core and its runtime write there past our logging: hints for terminals, which nobody needs, and crash
reports, which must be seen but not with a number in them.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

from core.logs import redact

_CHUNK: Final = 65_536
_HINTS: Final = (b"Press Ctrl+C to exit",)


class Relay:
    """Reads one worker's stderr; ``pump`` it whenever ``descriptor`` is readable."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._rest = b""

    def pump(self) -> bool:
        """Pass on what is there; False at the end, with the descriptor closed."""
        data = os.read(self.descriptor, _CHUNK)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data or len(self._rest) > _CHUNK:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            if line and not line.startswith(_HINTS):
                # Whoever reads our stderr may be gone; that must not end every worker.
                with contextlib.suppress(OSError):
                    print(redact(line.decode(errors="replace")), file=sys.stderr, flush=True)  # noqa: T201
        if not data:
            os.close(self.descriptor)
        return bool(data)
