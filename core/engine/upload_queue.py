"""Files on their way to the media host: so many at a time, so many of one client, and room for small ones."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

SMALL: Final = 4 * 1024**2
"""Bytes. A file below this is under way for a moment; a larger one may be for minutes."""


@dataclass(frozen=True, slots=True)
class _Upload:
    owner: object
    large: bool
    action: Callable[[], object]


class UploadQueue:
    """Runs uploads in threads that clients share, since what they load counts for all.

    Threading: safe from any thread; nothing here waits.
    """

    def __init__(self, threads: int, *, each: int, large: int) -> None:
        """``each`` of the threads are for one client at most, ``large`` for files that are not small."""
        self._threads = threads
        self._each = each
        self._large = large
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="upload")
        self._lock = threading.Lock()
        self._waiting: list[_Upload] = []
        self._running: Counter[object] = Counter()
        self._running_large = 0

    def submit(self, owner: object, size: int, action: Callable[[], object]) -> None:
        """Run ``action`` when a thread is free for a file of ``size`` bytes; those of one client in order.

        A small file of a client goes before its own large ones only where these wait for threads of others.
        """
        with self._lock:
            self._waiting.append(_Upload(owner, size >= SMALL, action))
            self._start_those_that_fit()

    def drop(self, owner: object) -> None:
        """Forget what has not begun of a client that has ended."""
        with self._lock:
            self._waiting = [upload for upload in self._waiting if upload.owner != owner]

    def _start_those_that_fit(self) -> None:
        still_waiting = []
        for upload in self._waiting:
            if self._fits(upload):
                self._running[upload.owner] += 1
                self._running_large += upload.large
                self._pool.submit(self._run, upload)
            else:
                still_waiting.append(upload)
        self._waiting = still_waiting

    def _fits(self, upload: _Upload) -> bool:
        if self._running.total() >= self._threads or self._running[upload.owner] >= self._each:
            return False
        return not upload.large or self._running_large < self._large

    def _run(self, upload: _Upload) -> None:
        try:
            upload.action()
        except Exception:
            # Top of a thread: a bug of ours. The send stays uncertain; the log says why.
            log.exception("upload crashed")
        finally:
            with self._lock:
                self._running[upload.owner] -= 1
                if not self._running[upload.owner]:
                    del self._running[upload.owner]
                self._running_large -= upload.large
                self._start_those_that_fit()
