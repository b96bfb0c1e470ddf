"""Uploads on the disk while a person looks at what is in them: private, few, and gone soon.

An upload holds a session. It is erased when the import ends, however it ends; when nothing was asked about
it for a while (its page was closed); with the process; and, after a kill, at the next start
(``staging.sweep``).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.disk_room import require_room
from core.moving.staging import staging_folder

KEPT_S: Final = 900.0
"""Seconds without a question after which an upload is erased: its page was closed."""
MOST_AT_ONCE: Final = 4
"""Uploads of all visitors together; the one that was asked about longest ago makes room.

None that is being read does: while all are, there may be more of them, as far as the disk has room.
"""
_TIMES: Final = 3
"""What is unpacked, and what is made of it, may each be as large again."""
_UPLOAD: Final = "upload"
_PIECE: Final = 1 << 20
"""Bytes that are written at once: an upload lies in memory already, and is not to lie there twice."""


@dataclass(slots=True)
class _Kept:
    path: Path
    erase: Callable[[], None]
    asked_at: float
    own: bool
    readers: int = 0
    """How many questions about it are being answered just now."""
    unwanted: bool = False
    """It goes with the last of them."""


class KeptUploads:
    """The uploads of one run of the process, by names that cannot be guessed.

    Threading: safe from any thread.
    """

    def __init__(self, auth_dir: Path, *, kept_s: float = KEPT_S) -> None:
        """Make nothing yet. They lie on the disk that a session made of one is to stay on."""
        self._auth_dir = auth_dir
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._timer: threading.Timer | None = None

    def keep(self, file: BinaryIO, *, size: int) -> str:
        """Write an upload of ``size`` bytes to the disk, mode 0600; return its name.

        It is read in pieces from where ``file`` stands. Raises MoveRefusedError (move-disk-full),
        StorageUnavailableError.
        """
        return self._keep(size, iter(lambda: file.read(_PIECE), b""), own=False)

    def keep_own(self, size: int, pieces: Iterable[bytes]) -> str:
        """Write a backup of this app's operator to the disk, piece by piece, as ``keep`` does.

        ``size``: how many bytes the pieces have together. Raises what they raise, too.
        """
        return self._keep(size, pieces, own=True)

    def is_own(self, name: str) -> bool:
        """Return whether that one is a backup of the operator, and no upload of a stranger."""
        with self._lock:
            kept = self._kept.get(name)
            return kept is not None and kept.own

    def _keep(self, size: int, pieces: Iterable[bytes | memoryview], *, own: bool) -> str:
        with self._lock:
            idle = sorted(self._idle(), key=lambda name: self._kept[name].asked_at)
            for name in idle[: max(0, len(self._kept) - MOST_AT_ONCE + 1)]:
                self._erase(name)
        with ExitStack() as stack:
            folder = stack.enter_context(staging_folder(self._auth_dir))
            path = folder / _UPLOAD
            try:
                require_room(folder, _TIMES * size)
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as target:
                    for piece in pieces:
                        target.write(piece)
            except OSError as error:
                raise MoveRefusedError(MoveCode.DISK_FULL) from error
            kept = _Kept(path, stack.pop_all().close, time.monotonic(), own)
        with self._lock:
            self._kept[folder.name] = kept
            self._watch()
        return folder.name

    @contextmanager
    def reading(self, name: str) -> Iterator[Path | None]:
        """Yield where an upload lies, which is kept on for that; None once it is gone.

        Until the block ends only ``close`` takes it away.
        """
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                kept.readers += 1
        try:
            yield kept.path if kept is not None else None
        finally:
            if kept is not None:
                with self._lock:
                    kept.readers -= 1
                    kept.asked_at = time.monotonic()
                    if kept.unwanted and not kept.readers:
                        self._erase(name)

    def erase(self, name: str) -> None:
        """Erase an upload, once it is not read any more; nothing happens when it is gone."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None and kept.readers:
                kept.unwanted = True
            else:
                self._erase(name)

    def close(self) -> None:
        """Erase all of them. Idempotent."""
        with self._lock:
            for name in list(self._kept):
                self._erase(name)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _idle(self) -> list[str]:
        return [name for name, kept in self._kept.items() if not kept.readers]

    def _erase(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        if kept is not None:
            kept.erase()

    def _watch(self) -> None:
        """See to it that the next one to become old is looked at then."""
        if self._timer is not None or not self._kept:
            return
        now = time.monotonic()
        oldest = min(now if kept.readers else kept.asked_at for kept in self._kept.values())
        left_s = max(0.0, oldest + self._kept_s - now)
        self._timer = threading.Timer(left_s, self._erase_old)
        self._timer.daemon = True
        self._timer.name = "uploads"
        self._timer.start()

    def _erase_old(self) -> None:
        with self._lock:
            self._timer = None
            before = time.monotonic() - self._kept_s
            for name in self._idle():
                if self._kept[name].asked_at <= before:
                    self._erase(name)
            self._watch()
