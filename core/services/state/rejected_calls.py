"""Calls that were rejected, on their way to what sends their callers a text."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from core.errors import AppError
from core.models.profile.events import CallRejected

log = logging.getLogger(__name__)

WAITING: Final = 100
"""Calls that wait for their text; with more, the oldest go without."""


class RejectedCalls:
    """A bounded queue with one thread behind it, which ends when nothing is left.

    One at a time: two calls of one person must not both find that no text was sent yet.
    Threading: safe from any thread; ``put`` returns at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[CallRejected] = deque(maxlen=WAITING)
        self._answer: Callable[[CallRejected], object] | None = None
        self._running = False

    def serve(self, answer: Callable[[CallRejected], object]) -> None:
        """Have ``answer`` called with each call, those that wait included."""
        with self._lock:
            self._answer = answer
            self._start()

    def put(self, call: CallRejected) -> None:
        """Queue a call."""
        with self._lock:
            self._waiting.append(call)
            self._start()

    def _start(self) -> None:
        if self._answer is not None and self._waiting and not self._running:
            self._running = True
            threading.Thread(target=self._run, name="call-texts", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._answer is None or not self._waiting:
                    self._running = False
                    return
                call, answer = self._waiting.popleft(), self._answer
            try:
                answer(call)
            except (AppError, RuntimeError) as error:  # of the runtime: the process is ending
                why = error.code if isinstance(error, AppError) else type(error).__name__
                log.warning("no text after a call: %s", why, extra={"instance": call.instance_id})
            except Exception:  # top of a thread
                log.exception("no text after a call", extra={"instance": call.instance_id})
