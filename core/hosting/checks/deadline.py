"""Questions to a disk that may hang: asked in threads of their own, so that a caller can leave."""

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


class DeadlinePool:
    """The questions that are under way, each in a thread of its own.

    Threading: safe from any thread; holds the lock only to look up what is asked already.
    """

    def __init__(self, *, timeout_s: float = HANGS_S) -> None:
        self.timeout_s = timeout_s
        """For all questions that are asked together."""
        self._lock = threading.Lock()
        self._newest: dict[str, _Answer] = {}

    def run(self, questions: Mapping[str, Ask]) -> tuple[Check, ...]:
        """Return the answers in the order of ``questions``, which are asked together; keys are their codes.

        One that does not come in time is bad for ``disk-hangs``; a question that crashes is unknown for
        ``check-failed``, and the log says how. The call into the disk cannot be ended: while it lasts the
        same question is not put again, so that a page that asks every few seconds heaps up no threads.
        """
        deadline = time.monotonic() + self.timeout_s
        asked = [(code, self._asked(code, ask)) for code, ask in questions.items()]
        return tuple(
            answer.within(deadline - time.monotonic()) or Check(code, Verdict.BAD, "disk-hangs")
            for code, answer in asked
        )

    def _asked(self, code: str, ask: Ask) -> _Answer:
        """Return a new thread for the question, or the one that still hangs over it."""
        with self._lock:
            answer = self._newest.get(code)
            if answer is None or not answer.hangs:
                answer = self._newest[code] = _Answer(code, ask)
            return answer


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
