"""Work that takes seconds or minutes, done in a thread of its own.

The page that began it may be drawn anew meanwhile, for another press, or be left: nothing of it is lost then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from core.services.runtime import current

T = TypeVar("T")


class Work(Generic[T]):
    """One thing that is being done, and what came of it. Threading: safe from any thread."""

    def __init__(self, do: Callable[[], T], *, unwanted: Callable[[T], object] | None = None) -> None:
        """Begin ``do`` at once, for the visitor of the page that runs in this thread.

        ``unwanted`` is given what came of it when it was dropped meanwhile.
        """
        self._unwanted = unwanted
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._dropped = False
        self._result: T | None = None
        self._error: Exception | None = None
        # Not kept here: it may hold secrets, and this lives on until the result is taken.
        carried = current().visitors.carried(do)
        threading.Thread(target=self._run, args=(carried,), name="moving-work", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Return whether it is done, at the latest after ``seconds``."""
        return self._done.wait(seconds)

    def result(self) -> T:
        """Return what came of it, once it is done. Raises what it raised."""
        if self._error is not None:
            raise self._error
        return cast("T", self._result)

    def drop(self) -> None:
        """Want its result no more; it is not interrupted. Idempotent."""
        with self._lock:
            before, self._dropped = self._dropped, True
            late = not before and self._done.is_set()
        if late:
            self._give_up()

    def _run(self, do: Callable[[], T]) -> None:
        try:
            self._result = do()
        except Exception as error:  # top of a thread: what waits for it is told
            self._error = error
        with self._lock:
            self._done.set()
            dropped = self._dropped
        if dropped:
            self._give_up()

    def _give_up(self) -> None:
        if self._error is None and self._unwanted is not None:
            self._unwanted(cast("T", self._result))
