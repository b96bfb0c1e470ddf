"""Profile pictures of accounts: looked up seldom and in the background, kept in memory."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from core.errors import AppError

log = logging.getLogger(__name__)

FRESH_S: Final = 12 * 3600.0
"""So long a picture is shown before it is looked up again."""
MOST: Final = 500
"""Pictures that are kept, of about 5 kB each; then those go that were looked up first."""
RETRY_S: Final = 600.0
"""After a look that failed."""


class Faces:
    """One picture for each place and account, as the address that a page shows.

    A place is an instance, or a chat of one: it shows one account at a time.

    Threading: safe from any thread; nothing waits for a look. One thread looks, for one instance after
    another, and ends when nothing is left to be looked up.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._due: dict[str, float] = {}
        self._accounts: dict[str, str] = {}
        self._waiting: queue.SimpleQueue[tuple[str, str, Callable[[], str]]] = queue.SimpleQueue()
        self._looking = False

    def find(self, instance_id: str, account: str) -> str:
        """Return the picture of ``account`` (digits) as far as it is known; empty for none."""
        with self._lock:
            return self._known.get(instance_id, "") if self._accounts.get(instance_id) == account else ""

    def refresh(self, instance_id: str, account: str, look: Callable[[], str]) -> None:
        """Have ``look`` called when the picture is not known, or old. Returns at once.

        An instance that is linked to another account has another face: the one before is forgotten.
        """
        with self._lock:
            if self._accounts.get(instance_id) != account:
                self._forget(instance_id)
                self._accounts[instance_id] = account
                while len(self._accounts) > self._most:
                    self._forget(next(iter(self._accounts)))
            now = self._clock()
            if now < self._due.get(instance_id, now):
                return
            self._due[instance_id] = now + FRESH_S
            self._waiting.put((instance_id, account, look))
            if self._looking:
                return
            self._looking = True
        threading.Thread(target=self._run, name="faces", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._waiting.empty():
                    self._looking = False
                    return
                instance_id, account, look = self._waiting.get()
            self._look(instance_id, account, look)

    def forget(self, instance_id: str) -> None:
        """Drop the picture of an instance that is gone."""
        with self._lock:
            self._forget(instance_id)

    def _forget(self, instance_id: str) -> None:
        for table in (self._known, self._due, self._accounts):
            table.pop(instance_id, None)

    def _look(self, instance_id: str, account: str, look: Callable[[], str]) -> None:
        try:
            picture = look()
        except (AppError, RuntimeError) as error:  # of the runtime: the process is ending
            log.info("no picture: %s", type(error).__name__, extra={"instance": instance_id})
            with self._lock:
                if self._accounts.get(instance_id) == account:
                    self._due[instance_id] = self._clock() + RETRY_S
            return
        except Exception:
            # Top of a thread, and the answer is a stranger's bytes: the next one is looked up all the same.
            log.exception("a profile picture could not be looked up", extra={"instance": instance_id})
            return
        with self._lock:
            if self._accounts.get(instance_id) == account:
                self._known[instance_id] = picture
