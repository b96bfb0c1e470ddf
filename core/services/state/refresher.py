"""Questions put in the background, each seldom: a page that is drawn waits for none of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from core.errors import AppError

log = logging.getLogger(__name__)


class Refresher:
    """Puts each question again once its answer is old. Threading: safe from any thread; nothing waits."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}
        self._asking: set[str] = set()

    def refresh(self, key: str, ask: Callable[[], object], *, every_s: float) -> None:
        """Have ``ask`` called in a thread, unless it was within ``every_s`` seconds. Returns at once."""
        with self._lock:
            now = self._clock()
            asked = self._asked.get(key)
            if key in self._asking or (asked is not None and now < asked + every_s):
                return
            self._asked[key] = now
            self._asking.add(key)
        threading.Thread(target=self._ask, args=(key, ask), name="refresher", daemon=True).start()

    def _ask(self, key: str, ask: Callable[[], object]) -> None:
        try:
            ask()
        except (AppError, RuntimeError) as error:  # of the runtime: the process is ending
            log.info("not refreshed: %s", type(error).__name__)
        except Exception:  # top of a thread
            log.exception("not refreshed")
        finally:
            with self._lock:
                self._asking.discard(key)
