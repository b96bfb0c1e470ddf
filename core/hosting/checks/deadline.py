"""Checks of a disk that may hang: each runs in a thread of its own, so that the caller can stop waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from core.models.diagnostics import Check, CheckCode, CheckReason, Verdict

log = logging.getLogger(__name__)

HANGS_S: Final = 5.0
"""A disk that has not answered by then counts as hanging."""

RunCheck = Callable[[], Check]


class DeadlinePool:
    """Checks that are under way, each in a thread of its own.

    Threading: safe from any thread; holds the lock only to look up the runs under way.
    """

    def __init__(self, *, timeout_s: float = HANGS_S) -> None:
        self.timeout_s = timeout_s
        """For all checks that run together."""
        self._lock = threading.Lock()
        self._last: dict[CheckCode, _Run] = {}

    def run(self, checks: Mapping[CheckCode, RunCheck]) -> tuple[Check, ...]:
        """Run ``checks`` together and return their results in the same order.

        One without a result in time is bad for ``DISK_HANGS``; one that crashes is unknown for
        ``CHECK_FAILED``, and the log says how. The call into the disk cannot be ended: while it lasts the
        same check is not started again, so that a page that asks every few seconds heaps up no threads.
        """
        deadline = time.monotonic() + self.timeout_s
        runs = [(code, self._start(code, check)) for code, check in checks.items()]
        return tuple(
            run.result(deadline - time.monotonic()) or Check(code, Verdict.BAD, CheckReason.DISK_HANGS)
            for code, run in runs
        )

    def _start(self, code: CheckCode, check: RunCheck) -> _Run:
        """Start the check in a new thread, or return the run of it that still hangs."""
        with self._lock:
            last = self._last.get(code)
            if last is None or not last.hangs:
                last = self._last[code] = _Run(code, check)
            return last


class _Run:
    """One run of a check, begun with its construction."""

    def __init__(self, code: CheckCode, check: RunCheck) -> None:
        self._code = code
        self._check = check
        self._result: Check | None = None
        self._thread = threading.Thread(target=self._run, name="disk-check", daemon=True)
        self._began = time.monotonic()
        self._thread.start()

    @property
    def hangs(self) -> bool:
        """Return True when it should have ended long ago, and has not."""
        return self._thread.is_alive() and time.monotonic() - self._began > HANGS_S

    def _run(self) -> None:
        try:
            self._result = self._check()
        except Exception:
            # The top of a thread; the other checks are what a person in trouble came for.
            log.exception("check %s crashed", self._code)
            self._result = Check(self._code, Verdict.UNKNOWN, CheckReason.CHECK_FAILED)

    def result(self, timeout_s: float) -> Check | None:
        """Return the result, None without one after ``timeout_s``; do not wait for one that hangs."""
        if not self.hangs:
            self._thread.join(max(0.0, timeout_s))
        return self._result
