"""Questions to a disk that may hang: asked in threads of their own, so that whoever waits can leave."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from core.models.diagnostics import Check, Verdict

log = logging.getLogger(__name__)

HANGS_S: Final = 5.0
"""A disk that has not answered by then counts as hanging."""

Ask = Callable[[], Check]


def run_with_deadline(questions: Mapping[str, Ask], *, patience_s: float = HANGS_S) -> tuple[Check, ...]:
    """The answers in the order of ``questions``, which are asked together; keys are the checks' codes.

    One that does not come within ``patience_s`` seconds is bad for ``disk-hangs``; a question that crashes is
    unknown for ``check-failed``, and the log says how. The call into the disk cannot be ended: while it lasts
    the same question is not put again, so that a page that asks every few seconds heaps up no threads.

    Threading: safe from any thread; holds the lock only to look up who waits already.
    """
    deadline = time.monotonic() + patience_s
    waiting = [(code, _asked(code, ask)) for code, ask in questions.items()]
    return tuple(
        answer.within(deadline - time.monotonic()) or Check(code, Verdict.BAD, "disk-hangs")
        for code, answer in waiting
    )


class _Answer:
    def __init__(self, code: str, ask: Ask) -> None:
        self._code = code
        self._ask = ask
        self._check: Check | None = None
        self._thread = threading.Thread(target=self._run, name="disk-check", daemon=True)
        self._began = time.monotonic()
        self._thread.start()

    @property
    def hangs(self) -> bool:
        """True when it should have come long ago, and has not."""
        return self._thread.is_alive() and time.monotonic() - self._began > HANGS_S

    def _run(self) -> None:
        try:
            self._check = self._ask()
        except Exception:
            # The top of a thread; the other questions are what a person in trouble came for.
            log.exception("check %s crashed", self._code)
            self._check = Check(self._code, Verdict.UNKNOWN, "check-failed")

    def within(self, seconds: float) -> Check | None:
        """The answer once it is there, else None after ``seconds``; one that hangs is not waited for."""
        if not self.hangs:
            self._thread.join(max(0.0, seconds))
        return self._check


_lock: Final = threading.Lock()
_last: Final[dict[str, _Answer]] = {}
"""The newest answer to each question that was put."""


def _asked(code: str, ask: Ask) -> _Answer:
    """A new thread for the question, or the one that still hangs over it."""
    with _lock:
        last = _last.get(code)
        if last is None or not last.hangs:
            last = _last[code] = _Answer(code, ask)
        return last
